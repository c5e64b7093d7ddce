/**
 * What a reviewer or an expert may do at the desk, and what it shows when.
 *
 * **The desk offers an act only when the server will take it**; the server decides all the same.
 */

import { isJoint, isMine, ownConclusion } from "./joint";
import type { CheckValue, ConclusionResult, ParticipantView, PhotoView, Role, SignatureView, SurveyState, SurveyView } from "./wire.gen";

export interface Me {
  readonly id: string;
  readonly role: Role;
}

export const CHECK_VALUES: readonly CheckValue[] = ["ok", "not_ok", "unsure"];
export const RESULTS: readonly ConclusionResult[] = ["pass", "rectify", "refer_on_site", "not_pass"];

const LIVE: readonly SurveyState[] = ["admitted", "scheduled", "in_session"];

export function isLive(survey: SurveyView): boolean {
  return LIVE.includes(survey.state);
}

/** Is there a conclusion? An appeal against it leaves it standing until it is decided. */
export function isConcluded(state: SurveyState | null): boolean {
  return state === "concluded" || state === "appealed";
}

/** Is there a survey to join at all? On-site and refused cases have none. */
export function isOver(survey: SurveyView): boolean {
  return survey.state === "ended" || isConcluded(survey.state);
}

/** Has this person stood aside? They look on and do nothing any more. */
export function isRecused(me: Me, survey: SurveyView): boolean {
  return survey.participants.find((person) => person.id === me.id)?.recused ?? false;
}

export function mayStandAside(me: Me, survey: SurveyView): boolean {
  const panel = me.role === "reviewer" || me.role === "expert";
  return panel && !isRecused(me, survey) && (isLive(survey) || survey.state === "ended");
}

/** An expert of a live survey, once it has ended and until every expert's opinion is in. */
export function mayGiveOpinion(me: Me, survey: SurveyView): boolean {
  const due = (survey.experts ?? []).some((one) => one.participant === me.id);
  return me.role === "expert" && due && !isRecused(me, survey) && survey.state === "ended" && survey.experts_open !== true;
}

/** Does the conclusion still wait for an expert? */
export function waitsForExperts(survey: SurveyView): boolean {
  return survey.experts_open !== true && (survey.experts ?? []).some((one) => !one.given);
}

export function mayEnd(me: Me, survey: SurveyView): boolean {
  if (isRecused(me, survey)) return false;
  return me.role === "reviewer" && survey.state === "in_session";
}

export function mayAnswer(me: Me, survey: SurveyView): boolean {
  if (isRecused(me, survey)) return false;
  if (survey.mode === "upload_only") return me.role === "reviewer" && survey.state === "ended" && survey.reviews_open !== true;
  return me.role === "reviewer" && (isLive(survey) || survey.state === "ended");
}

export function mayAskStill(me: Me, survey: SurveyView): boolean {
  const asks = me.role === "reviewer" || me.role === "expert";
  return asks && !isRecused(me, survey) && survey.state === "in_session" && (applicantOf(survey)?.present ?? false);
}

/** Only reviewers sign, only after the session; each once, and anew only while the signed results differ. */
export function maySign(me: Me, survey: SurveyView): boolean {
  if (me.role !== "reviewer" || survey.state !== "ended") return false;
  if (isRecused(me, survey) || waitsForExperts(survey)) return false;
  if (survey.mode === "upload_only" && survey.reviews_open !== true) return false;
  const signed = survey.signatures.some((signature) => signature.participant === me.id);
  if (isJoint(survey)) {
    const own = ownConclusion(survey, me);
    return own !== null && (!signed || own.result === null);
  }
  return !signed || conclusionStanding(survey).is === "differ";
}

export function applicantOf(survey: SurveyView): ParticipantView | null {
  const applicants = survey.participants.filter((person) => person.role === "applicant");
  return applicants.find((person) => person.present) ?? applicants[0] ?? null;
}

const ORDER: Record<Role, number> = { applicant: 0, reviewer: 1, expert: 2, auditor: 3, officer: 4, subject: 5 };

/** Everybody of the survey but auditors: the applicant first, then reviewers, then experts. */
export function people(survey: SurveyView): ParticipantView[] {
  return survey.participants.filter((person) => person.role !== "auditor").sort((a, b) => ORDER[a.role] - ORDER[b.role]);
}

/** Who is shown large: the one chosen while they are in the survey, else the applicant. */
export function onStage(survey: SurveyView, chosen: string | null): ParticipantView | null {
  return people(survey).find((person) => person.id === chosen) ?? applicantOf(survey) ?? people(survey)[0] ?? null;
}

export function answered(survey: SurveyView): number {
  const points = new Set(survey.item.points.map((point) => point.id));
  return new Set(survey.answers.map((answer) => answer.point).filter((point) => points.has(point))).size;
}

/** The first point nobody has answered yet, of those that are one's own to answer: the one the desk puts forward. */
export function nextPoint(survey: SurveyView, me: Me | null = null): string | null {
  const open = survey.item.points.filter((point) => !survey.answers.some((answer) => answer.point === point.id));
  return open.find((point) => me === null || isMine(survey, me, point))?.id ?? null;
}

/** What a form for `rectify` begins with: as a colleague signed it, else the own points that are not in order. */
export function toRectify(survey: SurveyView, me: Me): { readonly points: readonly string[]; readonly days: number | null } {
  const own = survey.item.points.filter((point) => isMine(survey, me, point)).map((point) => point.id);
  const signed = survey.signatures.find((one) => one.result === "rectify" && one.participant !== me.id && (one.points ?? []).every((point) => own.includes(point)));
  if (signed?.points && signed.points.length > 0) return { points: signed.points, days: signed.days ?? null };
  const wrong = survey.answers.filter((answer) => answer.value === "not_ok").map((answer) => answer.point);
  return { points: own.filter((point) => wrong.includes(point)), days: null };
}

export type Standing =
  | { readonly is: "not_yet" }
  | { readonly is: "unsigned" }
  | { readonly is: "one"; readonly signature: SignatureView }
  | { readonly is: "differ"; readonly signatures: readonly SignatureView[] }
  | { readonly is: "departments" }
  | { readonly is: "concluded"; readonly result: ConclusionResult };

/** How far the conclusion has come: it takes two distinct reviewers with the same result. */
export function conclusionStanding(survey: SurveyView): Standing {
  if (survey.conclusion !== null) return { is: "concluded", result: survey.conclusion };
  const byPhotos = survey.mode === "upload_only";
  if (!isOver(survey) || (byPhotos && survey.reviews_open !== true)) return { is: "not_yet" };
  if (isJoint(survey)) return { is: "departments" };
  const [first, ...rest] = survey.signatures;
  if (!first) return { is: "unsigned" };
  // Without a call it takes two departments: colleagues of one may sign alike and it still waits for another.
  const alike = byPhotos && rest.every((one) => signedAlike(one, first));
  return rest.length === 0 || alike ? { is: "one", signature: first } : { is: "differ", signatures: survey.signatures };
}

/** The same result, and where something is to be put right the same points within the same time. */
function signedAlike(one: SignatureView, other: SignatureView): boolean {
  const points = (signature: SignatureView): string => [...(signature.points ?? [])].sort().join(" ");
  return one.result === other.result && points(one) === points(other) && (one.days ?? null) === (other.days ?? null);
}

/** Newest first. */
export function newestFirst<View extends Pick<PhotoView, "received_at">>(photos: readonly View[]): View[] {
  return [...photos].sort((a, b) => Date.parse(b.received_at) - Date.parse(a.received_at));
}
