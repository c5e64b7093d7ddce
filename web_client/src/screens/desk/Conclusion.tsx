/** The conclusion: two distinct reviewers, each signing the same; in a joint inspection each department for itself. */

import { useState } from "preact/hooks";
import { conclusionStanding, maySign, RESULTS, toRectify, waitsForExperts, type Me, type Standing } from "../../core/desk";
import { limitOf } from "../../core/limits";
import { departmentsDone, isJoint, ownConclusion, ownPoints, signedFor } from "../../core/joint";
import type { AppealView, ConclusionResult, Mode, OpinionValue, RectificationView, SealView, SignatureView, SurveyView, Text } from "../../core/wire.gen";
import { desk, RESULT, ROLE } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { review } from "../../text/review";
import { APPEAL } from "../../text/life";
import { appeals } from "../../text/own";
import { panel } from "../../text/panel";
import { LimitLine } from "../../parts/Limits";
import { useUnderWay } from "../../parts/useUnderWay";
import { Dialog } from "./Dialog";
import { Experts } from "./Experts";
import { Icon } from "./Icon";
import { Recorded } from "./Recorded";
import { StandAside, type StandAsideProps } from "./StandAside";
import { say } from "../../text";
import { RecordOfCase } from "./RecordOfCase";
import { dayText, lastDayText, timeText } from "./hours";

export interface ConclusionProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onConclude: (signed: Signed) => void;
  readonly onOpinion: (value: OpinionValue, reason: string) => void;
  readonly onStandAside: StandAsideProps["onStandAside"];
}

/** What is signed: with `rectify` the points to put right, and the limit for it in working days. */
export interface Signed {
  readonly result: ConclusionResult;
  readonly reason: string;
  readonly points?: string[];
  readonly days?: number;
}

/** How much of the conclusion is signed, for the tab. */
export function signedOf(survey: SurveyView): string {
  return isJoint(survey) ? `${departmentsDone(survey)}/${survey.item.departments?.length}` : `${Math.min(2, survey.signatures.length)}/2`;
}

export function Conclusion({ survey, me, onConclude, onOpinion, onStandAside }: ConclusionProps) {
  const standing = conclusionStanding(survey);
  if (standing.is === "not_yet")
    return (
      <div class="d-empty">
        <Icon name="pen" size={28} />
        <p>{say(survey.mode === "upload_only" ? review.conclusionNotYet : desk.conclusionNotYet)}</p>
        <p>{say(survey.mode === "upload_only" ? review.conclusionNotYetHint : desk.conclusionNotYetHint)}</p>
        <StandAside survey={survey} me={me} onStandAside={onStandAside} />
      </div>
    );
  return (
    <div class="d-list">
      <Experts survey={survey} me={me} onOpinion={onOpinion} />
      {waitsForExperts(survey) && <p class="d-note">{say(panel.waits)}</p>}
      <Verdict standing={standing} survey={survey} me={me} />
      {survey.life?.appeal && <Appealed appeal={survey.life.appeal} />}
      {survey.rectification && <ToRectify survey={survey} rectification={survey.rectification} />}
      {isJoint(survey) ? <Departments survey={survey} /> : <Signatures survey={survey} />}
      {me.role === "expert" && standing.is !== "concluded" && <p class="d-note">{say(desk.conclusionExpert)}</p>}
      <Recorded survey={survey} />
      {maySign(me, survey) && <SignForm survey={survey} me={me} onConclude={onConclude} />}
      <StandAside survey={survey} me={me} onStandAside={onStandAside} />
      <RecordOfCase survey={survey} />
      <Seals seals={survey.seals} mode={survey.mode} />
    </div>
  );
}

