/**
 * A joint inspection as one desk sees it: several departments, each with points and a conclusion of its own.
 *
 * **The desk offers an act only when the server will take it**; the server decides all the same.
 */
import type { Me } from "./desk";
import type { CheckPoint, Department, DepartmentConclusionView, SignatureView, SurveyView } from "./wire.gen";

export function isJoint(survey: SurveyView): boolean {
  return (survey.item.departments?.length ?? 0) > 1;
}

/** Is this point for the own department to answer? Outside joint inspections every point is. */
export function isMine(survey: SurveyView, me: Me, point: CheckPoint): boolean {
  if (!isJoint(survey) || !point.department) return true;
  const own = survey.participants.find((person) => person.id === me.id)?.department;
  return own != null && same(own, point.department);
}

export function ownPoints(survey: SurveyView, me: Me): CheckPoint[] {
  return survey.item.points.filter((point) => isMine(survey, me, point));
}

export interface Group {
  /** Whose the points are; null: everybody's. */
  readonly department: Department | null;
  readonly points: readonly CheckPoint[];
}

/** The checklist by department, in its order; one group where it is not a joint inspection. */
export function groups(survey: SurveyView): Group[] {
  if (!isJoint(survey)) return [{ department: null, points: survey.item.points }];
  const found: { department: Department | null; points: CheckPoint[] }[] = [];
  for (const point of survey.item.points) {
    const department = point.department ?? null;
    const group = found.find((one) => (one.department === null ? department === null : department !== null && same(one.department, department)));
    if (group) group.points.push(point);
    else found.push({ department, points: [point] });
  }
  return found;
}

/** The own department's conclusion; null for whoever is of none. */
export function ownConclusion(survey: SurveyView, me: Me): DepartmentConclusionView | null {
  const own = survey.participants.find((person) => person.id === me.id)?.department;
  return own == null ? null : ((survey.conclusions ?? []).find((one) => same(one.department, own)) ?? null);
}

/** Who signed for a department. */
export function signedFor(survey: SurveyView, department: Department): SignatureView[] {
  return survey.signatures.filter((signature) => {
    const of = survey.participants.find((person) => person.id === signature.participant)?.department;
    return of != null && same(of, department);
  });
}

/** How many departments have concluded. */
export function departmentsDone(survey: SurveyView): number {
  return (survey.conclusions ?? []).filter((one) => one.result !== null).length;
}

function same(one: Department, other: Department): boolean {
  return one.zh.trim() === other.zh.trim();
}
