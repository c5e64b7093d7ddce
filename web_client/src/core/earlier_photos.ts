/** The photos of other surveys that a finding says this one repeats. An applicant's page gets none of them. */
import type { Finding } from "./wire.gen";

export interface EarlierPhoto {
  readonly survey: string;
  readonly photo: string;
  readonly receivedAt: string;
  readonly sameApplicant: boolean;
  /** Matching points; null where the bytes are the same. */
  readonly inliers: number | null;
  readonly mirrored: boolean;
}

/** Those the finding names. */
export function earlierPhotos({ id, evidence }: Finding): EarlierPhoto[] {
  if (id !== "duplicate_exact" && id !== "duplicate_near") return [];
  const named: unknown = evidence?.["matches"] ?? evidence?.["own"];
  return Array.isArray(named) ? named.flatMap(earlier) : [];
}

/** How many of them are of cases that are restricted, which nobody names. */
export function restrictedMatches({ id, evidence }: Finding): number {
  if (id !== "duplicate_exact" && id !== "duplicate_near") return 0;
  const named: unknown = evidence?.["matches"] ?? evidence?.["own"];
  return Array.isArray(named) ? named.filter((one: unknown) => (one as Record<string, unknown> | null)?.["restricted"] === true).length : 0;
}

function earlier(value: unknown): EarlierPhoto[] {
  if (typeof value !== "object" || value === null) return [];
  const { survey, photo, received_at: at, same_applicant: ours, inliers, orientation } = value as Record<string, unknown>;
  if (typeof survey !== "string" || typeof photo !== "string" || typeof at !== "string") return [];
  const mirrored = typeof orientation === "string" && orientation.startsWith("mirrored");
  return [{ survey, photo, receivedAt: at, sameApplicant: ours === true, inliers: typeof inliers === "number" ? inliers : null, mirrored }];
}
