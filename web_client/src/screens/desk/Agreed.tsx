/** At the door of a survey that has not begun: the appointment, a no-show, and a visit on the spot instead. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import { mayCallMissed, notBegun } from "../../core/life";
import { problemOf } from "../../core/problems";
import type { LifeOrder, Problem, SurveyView } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { Limits } from "../../parts/Limits";
import { ProblemCard } from "../../parts/ProblemCard";
import { useNow } from "../../parts/useNow";
import { say } from "../../text";
import { life as words } from "../../text/life";
import { Dialog } from "./Dialog";
import { dayText } from "./hours";

/** Only reviewers move a survey; the server decides all the same. */
export function Agreed({ survey }: { survey: SurveyView }) {
  const { api } = useApp();
  const now = useNow(30_000);
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!notBegun(survey)) return null;
  const appointment = survey.life?.appointment;
  const missed = survey.life?.missed ?? 0;
  const send = (order: LifeOrder): void => {
    setProblem(null);
    setAsking(false);
    api.move(survey.id, order).catch((error: unknown) => setProblem(problemOf(error)));
  };
  return (
    <section class="agreed card" data-testid="agreed">
      <p>
        <b>{say(words.appointment)}</b> {appointment?.stands ? dayText(appointment.start) : say(words.none)}
        {missed > 0 && <span class="muted"> · {say(words.missed(missed))}</span>}
      </p>
      <Limits limits={survey.life?.limits} />
      {problem && <ProblemCard problem={problem} />}
      <div class="agreed-acts">
        {appointment && mayCallMissed(survey, now) && (
          <Button kind="plain" testid="missed" onClick={() => send({ order: "report_missed", number: appointment.number, side: "applicant" })}>
            {say(words.nobodyCame)}
          </Button>
        )}
        <Button kind="quiet" testid="refer" onClick={() => setAsking(true)}>
          {say(words.refer)}
        </Button>
      </div>
      {asking && (
        <Dialog label={say(words.refer)} onClose={() => setAsking(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              send({ order: "refer", cause: missed > 0 ? "no_show" : "officer", reason: reason.trim() });
            }}
          >
            <h2>{say(words.refer)}</h2>
            <p>{say(words.referText)}</p>
            <label class="d-field">
              <span>{say(words.referReason)}</span>
              <textarea rows={3} maxLength={1000} data-testid="refer-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
            </label>
            <div class="d-row d-end">
              <button type="button" class="d-btn" onClick={() => setAsking(false)}>
                {say(words.close)}
              </button>
              <button type="submit" class="d-btn d-primary" data-testid="refer-send" disabled={reason.trim() === ""}>
                {say(words.referSend)}
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </section>
  );
}
