/** What the applicant was asked for outside the checklist, marked for everybody who reads the record. */

import { clock } from "../../core/times";
import type { SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { kinds, REQUEST } from "../../text/kinds";

export function OutsideRequests({ survey }: { survey: SurveyView }) {
  const outside = (survey.requests ?? []).filter((one) => one.outside);
  if (outside.length === 0) return null;
  return (
    <section data-testid="outside-requests">
      <h3 class="d-h">{say(kinds.outsideRequests)}</h3>
      <ul class="d-list">
        {outside.map((one) => (
          <li key={`${one.at}:${one.by}`} class="d-note d-warn">
            <span>
              <strong>{say(REQUEST[one.kind])}</strong> {one.text}
            </span>
            <span class="tabular">
              {survey.participants.find((person) => person.id === one.by)?.name ?? one.by}
              {one.moment_s !== null && ` · ${clock(one.moment_s)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
