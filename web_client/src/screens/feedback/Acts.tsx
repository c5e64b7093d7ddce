/** What the viewer may do now about one finding: choose, say why, send. The server decides whether it may be. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import type { ActForm, FeedbackView, RuleView } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { ProblemCard } from "../../parts/ProblemCard";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { feedback as words } from "../../text/feedback";

type Act = keyof typeof words.ACTS;
const SAID: Partial<{ [kind in Act]: ActForm["act"] }> = {
  confirmed: "confirm",
  dismissed: "dismiss",
  dropped: "drop",
  upheld: "uphold",
  reversed: "reverse",
  answered: "answer",
  appealed: "appeal",
};

export interface ActsProps {
  readonly feedback: FeedbackView;
  /** The others: records are repaired together. */
  readonly all: readonly FeedbackView[];
  readonly onDone: () => void;
}

export function Acts({ feedback, all, onDone }: ActsProps) {
  const { api } = useApp();
  const open = (Object.keys(words.ACTS) as Act[]).filter((act) => feedback.open.includes(act));
  const [chosen, setChosen] = useState<Act | undefined>(open.length === 1 ? open[0] : undefined);
  const [reasons, setReasons] = useState("");
  const [rule, setRule] = useState(feedback.rule);
  const [code, setCode] = useState("");
  const others = recordsBeside(feedback, all, chosen);
  const [marked, setMarked] = useState<readonly string[]>([feedback.feedback]);
  const { busy, problem, send } = useSend();

  const carryOut = async (): Promise<void> => {
    const said = chosen && SAID[chosen];
    if (said) await api.actOn(feedback.feedback, { act: said, words: reasons, seen: said === "answer" || said === "appeal" ? null : feedback.seq });
    else if (chosen === "deducted") await api.deduct(feedback.feedback, { rule, code, words: reasons, seen: feedback.seq });
    else if (chosen === "repair_asked") await api.askRepair({ feedback: [...marked], words: reasons });
    else if (chosen === "repaired") {
      const records = others.map((one) => ({ feedback: one.feedback, granted: marked.includes(one.feedback), words: reasons }));
      await api.answerRepair(feedback.application, { records });
    }
  };

  return (
    <>
      {(feedback.open.includes("notified") || feedback.open.includes("linked")) && <Notice feedback={feedback} onDone={onDone} />}
      {open.length > 0 && (
        <form
          class="card f-form"
          onSubmit={(event) => {
            event.preventDefault();
            send(carryOut(), onDone);
          }}
        >
          <h2>{say(words.choose)}</h2>
          {open.map((act) => (
            <label key={act} class="f-choice">
              <input type="radio" name="act" data-testid={`act-${act}`} checked={chosen === act} onChange={() => setChosen(act)} />
              {say(words.ACTS[act])}
            </label>
          ))}
          {chosen === "deducted" && <Deduction rule={rule} onRule={setRule} code={code} onCode={setCode} />}
          {(chosen === "repair_asked" || chosen === "repaired") && (
            <fieldset>
              <legend>{say(words.records)}</legend>
              {others.map((one) => (
                <label key={one.feedback} class="f-choice">
                  <input
                    type="checkbox"
                    checked={marked.includes(one.feedback)}
                    onChange={(event) => setMarked(event.currentTarget.checked ? [...marked, one.feedback] : marked.filter((id) => id !== one.feedback))}
                  />
                  {chosen === "repaired" ? say(words.grant(one.event)) : `${one.event} · ${one.case_no}`}
                </label>
              ))}
            </fieldset>
          )}
          <label class="f-field">
            <span>{say(words.words)}</span>
            <textarea rows={4} maxLength={4000} data-testid="act-words" value={reasons} onInput={(event) => setReasons(event.currentTarget.value)} />
          </label>
          {problem && <ProblemCard problem={problem} />}
          <button type="submit" class="button primary" data-testid="act-send" disabled={busy || !chosen || reasons.trim() === ""}>
            {say(words.send)}
          </button>
        </form>
      )}
    </>
  );
}

/** The records one submission, or its answer, is about. */
function recordsBeside(feedback: FeedbackView, all: readonly FeedbackView[], chosen: Act | undefined): readonly FeedbackView[] {
  if (chosen === "repair_asked") return all.filter((one) => one.open.includes("repair_asked"));
  return all.filter((one) => one.state === "repairing" && one.application === feedback.application);
}

function Deduction({ rule, onRule, code, onCode }: { rule: string; onRule: (number: string) => void; code: string; onCode: (code: string) => void }) {
  return (
    <>
      <RuleChoice rule={rule} onRule={onRule} />
      <label class="f-field">
        <span>{say(words.code)}</span>
        <input data-testid="act-code" autocomplete="off" maxLength={40} value={code} onInput={(event) => onCode(event.currentTarget.value)} />
      </label>
    </>
  );
}

/** One of the published rules. */
export function RuleChoice({ rule, onRule }: { rule: string; onRule: (number: string) => void }) {
  const { api } = useApp();
  const [rules, setRules] = useState<readonly RuleView[]>([]);
  useEffect(() => {
    api.rules().then(
      (told) => {
        setRules(told.rules);
        if (rule === "" && told.rules[0]) onRule(told.rules[0].number);
      },
      () => undefined,
    );
  }, []);
  const chosen = rules.find((one) => one.number === rule);
  return (
    <label class="f-field">
      <span>{say(words.chooseRule)}</span>
      <select data-testid="rule" value={rule} onChange={(event) => onRule(event.currentTarget.value)}>
        {rules.map((one) => (
          <option key={one.number} value={one.number}>
            {one.number} {one.rule}: {say(one.kind)}
          </option>
        ))}
      </select>
      {chosen && <small>{say(chosen.kind)}</small>}
    </label>
  );
}

function Notice({ feedback, onDone }: { feedback: FeedbackView; onDone: () => void }) {
  const { api } = useApp();
  const [link, setLink] = useState("");
  const { busy, problem, send } = useSend();
  return (
    <section class="card">
      {link ? (
        <>
          <p>{say(words.link)}</p>
          <p class="f-link" data-testid="notice-link">
            {link}
          </p>
          <Button kind="plain" onClick={onDone}>
            {say(words.refresh)}
          </Button>
        </>
      ) : (
        <Button kind="plain" testid="give-notice" busy={busy} onClick={() => send(api.giveNotice(feedback.feedback), (told) => setLink(told.link))}>
          {say(words.giveNotice)}
        </Button>
      )}
      {problem && <ProblemCard problem={problem} />}
    </section>
  );
}
