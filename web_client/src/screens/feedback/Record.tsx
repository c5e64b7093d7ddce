/** One finding and what became of it: documents first, then what it rests on, then every step. */

import type { ComponentChildren } from "preact";
import type { FeedbackView } from "../../core/wire.gen";
import { EndingLine } from "../../parts/Limits";
import { say } from "../../text";
import { feedback as words } from "../../text/feedback";

const moment = (at: string): string => new Date(at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false });

/** `children` come with what it rests on. */
export function Record({ feedback, children }: { feedback: FeedbackView; children?: ComponentChildren }) {
  const { due } = feedback;
  return (
    <>
      <section class="card" data-testid="feedback-record" data-state={feedback.state}>
        <h2>{feedback.subject_name}</h2>
        <p class="f-state">{say(feedback.stands)}</p>
        <p class="f-quiet">
          {feedback.case_no} · {say(words.rule(feedback.rule))} {feedback.event && <code>{feedback.event}</code>}
        </p>
        <p>{feedback.words}</p>
        {due && (
          <p class="f-due">
            {say(words.due)} <EndingLine ending={due} />
          </p>
        )}
        {due?.note && <p class="f-quiet">{say(due.note)}</p>}
      </section>
      {feedback.notices.length > 0 && (
        <section class="card">
          <h2>{say(words.notices)}</h2>
          {feedback.notices.map((notice) => (
            <p key={notice.what + notice.at} data-testid="feedback-notice" data-what={notice.what}>
              {say(notice.text)}
            </p>
          ))}
        </section>
      )}
      <section class="card">
        <h2>{say(words.evidence)}</h2>
        <ul class="f-lines">
          {feedback.evidence.map((one) => (
            <li key={one.sha256 + one.what.en}>
              {say(one.what)} <code title={one.sha256}>SHA-256 {one.sha256.slice(0, 12)}</code>
            </li>
          ))}
        </ul>
        {children}
      </section>
      <section class="card">
        <h2>{say(words.steps)}</h2>
        <ol class="f-lines">
          {feedback.steps.map((step) => (
            <li key={step.at + step.act.en}>
              <b>{say(step.act)}</b> {step.by}
              <span class="f-quiet">
                {moment(step.at)} · {say(step.kept ? words.kept : words.notKept)}
              </span>
              {step.words && <span>{step.words}</span>}
            </li>
          ))}
        </ol>
      </section>
      {feedback.deliveries.length > 0 && (
        <section class="card" data-testid="feedback-deliveries">
          <h2>{say(words.platform)}</h2>
          <ul class="f-lines">
            {feedback.deliveries.map((one) => (
              <li key={one.what.en}>
                {say(one.what)}: {say(one.delivered_at ? words.delivered(moment(one.delivered_at)) : words.waiting(one.attempts))}
                {one.trouble && <span class="f-quiet">{one.trouble}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
