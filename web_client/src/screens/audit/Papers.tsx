/** The file of the case: checklist, conclusion, seals, admission, coverage. */

import type { ComponentChildren } from "preact";
import { conclusionStanding } from "../../core/desk";
import { isJoint } from "../../core/joint";
import { blanks, coverage, coverageOf, percentText } from "../../core/replay";
import { clock } from "../../core/times";
import type { AdmissionView, Kind, ReplayLane, ReplayView, SurveyView, Text } from "../../core/wire.gen";
import { say } from "../../text";
import { audit, causeText } from "../../text/audit";
import { desk, RESULT, ROLE, VALUE } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { review } from "../../text/review";
import { VALUE_ICON } from "../desk/Checklist";
import { Departments, Seals, ToRectify } from "../desk/Conclusion";
import { TierBadge } from "../desk/Head";
import { timeText } from "../desk/hours";
import { Icon } from "../desk/Icon";
import { OutsideRequests } from "../desk/OutsideRequests";
import { RecordOfCase } from "../desk/RecordOfCase";
import { Reviews } from "../desk/Reviews";

export function Papers({ replay, onJump }: { replay: ReplayView; onJump: (seconds: number) => void }) {
  const { survey } = replay;
  return (
    <div class="d-list">
      {survey.mode === "upload_only" ? (
        <Sheet title={review.reviews}>
          <Reviews survey={survey} />
        </Sheet>
      ) : (
        <Sheet title={audit.jumpByPoint}>
          <Points survey={survey} onJump={onJump} />
        </Sheet>
      )}
      <OutsideRequests survey={survey} />
      <Sheet title={audit.conclusion}>
        <Signed survey={survey} />
      </Sheet>
      <RecordOfCase survey={survey} />
      {survey.seals.length > 0 ? (
        <Seals seals={survey.seals} mode={survey.mode} />
      ) : (
        <Sheet title={desk.seals}>
          <p class="d-quiet">{say(audit.noSeals)}</p>
        </Sheet>
      )}
      <Sheet title={audit.admission}>
        <Admission admission={replay.admission} />
      </Sheet>
      {replay.lanes.length > 0 && (
        <Sheet title={audit.coverage}>
          <Coverage replay={replay} onJump={onJump} />
        </Sheet>
      )}
      <Sheet title={audit.place}>
        <p>
          {survey.site.address}{" "}
          <span class="d-quiet tabular">
            {survey.site.lat.toFixed(5)}, {survey.site.lon.toFixed(5)} · {say(audit.within(String(survey.site.radius_m)))}
          </span>
        </p>
      </Sheet>
    </div>
  );
}

function Sheet({ title, children }: { title: Text; children: ComponentChildren }) {
  return (
    <section>
      <h3 class="d-h">{say(title)}</h3>
      {children}
    </section>
  );
}

function nameOf(survey: SurveyView, id: string): string {
  return survey.participants.find((person) => person.id === id)?.name ?? id;
}