function Verdict({ standing, survey, me }: { standing: Standing; survey: SurveyView; me: Me }) {
  switch (standing.is) {
    case "not_yet":
      return null;
    case "unsigned":
      return <p class="d-note">{say(desk.conclusionUnsigned)}</p>;
    case "one":
      return (
        <p class="d-note d-warn" role="status">
          <strong>{say(desk.conclusionSecond)}</strong>
          {standing.signature.participant === me.id && <span>{say(desk.conclusionMine)}</span>}
        </p>
      );
    case "differ":
      return (
        <p class="d-note d-bad d-note-mark" role="status">
          <Icon name="warn" size={18} />
          <span>{say(desk.conclusionDiffers)}</span>
        </p>
      );
    case "departments":
      return (
        <p class="d-note" role="status">
          {say(kinds.departmentsConclude)}
          {ownConclusion(survey, me)?.result != null && <span>{say(kinds.departmentDone)}</span>}
        </p>
      );
    case "concluded":
      return (
        <div class="d-stamp" role="status" data-testid="concluded">
          <span>{say(desk.conclusionDone)}</span>
          <strong>{say(RESULT[standing.result])}</strong>
        </div>
      );
    default:
      return standing satisfies never;
  }
}

/** The applicant's appeal, and what became of it. */
function Appealed({ appeal }: { appeal: AppealView }) {
  return (
    <section data-testid="desk-appeal" data-result={appeal.result ?? "waiting"}>
      <h3 class="d-h">{say(appeals.made(dayText(appeal.at)))}</h3>
      <div class="d-note d-warn">
        <span>{appeal.reason}</span>
        {appeal.result === null ? (
          <strong>{say(appeals.due(lastDayText(appeal.due)))}</strong>
        ) : (
          <>
            <strong>
              {say(appeals.decided)}: {say(APPEAL[appeal.result])}
            </strong>
            <span>{appeal.answer}</span>
            <span>
              {appeal.officer} {appeal.answered_at && dayText(appeal.answered_at)}
            </span>
          </>
        )}
      </div>
    </section>
  );
}

/** Who signed what and why; places that are open. */
export function Signatures({ survey }: { survey: SurveyView }) {
  const places: (SignatureView | null)[] = [...survey.signatures];
  while (places.length < 2) places.push(null);
  return (
    <section>
      <h3 class="d-h">{say(desk.signatures)}</h3>
      <ol class="d-signatures">
        {places.map((signature, i) =>
          signature ? (
            <Signature key={signature.participant} survey={survey} signature={signature} />
          ) : (
            <li key={`open-${i}`} class="d-unsigned">
              <span>{say(desk.signatureEmpty(i + 1))}</span>
              <span class="d-quiet">{say(desk.waitingSignature)}</span>
            </li>
          ),
        )}
      </ol>
    </section>
  );
}

function Signature({ survey, signature }: { survey: SurveyView; signature: SignatureView }) {
  return (
    <li class="d-signed" data-testid={`signature-${signature.participant}`}>
      <p class="d-row d-tight">
        <strong>{signature.name}</strong>
        <span class={`d-pill d-r-${signature.result}`}>{say(RESULT[signature.result])}</span>
        <time class="d-quiet tabular" dateTime={signature.at}>
          {timeText(signature.at)}
        </time>
      </p>
      {signature.days != null && (
        <p>
          {titles(survey, signature.points ?? [])} · {say(kinds.within(signature.days))}
        </p>
      )}
      {signature.reason !== "" && <p>{signature.reason}</p>}
    </li>
  );
}

