/** Who looks on which errand, as this survey's page shows it. */
import { isConcluded } from "./desk";
import type { ErrandState, ErrandView, ParticipantView, SurveyView } from "./wire.gen";

export type Looking = { readonly person: ParticipantView; readonly errand: ErrandView; readonly state: ErrandState };

/** Everybody with an errand, in the order they were invited. `now` is server time, milliseconds. */
export function lookingOf(survey: SurveyView, now: number): Looking[] {
  const all = survey.errands ?? [];
  return survey.participants.flatMap((person) => {
    const errand = all.find((one) => one.participant === person.id);
    return errand ? [{ person, errand, state: stateOf(survey, person, errand, now) }] : [];
  });
}

function stateOf(survey: SurveyView, person: ParticipantView, errand: ErrandView, now: number): ErrandState {
  if (person.recused) return "taken_off";
  if (isConcluded(survey.state)) return "over";
  return now < Date.parse(errand.valid_until) ? "valid" : "expired";
}

/** A code as people read and type it. */
export function inFours(code: string): string {
  return (code.match(/.{1,4}/g) ?? []).join(" ").toUpperCase();
}

/** What somebody pasted, as it was signed; null if it is a code: a document has lines, a code has none. */
export function documentIn(written: string): string | null {
  const text = written.replaceAll("\r\n", "\n").trim();
  return text.includes("\n") ? `${text}\n` : null;
}
