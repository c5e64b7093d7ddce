/** What the applicant is to do next, from the survey as it stands. */
import { isLive } from "./desk";
import type { CheckPoint, RequestView, SurveyView } from "./wire.gen";

export type Guide = {
  /** For each checklist point whether it was answered, in order. */
  readonly answered: readonly boolean[];
  /** The first point nobody has answered, with its number from 1; null when all are. */
  readonly next: { readonly number: number; readonly point: CheckPoint } | null;
};

export function guide(survey: SurveyView): Guide {
  const answers = new Set(survey.answers.map((one) => one.point));
  const answered = survey.item.points.map((point) => answers.has(point.id));
  const index = answered.indexOf(false);
  const point = survey.item.points[index];
  return { answered, next: point ? { number: index + 1, point } : null };
}

export type PhoneStep = "connecting" | "consent" | "devices" | "call" | "shots" | "finish";

/** Which page the applicant is on. `joined` is theirs alone to say; everything else the server knows. */
export function phoneStep(survey: SurveyView | null, consented: boolean, joined: boolean): PhoneStep {
  if (survey === null) return "connecting";
  if (survey.mode === "upload_only") {
    if (survey.state !== "admitted" && survey.state !== "ended") return "finish";
    if (!consented) return "consent";
    return survey.material?.with_applicant === false ? "finish" : "shots";
  }
  if (!isLive(survey)) return "finish";
  if (!consented) return "consent";
  return joined ? "call" : "devices";
}

/** How far a clock is off, in the largest unit that fits; null while it does not matter (5 minutes). */
export function clockFault(offsetMs: number): { unit: "minutes" | "hours" | "days"; n: number } | null {
  const minutes = Math.abs(offsetMs) / 60_000;
  if (minutes <= 5) return null;
  if (minutes < 90) return { unit: "minutes", n: Math.round(minutes) };
  return minutes < 48 * 60 ? { unit: "hours", n: Math.round(minutes / 60) } : { unit: "days", n: Math.round(minutes / 1440) };
}

const QUESTION_MS = 60_000;

/** The newest question put in writing, for a minute: then the next point is shown again. `now` is server time. */
export function freshQuestion(survey: SurveyView, now: number): RequestView | null {
  const last = (survey.requests ?? []).filter((one) => one.kind === "question").at(-1);
  return last && now - Date.parse(last.at) < QUESTION_MS ? last : null;
}
