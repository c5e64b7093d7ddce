/** The own department's opinion, and once every one is in, all of them beside each other. */

import type { Me } from "../../core/desk";
import { departmentOf, opinionStanding, ownReview, unanswered } from "../../core/review";
import type { OpinionValue, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { review } from "../../text/review";
import { OpinionForm } from "./OpinionForm";
import { Reviews } from "./Reviews";

export interface OpinionProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onOpinion: (value: OpinionValue, reason: string) => void;
}

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
  const department = departmentOf(survey, me);
  // Nothing is approved while the applicant still owes something.
  const closed = (one: OpinionValue): boolean => one === "approve" && survey.material?.with_applicant === true;
  return (
    <OpinionForm
      legend={department ? say(review.opinionOf(say(department))) : ""}
      known={ownReview(survey, me)?.opinion ?? null}
      closed={closed}
      notice={say(review.opinionNotice)}
      onOpinion={onOpinion}
    />
  );
}