/** Each department of a joint inspection, what it concluded, and who signed for it. */
export function Departments({ survey }: { survey: SurveyView }) {
  return (
    <section>
      <h3 class="d-h">{say(kinds.byDepartment)}</h3>
      <ol class="d-signatures">
        {(survey.conclusions ?? []).map((one) => (
          <li key={one.department.zh} data-testid="department-conclusion" data-result={one.result ?? ""}>
            <p class="d-row d-tight">
              <strong>{say(one.department)}</strong>
              {one.result ? (
                <span class={`d-pill d-r-${one.result}`}>{say(RESULT[one.result])}</span>
              ) : (
                <span class={one.signed > 0 ? "d-bad" : "d-quiet"}>{say(one.signed > 0 ? kinds.departmentDiffers : kinds.departmentOpen)}</span>
              )}
            </p>
            <ol class="d-signatures">
              {signedFor(survey, one.department).map((signature) => (
                <Signature key={signature.participant} survey={survey} signature={signature} />
              ))}
            </ol>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What is to be put right, and until when. */
export function ToRectify({ survey, rectification }: { survey: SurveyView; rectification: RectificationView }) {
  const { points, days, due, due_note } = rectification;
  const limit = limitOf(survey.life?.limits, "rectify");
  return (
    <div class="d-note d-warn" data-testid="to-rectify">
      <strong>{say(kinds.toRectify)}</strong>
      <span>{titles(survey, points)}</span>
      {days !== null && (
        <span>
          {say(kinds.within(days))}
          {limit ? <> · <LimitLine limit={limit} named={false} /></> : due !== null && ` · ${say(kinds.due(due))}`}
        </span>
      )}
      {due_note && <span>{say(due_note)}</span>}
      {(survey.re_surveys ?? []).length > 0 && <span>{say(kinds.reSurveys((survey.re_surveys ?? []).join(" · ")))}</span>}
    </div>
  );
}

function titles(survey: SurveyView, points: readonly string[]): string {
  return survey.item.points
    .filter((point) => points.includes(point.id))
    .map((point) => say(point.title))
    .join(" · ");
}

function SignForm({ survey, me, onConclude }: Pick<ConclusionProps, "survey" | "me" | "onConclude">) {
  const [result, setResult] = useState<ConclusionResult | null>(null);
  const begin = toRectify(survey, me);
  const [points, setPoints] = useState<readonly string[] | null>(null);
  const [days, setDays] = useState<string | null>(null);
  const named = points ?? begin.points;
  const limit = Number(days ?? begin.days ?? "");
  const rectifies = result === "rectify";
  const complete = !rectifies || (named.length > 0 && Number.isInteger(limit) && limit >= 1 && limit <= 250);
  const own = ownPoints(survey, me);
  const open = survey.mode !== "upload_only" ? own.filter((point) => !survey.answers.some((answer) => answer.point === point.id)).length : 0;
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const may = result !== null && complete && (result === "pass" ? open === 0 : reason.trim() !== "");
  const underWay = useUnderWay();
  const name = survey.participants.find((person) => person.id === me.id)?.name ?? say(ROLE[me.role]);
  return (
    <form
      class="d-sign"
      onSubmit={(event) => {
        event.preventDefault();
        if (may) setAsking(true);
      }}
    >
      <fieldset>
        <legend class="d-h">{say(desk.chooseResult)}</legend>
        <div class="d-results">
          {RESULTS.map((one) => (
            <label key={one} class={`d-result d-r-${one}`} data-testid={`result-${one}`}>
              <input type="radio" name="result" value={one} checked={result === one} onChange={() => setResult(one)} />
              <span>{say(RESULT[one])}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {result === "pass" && open > 0 && <p class="d-note d-warn">{say(kinds.answerFirst(open))}</p>}
      {rectifies && (
        <fieldset>
          <legend class="d-h">{say(kinds.toRectify)}</legend>
          {own.map((point) => (
            <label key={point.id} class="d-tick" data-testid={`rectify-${point.id}`}>
              <input
                type="checkbox"
                checked={named.includes(point.id)}
                onChange={(event) => setPoints(event.currentTarget.checked ? [...named, point.id] : named.filter((one) => one !== point.id))}
              />
              <span>{say(point.title)}</span>
            </label>
          ))}
          <label class="d-field">
            <span class="d-h">{say(kinds.days)}</span>
            <input
              type="number"
              min={1}
              max={250}
              data-testid="rectify-days"
              value={days ?? begin.days ?? ""}
              placeholder={say(kinds.daysExample)}
              onInput={(event) => setDays(event.currentTarget.value)}
            />
          </label>
          {!complete && <p class="d-quiet">{say(kinds.rectifyMissing)}</p>}
        </fieldset>
      )}
      <label class="d-field">
        <span class="d-h">{say(result === null || result === "pass" ? desk.reason : desk.reasonNeeded)}</span>
        <textarea
          rows={3}
          maxLength={4000}
          data-testid="conclusion-reason"
          value={reason}
          placeholder={say(desk.reasonExample)}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="d-quiet">{say(desk.concludeAs(name))}</p>
      <button type="submit" class="d-btn d-seal" data-testid="conclude" disabled={!may || underWay.busy} aria-busy={underWay.busy}>
        {say(desk.concludeButton)}
      </button>
      {asking && result && (
        <Sure
          survey={survey}
          me={me}
          result={result}
          onClose={() => setAsking(false)}
          onSure={() => {
            setAsking(false);
            if (underWay.begin()) onConclude({ result, reason: reason.trim(), ...(rectifies ? { points: [...named], days: limit } : {}) });
          }}
        />
      )}
    </form>
  );
}

/** Asked once before it is signed: what the result is, what follows from it, and what is still open. */
function Sure({ survey, me, result, onSure, onClose }: Pick<ConclusionProps, "survey" | "me"> & { result: ConclusionResult; onSure: () => void; onClose: () => void }) {
  const byPhotos = survey.mode === "upload_only";
  const open = byPhotos ? [] : ownPoints(survey, me).filter((point) => !survey.answers.some((answer) => answer.point === point.id));
  const files = [...survey.photos, ...survey.videos];
  const rejected = files.filter((one) => one.result === "rejected").length;
  const doubtful = files.filter((one) => one.result === "needs_review").length;
  const others = survey.signatures.filter((one) => one.participant !== me.id);
  const alike = others.some((one) => one.result === result);
  const follows = byPhotos || isJoint(survey) ? desk.sureKept : others.length === 0 ? desk.sureFirst : alike ? desk.sureSecond : desk.sureDiffers;
  const title = say(desk.sureTitle(say(RESULT[result])));
  return (
    <Dialog label={title} onClose={onClose}>
      <h2>{title}</h2>
      <p>{say(follows)}</p>
      {open.length > 0 && (
        <p class="d-note d-warn">
          <strong>{say(desk.endOpenPoints(open.length))}</strong>
          <span>{open.map((point) => say(point.title)).join(" · ")}</span>
        </p>
      )}
      {rejected + doubtful > 0 && <p class="d-note d-warn">{say(desk.surePhotos(rejected, doubtful))}</p>}
      <div class="d-row d-end">
        <button type="button" class="d-btn" onClick={onClose}>
          {say(desk.cancel)}
        </button>
        <button type="button" class="d-btn d-seal" data-testid="conclude-confirm" onClick={onSure}>
          {say(desk.concludeButton)}
        </button>
      </div>
    </Dialog>
  );
}

const SEAL: Record<SealView["kind"], Text> = { recording: desk.sealRecording, case: desk.sealCase, addendum: desk.sealAddendum };

/** Each looking at a sealed case makes an addendum; of these the newest is shown, which names the one before it. */
export function Seals({ seals, mode }: { seals: readonly SealView[]; mode: Mode | undefined }) {
  if (seals.length === 0) return null;
  const shown = seals.filter((seal, at) => seal.kind !== "addendum" || at === seals.length - 1);
  const between = seals.length - shown.length;
  return (
    <section>
      <h3 class="d-h">{say(desk.seals)}</h3>
      <ul class="d-seals">
        {shown.map((seal) => (
          <li key={seal.number}>
            <span class="d-chop" aria-hidden="true">
              封
            </span>
            <div>
              <p class="d-row d-tight">
                <strong>{say(mode === "upload_only" && seal.kind === "recording" ? review.sealMaterial : SEAL[seal.kind])}</strong>
                <span class={seal.kept ? "d-good" : "d-quiet"}>{say(seal.kept ? desk.sealKept : desk.sealPending)}</span>
              </p>
              <p class="d-quiet tabular">
                <time dateTime={seal.sealed_at}>{(seal.kind === "addendum" ? dayText : timeText)(seal.sealed_at)}</time> <code title={seal.sha256}>{seal.sha256.slice(0, 16)}</code>
              </p>
              {seal.kind === "addendum" && between > 0 && <p class="d-quiet">{say(desk.sealsBetween(between))}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
