/** What an applicant may do outside of the session, from the survey as it stands; the server decides all the same. */
import { isLive } from "./desk";
import type { SurveyView } from "./wire.gen";

/** Has the survey not begun: can it be moved to another time, held on the spot or withdrawn? */
export function notBegun(survey: SurveyView): boolean {
  return survey.state === "admitted" || survey.state === "scheduled";
}

export function mayArrange(survey: SurveyView): boolean {
  return survey.mode !== "upload_only" && notBegun(survey);
}

/** An appointment can be called missed a quarter of an hour after its start, while the other side is not there. */
export function mayCallMissed(survey: SurveyView, now: number): boolean {
  const appointment = survey.life?.appointment;
  if (!appointment?.stands || survey.participants.some((one) => one.role === "applicant" && one.present)) return false;
  return now >= new Date(appointment.start).getTime() + 15 * 60_000;
}

export function mayRate(survey: SurveyView): boolean {
  return !isLive(survey) && survey.life?.stars == null && (survey.conclusion !== null || survey.state === "ended");
}

/** Who passed has nothing to appeal against. */
export function mayAppeal(survey: SurveyView, now: Date): boolean {
  const until = survey.life?.appeal_until ?? null;
  return survey.state === "concluded" && survey.conclusion !== "pass" && until !== null && now <= new Date(until);
}

/** Is the time in which the survey was to be held over? */
export function isPast(survey: SurveyView, now: Date): boolean {
  return now.getTime() >= Date.parse(survey.window.end);
}

/** A moment as `<input type="datetime-local">` takes it: local time, to the minute. */
export function toInput(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** When an appointment of so many minutes may begin: ten minutes from now or later, within the survey's window. */
export function range(survey: SurveyView, now: Date, minutes: number): { readonly first: Date; readonly last: Date } {
  const soonest = new Date(Math.ceil((now.getTime() + 11 * 60_000) / 60_000) * 60_000);
  const first = new Date(Math.max(soonest.getTime(), new Date(survey.window.start).getTime()));
  return { first, last: new Date(new Date(survey.window.end).getTime() - minutes * 60_000) };
}
