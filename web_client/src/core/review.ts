/**
 * A department's part in a survey by photos alone, as one desk sees it.
 *
 * **The desk offers an act only when the server will take it**; the server decides all the same.
 */
import { isRecused, type Me } from "./desk";
import { ownPoints } from "./joint";
import type { CheckValue, Department, PhotoView, ReviewView, SurveyView, VideoView } from "./wire.gen";

export function departmentOf(survey: SurveyView, me: Me): Department | null {
  return survey.participants.find((person) => person.id === me.id)?.department ?? null;
}

export function ownReview(survey: SurveyView, me: Me): ReviewView | null {
  const own = departmentOf(survey, me);
  return own === null ? null : ((survey.reviews ?? []).find((one) => one.department.zh.trim() === own.zh.trim()) ?? null);
}

/** The survey with the own department's answers as its answers: what a checklist takes. */
export function asOwn(survey: SurveyView, me: Me): SurveyView {
  return { ...survey, answers: ownReview(survey, me)?.answers ?? [] };
}

export function unanswered(survey: SurveyView, me: Me): number {
  const answered = new Set(ownReview(survey, me)?.answers.map((one) => one.point));
  return ownPoints(survey, me).filter((point) => !answered.has(point.id)).length;
}

export function mayAskShot(me: Me, survey: SurveyView): boolean {
  return me.role === "reviewer" && !isRecused(me, survey) && survey.state === "ended" && ownReview(survey, me) !== null;
}

export type OpinionStanding = "not_mine" | "too_early" | "points_open" | "to_give" | "lapsed" | "given" | "open";

/** Where the own department's opinion stands. */
export function opinionStanding(me: Me, survey: SurveyView): OpinionStanding {
  const own = ownReview(survey, me);
  if (survey.reviews_open === true) return "open";
  if (me.role !== "reviewer" || own === null || isRecused(me, survey)) return "not_mine";
  if (survey.state !== "ended") return "too_early";
  if (unanswered(survey, me) > 0) return "points_open";
  if (own.given) return "given";
  return own.opinion ? "lapsed" : "to_give";
}

export function photosOf(survey: SurveyView, point: string | null): PhotoView[] {
  return survey.photos.filter((photo) => (photo.point ?? null) === point);
}

export function videosOf(survey: SurveyView, point: string | null): VideoView[] {
  return survey.videos.filter((video) => (video.point ?? null) === point);
}

/** What a department answered to a point; null while it is not known here. */
export function answerOf(review: ReviewView, point: string): CheckValue | null {
  return review.answers.find((one) => one.point === point)?.value ?? null;
}
