/** The record at a desk and in the archive: its files, and whether the applicant has read it. */
import { isConcluded } from "../../core/desk";
import type { SurveyView } from "../../core/wire.gen";
import { RecordFiles } from "../../parts/RecordFiles";
import { say } from "../../text";
import { record } from "../../text/record";
import { dayText } from "./hours";

export function RecordOfCase({ survey }: { survey: SurveyView }) {
  if (!isConcluded(survey.state)) return null;
  const made = (survey.reports ?? []).length > 0;
  return (
    <section data-testid="record">
      <h3 class="d-h">{say(record.title)}</h3>
      {made ? <RecordFiles survey={survey} button="d-btn" /> : <p class="d-quiet">{say(record.making)}</p>}
      {made && <p class="d-quiet">{say(survey.acknowledged_at ? record.acknowledged(dayText(survey.acknowledged_at)) : record.notAcknowledged)}</p>}
    </section>
  );
}
