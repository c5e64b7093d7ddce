/** The applicant's way through a survey by photos alone: one shot for each point of the checklist. */
import type { Pending } from "./uploads";
import type { AskedShotView, CheckPoint, ExplanationView, PhotoView, SurveyView } from "./wire.gen";

export interface Shot {
  readonly point: CheckPoint;
  /** Newest last. */
  readonly photos: readonly PhotoView[];
  /** Photos of it that are on this phone yet. */
  readonly waiting: number;
  /** How many videos were chosen for it: they go with it, and show no point by themselves. */
  readonly videos: number;
  readonly explanation: ExplanationView | null;
  /** The newest request for another one that is not settled by a new submission. */
  readonly asked: AskedShotView | null;
  /** As the server counts: a usable photo or an explanation, and if it was asked for again, one that came after that. */
  readonly done: boolean;
  /** What was given can't be used, so the point is to be taken again. */
  readonly again: boolean;
}

export function shotsOf(survey: SurveyView, photos: readonly PhotoView[], pending: readonly Pending<unknown>[], filmed: readonly (string | null)[] = []): Shot[] {
  const explanations = survey.material?.explanations ?? [];
  const open = (survey.material?.asked ?? []).filter((one) => one.open);
  return survey.item.points.map((point) => {
    const mine = photos.filter((photo) => photo.point === point.id);
    const explanation = explanations.find((one) => one.point === point.id) ?? null;
    const asked = open.filter((one) => one.point === point.id);
    const usable = mine.filter((photo) => photo.result !== "rejected");
    const given = [...usable.map((photo) => photo.received_at), ...(explanation ? [explanation.at] : [])].map((at) => Date.parse(at));
    const owed = asked.some((one) => !one.answered || given.every((at) => at < Date.parse(one.at)));
    const done = given.length > 0 && !owed;
    return {
      point,
      photos: mine,
      waiting: pending.filter((one) => one.photo.facts.point === point.id).length,
      videos: filmed.filter((one) => one === point.id).length,
      explanation,
      asked: asked.at(-1) ?? null,
      done,
      again: !done && mine.at(-1)?.result === "rejected",
    };
  });
}

/** Those the applicant is led through: all the first time, afterwards what was asked for again or can't be used. */
export function walk(survey: SurveyView, shots: readonly Shot[]): readonly Shot[] {
  return (survey.material?.rounds ?? 0) === 0 ? shots : shots.filter((shot) => shot.asked !== null || !shot.done);
}

/** Where to go on: the first that is owed after `from`, then from the beginning; null when none is. */
export function nextOwed(shots: readonly Shot[], from = 0): number | null {
  const owed = (shot: Shot): boolean => !shot.done && shot.waiting === 0;
  const after = shots.findIndex((shot, index) => index >= from && owed(shot));
  const found = after >= 0 ? after : shots.findIndex(owed);
  return found >= 0 ? found : null;
}

/** How the departments stand, for somebody who may not know what they found. */
export function finished(survey: SurveyView): { given: number; all: number } {
  const reviews = survey.reviews ?? [];
  return { given: reviews.filter((one) => one.given).length, all: reviews.length };
}
