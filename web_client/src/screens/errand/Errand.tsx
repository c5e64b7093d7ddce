/** Anybody's check of an errand: the code is after `#`, or typed. No session, and nothing is kept. */
import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { documentIn } from "../../core/errands";
import { problemOf } from "../../core/problems";
import type { ErrandCheck, Problem } from "../../core/wire.gen";
import { saveBlob } from "../../device/save";
import { Button } from "../../parts/Button";
import { ErrandFacts } from "../../parts/ErrandFacts";
import { ProblemCard } from "../../parts/ProblemCard";
import { say } from "../../text";
import { ERRAND_STATE, errands as words } from "../../text/errands";
import { dayText } from "../desk/hours";
import { Masthead } from "../entry/Masthead";

type Answer = { is: "none" } | { is: "asking" } | { is: "here"; check: ErrandCheck } | { is: "failed"; problem: Problem };

export default function Errand() {
  useScreen("errand");
  const { api } = useApp();
  const [written, setWritten] = useState("");
  const [asked, setAsked] = useState(location.hash.slice(1));
  const [answer, setAnswer] = useState<Answer>({ is: "none" });
  const ask = (): void => {
    if (asked.trim() === "") return setAnswer({ is: "none" });
    setAnswer({ is: "asking" });
    const document = documentIn(asked);
    (document === null ? api.errand(asked.trim()) : api.errandOf(document)).then(
      (check) => setAnswer({ is: "here", check }),
      (fault: unknown) => setAnswer({ is: "failed", problem: problemOf(fault) }),
    );
  };
  useEffect(ask, [asked]);
  useEffect(() => {
    const changed = (): void => {
      if (location.hash.length > 1) setAsked(location.hash.slice(1));
    };
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return (
    <main class="page errand-check">
      <Masthead />
      <header class="invited">
        <h1>{say(words.checkTitle)}</h1>
        <p class="lead">{say(words.checkLead)}</p>
      </header>
      <div aria-live="polite">
        {answer.is === "asking" && <p class="loading">{say(words.checking)}</p>}
        {answer.is === "failed" && <ProblemCard problem={answer.problem} onRetry={ask} />}
        {answer.is === "here" && <Card check={answer.check} />}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(written);
        }}
      >
        <label class="muted" for="errand-written">
          {say(answer.is === "here" ? words.again : words.enter)}
        </label>
        <textarea id="errand-written" data-testid="errand-written" rows={3} maxLength={8000} value={written} onInput={(event) => setWritten(event.currentTarget.value)} />
        <Button kind={answer.is === "here" ? "plain" : "primary"} icon="shield" testid="errand-send" disabled={written.trim() === ""} onClick={() => setAsked(written)}>
          {say(words.checkSend)}
        </Button>
      </form>
    </main>
  );
}

function Card({ check }: { check: ErrandCheck }) {
  const { errand, document } = check;
  return (
    <section class="card errand-answer" data-testid="errand-answer" data-state={check.state}>
      <h2>{say(ERRAND_STATE[check.state])}</h2>
      <p>{say(check.words)}</p>
      {errand && (
        <>
          <h3>{errand.name}</h3>
          <ErrandFacts facts={errand} />
          {check.state === "valid" && <p>{say(words.compare)}</p>}
        </>
      )}
      <p class="muted">{say(words.checkedAt(dayText(check.at)))}</p>
      {errand && document && (
        <details>
          <summary>{say(words.save)}</summary>
          <p class="muted">{say(words.saveLead)}</p>
          <Button kind="plain" icon="download" testid="errand-save" onClick={() => saveBlob(new Blob([document], { type: "text/plain" }), "errand.txt")}>
            {say(words.save)}
          </Button>
        </details>
      )}
    </section>
  );
}
