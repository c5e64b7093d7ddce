/** Limits that run, as they stand now: the server counts working days, the page knows what time it is. */
import type { LimitOf, LimitView } from "./wire.gen";

export type LimitState = { readonly is: "ahead"; readonly left: number } | { readonly is: "today" } | { readonly is: "over"; readonly ago: number };

/** When something ends and how many working days are left, of a survey's limit or of a period to answer. */
export type Ending = Pick<LimitView, "day" | "at" | "left">;

/** `ago` counts working days since it was over, 0 on the day after and where the view is older than that. */
export function stateOf(limit: Ending, now: number): LimitState {
  if (now >= Date.parse(limit.at)) return { is: "over", ago: Math.max(0, -limit.left) };
  if (dayInChina(now) === limit.day) return { is: "today" };
  return { is: "ahead", left: Math.max(0, limit.left) };
}

/** The limit of this sort, if it runs. */
export function limitOf(limits: readonly LimitView[] | undefined, of: LimitOf): LimitView | null {
  return limits?.find((one) => one.of === of) ?? null;
}

const CHINA_MS = 8 * 3_600_000;

/** The date in China (UTC+8), as ISO 8601. */
export function dayInChina(now: number): string {
  return new Date(now + CHINA_MS).toISOString().slice(0, 10);
}