function Points({ survey, onJump }: { survey: SurveyView; onJump: (seconds: number) => void }) {
  return (
    <ul class="a-points">
      {survey.item.points.map((point) => {
        const answer = survey.answers.find((one) => one.point === point.id);
        const at = answer?.moment_s ?? null;
        const row = (
          <>
            <span class={answer ? `d-mark-v d-v-${answer.value}` : "d-mark-v"} role="img" aria-label={say(answer ? VALUE[answer.value] : audit.notAnswered)}>
              {answer && <Icon name={VALUE_ICON[answer.value]} size={15} />}
            </span>
            <span>
              {say(point.title)}
              {answer && answer.note !== "" && <small>{answer.note}</small>}
              {(answer?.others ?? []).map((one) => (
                <small key={one.at}>
                  {say(desk.answeredBefore(say(VALUE[one.value]), nameOf(survey, one.by), one.moment_s === null ? "" : clock(one.moment_s)))} {one.note}
                </small>
              ))}
            </span>
            <span class={at === null ? "d-quiet" : "tabular d-pin"}>{at === null ? say(answer ? audit.noMoment : audit.notAnswered) : clock(at)}</span>
          </>
        );
        return (
          <li key={point.id}>
            {at === null ? (
              <p>{row}</p>
            ) : (
              <button type="button" data-testid={`jump-${point.id}`} title={say(audit.jumpTo(clock(at)))} onClick={() => onJump(at)}>
                {row}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Signed({ survey }: { survey: SurveyView }) {
  const standing = conclusionStanding(survey);
  return (
    <>
      {standing.is === "concluded" ? (
        <div class="d-stamp">
          <strong>{say(RESULT[standing.result])}</strong>
        </div>
      ) : (
        <p class={standing.is === "differ" ? "d-note d-bad" : "d-note"}>
          {say(standing.is === "departments" ? kinds.departmentsConclude : standing.is === "one" ? audit.oneSignature : standing.is === "differ" ? audit.differ : audit.noConclusion)}
        </p>
      )}
      {survey.rectification && <ToRectify survey={survey} rectification={survey.rectification} />}
      {survey.earlier && <p class="d-quiet">{say(kinds.earlier(survey.earlier.case_no))}</p>}
      {isJoint(survey) && <Departments survey={survey} />}
      {!isJoint(survey) && survey.signatures.length > 0 && (
        <ol class="d-signatures">
          {survey.signatures.map((signature) => (
            <li key={signature.participant} class="d-signed">
              <p class="d-row d-tight">
                <strong>{signature.name}</strong>
                <span class={`d-pill d-r-${signature.result}`}>{say(RESULT[signature.result])}</span>
                <time class="d-quiet tabular" dateTime={signature.at}>
                  {timeText(signature.at)}
                </time>
              </p>
              <p class={signature.reason === "" ? "d-quiet" : ""}>{signature.reason === "" ? say(audit.noReason) : signature.reason}</p>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

const OUTCOME: Record<AdmissionView["outcome"], Text> = { admitted: audit.admitted, on_site: audit.onSite, refused: audit.refused };

function Admission({ admission }: { admission: AdmissionView }) {
  return (
    <div class="a-admission">
      <p class="d-row d-tight">
        <strong>{say(OUTCOME[admission.outcome])}</strong>
        <TierBadge tier={admission.tier} />
      </p>
      <ul>
        {admission.reasons.map((reason) => (
          <li key={reason.en}>{say(reason)}</li>
        ))}
      </ul>
      <p class="d-quiet">
        {say(audit.policy)} <code title={admission.policy_digest}>{admission.policy_digest.slice(0, 16)}</code>
      </p>
    </div>
  );
}

function Coverage({ replay, onJump }: { replay: ReplayView; onJump: (seconds: number) => void }) {
  return (
    <>
      <p class="d-quiet a-coverage-lead">{say(audit.coverageLead)}</p>
      <ul class="a-coverage">
        {replay.lanes.map((lane) => (
          <LaneCoverage key={lane.participant} lane={lane} seconds={replay.seconds} onJump={onJump} />
        ))}
      </ul>
    </>
  );
}

const KINDS: readonly (readonly [Kind, Text])[] = [
  ["video", audit.picture],
  ["audio", audit.sound],
];

function LaneCoverage({ lane, seconds, onJump }: { lane: ReplayLane; seconds: number; onJump: (seconds: number) => void }) {
  const { recorded, lost, gaps } = coverage(lane, seconds);
  const percents = coverageOf(lane);
  const missing = blanks(lane, seconds).filter((blank) => blank.cause !== "not_here");
  return (
    <li data-testid={`coverage-${lane.participant}`} data-video={percents.video ?? ""} data-audio={percents.audio ?? ""}>
      <span>
        {lane.name} <small>{say(ROLE[lane.role])}</small>
      </span>
      <span class="tabular">{say(audit.covered(clock(recorded)))}</span>
      <dl class="a-percents tabular">
        {KINDS.map(([kind, name]) => {
          const share = percents[kind];
          return (
            <div key={kind} class={share !== null && share < 99 ? "a-short" : ""}>
              <dt>{say(name)}</dt>
              <dd>{share === null ? say(audit.notSent) : `${percentText(share)} %`}</dd>
            </div>
          );
        })}
      </dl>
      {missing.length === 0 ? (
        <span class="d-quiet">{say(audit.noGaps)}</span>
      ) : (
        <details class="a-gaps">
          <summary class="d-warn-ink tabular">{say(audit.gaps(gaps, lost.toFixed(1)))}</summary>
          <ul>
            {missing.map((blank) => (
              <li key={`${blank.start}:${blank.kind}`}>
                <button type="button" class="tabular" data-cause={blank.cause} title={say(audit.jumpTo(clock(blank.start)))} onClick={() => onJump(blank.start)}>
                  {say(audit.gapAt(clock(blank.start), (blank.end - blank.start).toFixed(1), say(blank.kind === null ? audit.bothKinds : blank.kind === "video" ? audit.picture : audit.sound), say(causeText(blank.cause))))}
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
