/** False material: an officer's list of everything, a subject's of what they were told. The one shown is after `#`. */

import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import type { FeedbackView, Problem } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { EndingLine } from "../../parts/Limits";
import { ProblemCard } from "../../parts/ProblemCard";
import { say, t } from "../../text";
import { feedback as words } from "../../text/feedback";
import { own } from "../../text/own";
import { Masthead } from "../entry/Masthead";
import { Appeals } from "../own/Appeals";
import { Asked } from "../own/Asked";
import { CaseFile } from "../own/CaseFile";
import { Own } from "../own/Own";
import { Restrictions } from "../own/Restrictions";
import { Acts } from "./Acts";
import { Record } from "./Record";
import "./feedback.css";

type Loaded = { is: "loading" } | { is: "here"; all: readonly FeedbackView[] } | { is: "failed"; problem: Problem };

export default function Feedback() {
  const { api, state } = useApp();
  useScreen("feedback");
  const [loaded, setLoaded] = useState<Loaded>({ is: "loading" });
  const [shown, setShown] = useState(location.hash.slice(1));
  const load = (): void => {
    api.feedbacks().then(
      (all) => setLoaded({ is: "here", all }),
      (fault: unknown) => setLoaded({ is: "failed", problem: problemOf(fault) }),
    );
  };
  useEffect(load, []);
  useEffect(() => {
    const changed = (): void => setShown(location.hash.slice(1));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const officer = state.session.value?.role === "officer";
  const one = loaded.is === "here" ? loaded.all.find((each) => each.feedback === shown) : undefined;
  return (
    <main class="page f-page" data-testid="feedback">
      <Masthead />
      <header>
        <h1>{say(officer ? words.officerTitle : words.subjectTitle)}</h1>
        <p class="lead">{say(officer ? words.officerLead : words.subjectLead)}</p>
      </header>
      {loaded.is === "loading" && <p class="loading">{t("loading")}</p>}
      {loaded.is === "failed" && <ProblemCard problem={loaded.problem} onRetry={load} />}
      {loaded.is === "here" && one && (
        <>
          <Button kind="quiet" onClick={() => (location.hash = "")}>
            {say(words.back)}
          </Button>
          <Record feedback={one}>{officer && DECIDES.some((act) => one.open.includes(act)) && <CaseFile survey={one.survey} evidence={photosOf(one)} />}</Record>
          <Acts key={one.feedback + one.seq} feedback={one} all={loaded.all} onDone={load} />
        </>
      )}
      {loaded.is === "here" && !one && (
        <>
          {officer ? (
            <>
              <Asked />
              <Appeals />
              <Restrictions />
            </>
          ) : (
            <>
              <h2>{say(own.title)}</h2>
              <Own />
            </>
          )}
          <section class="o-list">
            <h2>{say(own.findings)}</h2>
            <List all={loaded.all} onRefresh={load} />
          </section>
        </>
      )}
    </main>
  );
}

/** Acts by which an officer decides: they read the case file before. */
const DECIDES = ["confirmed", "dropped", "upheld", "repaired"];

function photosOf(feedback: FeedbackView): string[] {
  return feedback.evidence.flatMap((one) => (one.photo ? [one.photo] : []));
}

function List({ all, onRefresh }: { all: readonly FeedbackView[]; onRefresh: () => void }) {
  return (
    <>
      {all.length === 0 && <p class="lead">{say(words.empty)}</p>}
      <ul class="f-list">
        {all.map((one) => (
          <li key={one.feedback}>
            <a class="card" href={`#${one.feedback}`} data-testid="feedback-item" data-state={one.state}>
              <b>{one.subject_name}</b>
              <span class="f-state">{say(one.stands)}</span>
              <span class="f-quiet">
                {one.case_no} · {say(words.rule(one.rule))}
              </span>
              {one.due && (
                <span class="f-quiet">
                  <EndingLine ending={one.due} />
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <Button kind="plain" onClick={onRefresh}>
        {say(words.refresh)}
      </Button>
    </>
  );
}
