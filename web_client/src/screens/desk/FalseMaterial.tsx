/** A reviewer records false material from a photo: the rule, what is false. A second officer confirms it, or not. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import { problemOf } from "../../core/problems";
import type { PhotoView, Problem } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { feedback as words } from "../../text/feedback";
import { RuleChoice } from "../feedback/Acts";
import { Dialog } from "./Dialog";

export function FalseMaterial({ survey, photo }: { survey: string; photo: PhotoView }) {
  const { state } = useApp();
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);
  if (state.session.value?.role !== "reviewer") return null;
  if (done) return <p class="d-quiet" role="status">{say(words.recorded)}</p>;
  return (
    <>
      <button type="button" class="d-link" data-testid="false-material" onClick={() => setOpen(true)}>
        {say(words.found)}
      </button>
      {open && <Question survey={survey} photo={photo} onClose={() => setOpen(false)} onDone={() => setDone(true)} />}
    </>
  );
}

function Question({ survey, photo, onClose, onDone }: { survey: string; photo: PhotoView; onClose: () => void; onDone: () => void }) {
  const { api } = useApp();
  const [rule, setRule] = useState("");
  const [reasons, setReasons] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = (): void => {
    setProblem(null);
    const evidence = [{ of: "photo" as const, photo: photo.id }];
    api.recordFeedback(survey, { rule, words: reasons.trim(), evidence }).then(onDone, (fault: unknown) => setProblem(problemOf(fault)));
  };
  const title = say(words.foundTitle(photo.id));
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <h2>{title}</h2>
        <p>{say(words.foundLead)}</p>
        <RuleChoice rule={rule} onRule={setRule} />
        <label class="d-field">
          <span>{say(words.ownWords)}</span>
          <textarea rows={3} maxLength={4000} data-testid="false-words" value={reasons} onInput={(event) => setReasons(event.currentTarget.value)} />
        </label>
        {problem && <ProblemCard problem={problem} />}
        <div class="d-row d-end">
          <button type="button" class="d-btn" onClick={onClose}>
            {say(desk.cancel)}
          </button>
          <button type="submit" class="d-btn d-primary" data-testid="false-send" disabled={reasons.trim() === "" || rule === ""}>
            {say(words.found)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
