/** The own department's opinion, and once every one is in, all of them beside each other. */

import { useState } from "preact/hooks";
import type { Me } from "../../core/desk";
import { departmentOf, opinionStanding, ownReview, unanswered } from "../../core/review";
import type { OpinionValue, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { OPINION, review } from "../../text/review";
import { Reviews } from "./Reviews";

export interface OpinionProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onOpinion: (value: OpinionValue, reason: string) => void;
}

const VALUES: readonly OpinionValue[] = ["approve", "rectify", "on_site"];

export function Opinion({ survey, me, onOpinion }: OpinionProps) {
  const standing = opinionStanding(me, survey);
  const words = {
    not_mine: review.expert,
    too_early: review.notBegun,
    points_open: review.opinionFirst(unanswered(survey, me)),
    to_give: null,
    lapsed: review.opinionLapsed,
    given: review.opinionMine,
    open: review.opened,
  }[standing];
  const gives = standing === "to_give" || standing === "lapsed" || standing === "given";
  return (
    <div class="d-list">
      {words && (
        <p class={standing === "lapsed" ? "d-note d-warn" : standing === "open" || standing === "given" ? "d-note d-good" : "d-note"} role="status" data-testid="opinion-standing" data-standing={standing}>
          {say(words)}
        </p>
      )}
      <section>
        <h3 class="d-h">{say(review.reviews)}</h3>
        <Reviews survey={survey} />
      </section>
      {gives && <Form key={`${survey.material?.rounds}`} survey={survey} me={me} onOpinion={onOpinion} />}
    </div>
  );
}

function Form({ survey, me, onOpinion }: OpinionProps) {
  const known = ownReview(survey, me)?.opinion ?? null;
  const [value, setValue] = useState<OpinionValue | null>(known?.value ?? null);
  const [reason, setReason] = useState(known?.reason ?? "");
  const department = departmentOf(survey, me);
  const needed = value !== null && value !== "approve";
  // Nothing is approved while the applicant still owes something.
  const closed = (one: OpinionValue): boolean => one === "approve" && survey.material?.with_applicant === true;
  const may = value !== null && !closed(value) && (!needed || reason.trim() !== "");
  return (
    <form
      class="d-sign"
      onSubmit={(event) => {
        event.preventDefault();
        if (value && may) onOpinion(value, reason.trim());
      }}
    >
      <fieldset>
        <legend class="d-h">{department && say(review.opinionOf(say(department)))}</legend>
        <div class="d-results d-opinions">
          {VALUES.map((one) => (
            <label key={one} class="d-result" data-testid={`opinion-${one}`}>
              <input type="radio" name="opinion" value={one} disabled={closed(one)} checked={value === one} onChange={() => setValue(one)} />
              <span>{say(OPINION[one])}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="d-field">
        <span class="d-h">{say(needed ? review.opinionReasonNeeded : review.opinionReason)}</span>
        <textarea
          rows={3}
          maxLength={4000}
          data-testid="opinion-reason"
          value={reason}
          placeholder={say(review.opinionReasonExample)}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p class="d-quiet">{say(review.opinionNotice)}</p>
      <button type="submit" class="d-btn d-primary" data-testid="give-opinion" disabled={!may}>
        {say(review.opinionSend)}
      </button>
    </form>
  );
}
