/** The conclusion: it takes two distinct reviewers, each signing the same result. */

import { useState } from "preact/hooks";
import { conclusionStanding, maySign, RESULTS, type Me, type Standing } from "../../core/desk";
import type { ConclusionResult, Mode, SealView, SignatureView, SurveyView, Text } from "../../core/wire.gen";
import { desk, RESULT, ROLE } from "../../text/desk";
import { review } from "../../text/review";
import { Icon } from "./Icon";
import { say } from "../../text";
import { dayText, timeText } from "./hours";

export interface ConclusionProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onConclude: (result: ConclusionResult, reason: string) => void;
}

export function Conclusion({ survey, me, onConclude }: ConclusionProps) {
  const standing = conclusionStanding(survey);
  if (standing.is === "not_yet")
    return (
      <div class="d-empty">
        <Icon name="pen" size={28} />
        <p>{say(survey.mode === "upload_only" ? review.conclusionNotYet : desk.conclusionNotYet)}</p>
        <p>{say(survey.mode === "upload_only" ? review.conclusionNotYetHint : desk.conclusionNotYetHint)}</p>
      </div>
    );
  return (
    <div class="d-list">
      <Verdict standing={standing} me={me} />
      <Signatures survey={survey} />
      {me.role === "expert" && standing.is !== "concluded" && <p class="d-note">{say(desk.conclusionExpert)}</p>}
      {maySign(me, survey) && <SignForm survey={survey} me={me} onConclude={onConclude} />}
      <Seals seals={survey.seals} mode={survey.mode} />
    </div>
  );
}

function Verdict({ standing, me }: { standing: Standing; me: Me }) {
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

function Signatures({ survey }: { survey: SurveyView }) {
  const places: (SignatureView | null)[] = [...survey.signatures];
  while (places.length < 2) places.push(null);
  return (
    <section>
      <h3 class="d-h">{say(desk.signatures)}</h3>
      <ol class="d-signatures">
        {places.map((signature, i) =>
          signature ? (
            <li key={signature.participant} class="d-signed" data-testid={`signature-${signature.participant}`}>
              <p class="d-row d-tight">
                <strong>{signature.name}</strong>
                <span class={`d-pill d-r-${signature.result}`}>{say(RESULT[signature.result])}</span>
                <time class="d-quiet tabular" dateTime={signature.at}>
                  {timeText(signature.at)}
                </time>
              </p>
              {signature.reason !== "" && <p>{signature.reason}</p>}
            </li>
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

function SignForm({ survey, me, onConclude }: ConclusionProps) {
  const [result, setResult] = useState<ConclusionResult | null>(null);
  const [reason, setReason] = useState("");
  const name = survey.participants.find((person) => person.id === me.id)?.name ?? say(ROLE[me.role]);
  return (
    <form
      class="d-sign"
      onSubmit={(event) => {
        event.preventDefault();
        if (result) onConclude(result, reason.trim());
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
      <label class="d-field">
        <span class="d-h">{say(desk.reason)}</span>
        <textarea
          rows={3}
          maxLength={4000}
          value={reason}
          placeholder={say(desk.reasonExample)}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="d-quiet">{say(desk.concludeAs(name))}</p>
      <button type="submit" class="d-btn d-seal" data-testid="conclude" disabled={result === null}>
        {say(desk.concludeButton)}
      </button>
    </form>
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
