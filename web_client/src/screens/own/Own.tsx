/** Everything that was decided about the subject behind this link. Loaded when it is opened, not before. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import { problemOf } from "../../core/problems";
import type { OwnView, Problem } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { Sheet } from "../../parts/Sheet";
import { say, t } from "../../text";
import { life } from "../../text/life";
import { own as words } from "../../text/own";
import { Decision } from "./Decision";
import "./own.css";

type Loaded = { is: "loading" } | { is: "here"; own: OwnView } | { is: "failed"; problem: Problem };

export function Own() {
  const { api } = useApp();
  const [loaded, setLoaded] = useState<Loaded>({ is: "loading" });
  const load = (): void => {
    api.own().then(
      (own) => setLoaded({ is: "here", own }),
      (fault: unknown) => setLoaded({ is: "failed", problem: problemOf(fault) }),
    );
  };
  useEffect(load, []);
  if (loaded.is === "loading") return <p class="loading">{t("loading")}</p>;
  if (loaded.is === "failed") return <ProblemCard problem={loaded.problem} onRetry={load} />;
  const { decisions } = loaded.own;
  return (
    <div class="o-list" data-testid="own">
      {decisions.length === 0 && <p class="lead">{say(words.none)}</p>}
      {decisions.map((decision) => (
        <Decision key={decision.survey} decision={decision}>
          {decision.ways.some((way) => way.what === "ask_person") && (
            <AskPerson survey={decision.survey} onAsked={(own) => setLoaded({ is: "here", own })} />
          )}
        </Decision>
      ))}
    </div>
  );
}

function AskPerson({ survey, onAsked }: { survey: string; onAsked: (own: OwnView) => void }) {
  const { api } = useApp();
  const [said, setSaid] = useState("");
  const { busy, problem, send } = useSend();
  return (
    <details class="o-ask" data-testid="ask-person">
      <summary>{say(words.askTitle)}</summary>
      <textarea rows={4} maxLength={2000} data-testid="ask-person-words" aria-label={say(words.askWords)} placeholder={say(words.askWords)} value={said} onInput={(event) => setSaid(event.currentTarget.value)} />
      {problem && <ProblemCard problem={problem} />}
      <Button kind="plain" testid="ask-person-send" busy={busy} disabled={said.trim() === ""} onClick={() => send(api.askPerson(survey, { words: said.trim() }), onAsked)}>
        {say(words.askSend)}
      </Button>
    </details>
  );
}

/** On the applicant's pages: a button that opens all of it in a sheet. */
export function OwnSheet() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="link" testid="own-open" onClick={() => setOpen(true)}>
        {say(words.show)}
      </Button>
      {open && (
        <Sheet title={say(words.title)} closeLabel={say(life.close)} onClose={() => setOpen(false)}>
          <p class="muted">{say(words.lead)}</p>
          <Own />
        </Sheet>
      )}
    </>
  );
}
