/** One decision about a subject: what it was, what it rested on, what a person made of it, who looked, what is open. */

import type { ComponentChildren } from "preact";
import type { AppealView, OwnDecisionView, SecondLookView } from "../../core/wire.gen";
import { say } from "../../text";
import { RESULT, tierText } from "../../text/desk";
import { APPEAL } from "../../text/life";
import { appeals, LOOKED, OUTCOME, OWN_TIER, own as words, WAY } from "../../text/own";
import { dayText, lastDayText } from "../desk/hours";

/** `children` are the acts that are open to the viewer. */
export function Decision({ decision, children }: { decision: OwnDecisionView; children?: ComponentChildren }) {
  const { second_look: look, appeal } = decision;
  return (
    <section class="card o-decision" data-testid="own-decision" data-survey={decision.survey} data-outcome={decision.outcome}>
      <header>
        <h3>{say(decision.item)}</h3>
        <p class="f-quiet">{decision.case_no}</p>
      </header>
      <p>
        <b>{say(OUTCOME[decision.outcome])}</b>
        <span class="f-quiet"> {say(words.decided(dayText(decision.decided_at)))}</span>
      </p>
      {look && <Look look={look} />}
      <ul class="o-reasons">
        {decision.reasons.map((reason) => (
          <li key={reason.en}>{say(reason)}</li>
        ))}
      </ul>
      {appeal && <Appealed appeal={appeal} decision={decision} />}
      <Facts decision={decision} />
      {decision.ways.length > 0 && (
        <div>
          <h4>{say(words.ways)}</h4>
          <ul class="o-reasons" data-testid="own-ways">
            {decision.ways.map((way) => (
              <li key={way.what}>
                <b>{say(WAY[way.what])}</b> {say(way.text)}
                {way.until && <span class="f-quiet"> {say(words.wayUntil(lastDayText(way.until)))}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
      {children}
    </section>
  );
}

function Facts({ decision }: { decision: OwnDecisionView }) {
  const { counted, looks } = decision;
  return (
    <details>
      <summary>{say(words.restsOn)}</summary>
      <dl class="o-facts">
        <Fact name={say(words.tier)}>{say(OWN_TIER[decision.tier] ?? tierText(decision.tier))}</Fact>
        {decision.whose && <Fact name={say(words.whose)}>{say(decision.whose)}</Fact>}
        {decision.source !== "" && (
          <Fact name={say(words.source)}>
            {decision.source} {decision.as_of && <span class="f-quiet">{say(words.asOf(dayText(decision.as_of)))}</span>}
          </Fact>
        )}
        {counted.length > 0 && (
          <Fact name={say(words.counted)}>
            {counted.map((one) => (
              <span key={one.id} class="o-line">
                {say(one.kind)} · {one.rule} <span class="f-quiet">{say(words.until(one.until.slice(0, 10)))}</span> <code>{one.id}</code>
              </span>
            ))}
          </Fact>
        )}
        {decision.conclusion && (
          <Fact name={say(words.conclusion)}>
            {[say(RESULT[decision.conclusion]), ...decision.conclusion_reasons].map((line) => (
              <span key={line} class="o-line">
                {line}
              </span>
            ))}
          </Fact>
        )}
        <Fact name={say(words.policy)}>
          <code title={decision.policy_digest}>{decision.policy_digest.slice(0, 12)}</code>
        </Fact>
        <Fact name={say(words.looks)}>
          {looks.length === 0 && say(words.noLooks)}
          {looks.map((one) => (
            <span key={one.at} class="o-line">
              {say(one.text)} <span class="f-quiet">{dayText(one.at)}</span>
            </span>
          ))}
        </Fact>
      </dl>
    </details>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Appealed({ appeal, decision }: { appeal: AppealView; decision: OwnDecisionView }) {
  return (
    <div class="o-look" data-testid="own-appeal" data-result={appeal.result ?? "waiting"}>
      {decision.conclusion && (
        <p>
          {say(words.conclusion)}: {[say(RESULT[decision.conclusion]), ...decision.conclusion_reasons].join(" · ")}
        </p>
      )}
      <p class="f-quiet">{say(appeals.made(dayText(appeal.at)))}</p>
      <blockquote>{appeal.reason}</blockquote>
      {appeal.result === null && <p class="f-due">{say(appeals.due(lastDayText(appeal.due)))}</p>}
      {appeal.result && (
        <>
          <p>
            <b>{say(APPEAL[appeal.result])}</b>
          </p>
          <p class="f-quiet">{say(words.answered(appeal.officer, dayText(appeal.answered_at ?? appeal.at)))}</p>
          <blockquote>{appeal.answer}</blockquote>
        </>
      )}
    </div>
  );
}

function Look({ look }: { look: SecondLookView }) {
  return (
    <div class="o-look" data-testid="second-look" data-result={look.result ?? "waiting"}>
      <p class="f-quiet">{say(words.asked(look.by, dayText(look.asked_at)))}</p>
      <blockquote>{look.words}</blockquote>
      {look.due && <p class="f-due">{say(words.due(look.due.day, look.due.left))}</p>}
      {look.due?.note && <p class="f-quiet">{say(look.due.note)}</p>}
      {look.result && (
        <>
          <p>
            <b>{say(LOOKED[look.result])}</b>
            {look.ground && <span> · {say(look.ground)}</span>}
          </p>
          <p class="f-quiet">{say(words.answered(look.officer, dayText(look.answered_at ?? look.asked_at)))}</p>
          <blockquote>{look.reason}</blockquote>
          {look.seen !== "" && (
            <p class="f-quiet">
              {say(words.seen)}: {look.seen}
            </p>
          )}
        </>
      )}
    </div>
  );
}
