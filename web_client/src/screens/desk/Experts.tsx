/** The experts of a live survey: what each thinks, as far as this viewer may know, and the own opinion. */

import { mayGiveOpinion, type Me } from "../../core/desk";
import type { OpinionValue, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { panel } from "../../text/panel";
import { OPINION, review } from "../../text/review";
import { OpinionForm } from "./OpinionForm";
import "./material.css";

export interface ExpertsProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onOpinion: (value: OpinionValue, reason: string) => void;
}

const TONE = { approve: "d-ok", rectify: "d-unsure", on_site: "d-not_ok" } as const;

export function Experts({ survey, me, onOpinion }: ExpertsProps) {
  const experts = survey.experts ?? [];
  if (experts.length === 0) return null;
  const own = experts.find((one) => one.participant === me.id)?.opinion ?? null;
  return (
    <section>
      <h3 class="d-h">{say(panel.experts)}</h3>
      <ul class="d-reviews">
        {experts.map(({ participant, given, opinion }) => (
          <li key={participant} data-testid="expert" data-given={given}>
            <p class="d-row d-tight">
              <strong>{survey.participants.find((person) => person.id === participant)?.name}</strong>
              {opinion ? <span class={`d-pill ${TONE[opinion.value]}`}>{say(OPINION[opinion.value])}</span> : <span class="d-quiet">{say(given ? review.given : review.notGiven)}</span>}
            </p>
            {opinion && opinion.reason !== "" && <p class="d-quiet">{opinion.reason}</p>}
            {!opinion && given && <p class="d-quiet">{say(panel.sealedUntil)}</p>}
          </li>
        ))}
      </ul>
      {mayGiveOpinion(me, survey) && (
        <OpinionForm legend={say(panel.ownOpinion)} known={own} notice={say(panel.opinionNotice)} onOpinion={onOpinion} />
      )}
    </section>
  );
}
