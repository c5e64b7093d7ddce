/** Before the session: the appointment, and the ways to another one, to a visit instead, or out. */
import { useState } from "preact/hooks";
import { useApp } from "../../app";
import { isPast, mayArrange, notBegun, range, toInput } from "../../core/life";
import { problemOf } from "../../core/problems";
import type { LifeOrder, Problem, SurveyView } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Limits } from "../../parts/Limits";
import { ProblemCard } from "../../parts/ProblemCard";
import { Sheet } from "../../parts/Sheet";
import { useSend } from "../../parts/useSend";
import { say } from "../../text";
import { life as words } from "../../text/life";
import { dayText } from "../desk/hours";
import { OwnSheet } from "../own/Own";

const MINUTES = 30;

export function Plans({ survey, withoutPlace = false }: { survey: SurveyView; withoutPlace?: boolean }) {
  const [open, setOpen] = useState(false);
  if (!notBegun(survey)) return null;
  const appointment = survey.life?.appointment;
  return (
    <section class="plans" data-testid="plans">
      {appointment?.stands && (
        <p class="appointment" data-testid="appointment">
          <Icon name="clock" size={20} />
          <span>{say(words.appointment)}</span>
          <b>{dayText(appointment.start)}</b>
        </p>
      )}
      <Limits limits={survey.life?.limits} />
      {withoutPlace && <p>{say(words.noPlace)}</p>}
      <OwnSheet />
      <Button kind="link" testid="plans-open" onClick={() => setOpen(true)}>
        {say(words.other)}
      </Button>
      {open && <PlansSheet survey={survey} withoutPlace={withoutPlace} onClose={() => setOpen(false)} />}
    </section>
  );
}

/** A visit instead, by itself: for somebody who does not agree to be recorded. */
export function Visit({ survey }: { survey: SurveyView }) {
  const { api } = useApp();
  const [open, setOpen] = useState(false);
  const { busy, problem, send } = useSend();
  if (!notBegun(survey)) return <p>{say(words.visitBegun)}</p>;
  return (
    <>
      <Button testid="visit-open" onClick={() => setOpen(true)}>
        {say(words.visit)}
      </Button>
      {open && (
        <Sheet title={say(words.visit)} closeLabel={say(words.close)} onClose={() => setOpen(false)}>
          {problem && <ProblemCard problem={problem} />}
          <p>{say(words.visitText)}</p>
          <div class="acts">
            <Button testid="visit-send" busy={busy} onClick={() => send(api.move(survey.id, { order: "refer", cause: "applicant_wish" }))}>
              {say(words.visitSend)}
            </Button>
          </div>
        </Sheet>
      )}
    </>
  );
}

function PlansSheet({ survey, withoutPlace, onClose }: { survey: SurveyView; withoutPlace: boolean; onClose: () => void }) {
  const { api } = useApp();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState<LifeOrder["order"] | null>(null);
  const { first, last } = range(survey, new Date(), MINUTES);
  const [start, setStart] = useState(toInput(first));
  const [reason, setReason] = useState("");
  const send = (order: LifeOrder): void => {
    setSending(order.order);
    setProblem(null);
    api.move(survey.id, order).then(onClose, (error: unknown) => {
      setSending(null);
      setProblem(problemOf(error));
    });
  };
  return (
    <Sheet title={say(words.title)} closeLabel={say(words.close)} onClose={onClose}>
      {problem && <ProblemCard problem={problem} />}
      {mayArrange(survey) && (
        <section class="way">
          <h3>{say(words.time)}</h3>
          {first > last ? (
            <p class="muted">{say(isPast(survey, new Date()) ? words.timeOver : words.timeNone)}</p>
          ) : (
            <>
              <p class="muted">{say(words.timeText)}</p>
              <input
                type="datetime-local"
                data-testid="plans-start"
                aria-label={say(words.time)}
                min={toInput(first)}
                max={toInput(last)}
                value={start}
                onInput={(event) => setStart(event.currentTarget.value)}
              />
              <Button
                kind="plain"
                testid="plans-time"
                busy={sending === "arrange"}
                disabled={start === ""}
                onClick={() =>
                  send({ order: "arrange", start: new Date(start).toISOString(), minutes: MINUTES, replaces: survey.life?.appointment?.number ?? 0 })
                }
              >
                {say(words.timeSend)}
              </Button>
            </>
          )}
        </section>
      )}
      <section class="way">
        <h3>{say(words.visit)}</h3>
        <p class="muted">{say(words.visitText)}</p>
        <Button
          kind="plain"
          testid="plans-visit"
          busy={sending === "refer"}
          onClick={() => send({ order: "refer", cause: withoutPlace ? "location_declined" : "applicant_wish" })}
        >
          {say(words.visitSend)}
        </Button>
      </section>
      <section class="way">
        <h3>{say(words.withdraw)}</h3>
        <p class="muted">{say(words.withdrawText)}</p>
        <input
          type="text"
          maxLength={1000}
          data-testid="plans-reason"
          aria-label={say(words.withdrawReason)}
          placeholder={say(words.withdrawReason)}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        <Button kind="plain" testid="plans-withdraw" busy={sending === "withdraw"} disabled={reason.trim() === ""} onClick={() => send({ order: "withdraw", reason: reason.trim() })}>
          {say(words.withdrawSend)}
        </Button>
      </section>
    </Sheet>
  );
}
