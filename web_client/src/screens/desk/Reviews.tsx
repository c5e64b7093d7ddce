/** Who reviewed and what they found, as far as this viewer may know; the answers beside each other. */

import { answerOf } from "../../core/review";
import type { ReviewView, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { desk, VALUE } from "../../text/desk";
import { OPINION, review } from "../../text/review";
import { VALUE_ICON } from "./Checklist";
import { Icon } from "./Icon";
import "./material.css";

export function Reviews({ survey }: { survey: SurveyView }) {
  const reviews = survey.reviews ?? [];
  const open = reviews.filter((one) => one.answers.length > 0);
  return (
    <>
      <ul class="d-reviews">
        {reviews.map((one) => (
          <li key={one.department.zh} data-testid="review" data-given={one.given}>
            <Head one={one} survey={survey} />
          </li>
        ))}
      </ul>
      {reviews.length < 2 && <p class="d-note d-warn">{say(review.oneDepartment)}</p>}
      {open.length > 1 && (
        <table class="d-compare">
          <caption class="d-h">{say(review.answersByPoint)}</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{say(desk.tabChecklist)}</span>
              </th>
              {open.map((one) => (
                <th key={one.department.zh} scope="col">
                  {say(one.department)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {survey.item.points.map((point) => {
              const values = open.map((one) => answerOf(one, point.id));
              return (
                <tr key={point.id} class={new Set(values).size > 1 ? "d-apart" : ""}>
                  <th scope="row">{say(point.title)}</th>
                  {values.map((value, index) => (
                    <td key={open[index]?.department.zh}>
                      {value && (
                        <span class={`d-pill d-${value}`}>
                          <Icon name={VALUE_ICON[value]} size={14} />
                          {say(VALUE[value])}
                        </span>
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </>
  );
}

const TONE = { approve: "d-ok", rectify: "d-unsure", on_site: "d-not_ok" } as const;

function Head({ one, survey }: { one: ReviewView; survey: SurveyView }) {
  const { opinion } = one;
  return (
    <>
      <p class="d-row d-tight">
        <strong>{say(one.department)}</strong>
        {opinion ? <span class={`d-pill ${TONE[opinion.value]}`}>{say(OPINION[opinion.value])}</span> : <span class="d-quiet">{say(one.given ? review.given : review.notGiven)}</span>}
      </p>
      {opinion && (
        <p class="d-quiet">
          {survey.participants.find((person) => person.id === opinion.by)?.name}
          {opinion.reason !== "" && ` · ${opinion.reason}`}
        </p>
      )}
      {!opinion && one.given && <p class="d-quiet">{say(review.sealedUntil)}</p>}
    </>
  );
}
