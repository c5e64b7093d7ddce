/** Finding a survey in the archive. */

import { isConcluded } from "./desk";
import type { SurveyCard, SurveyView, SurveyState } from "./wire.gen";

export interface Wish {
  /** Words that must all occur in case number, item or subject. */
  readonly words: string;
  readonly state: SurveyState | "all";
  readonly tier: string;
  readonly sealed: "all" | "yes" | "no";
}

export const ANY: Wish = { words: "", state: "all", tier: "all", sealed: "all" };

/** The cards that fit, newest first. */
export function sift(cards: readonly SurveyCard[], wish: Wish): SurveyCard[] {
  const words = wish.words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return cards
    .filter((card) => wish.state === "all" || card.state === wish.state)
    .filter((card) => wish.tier === "all" || card.tier === wish.tier)
    .filter((card) => wish.sealed === "all" || card.sealed === (wish.sealed === "yes"))
    .filter((card) => {
      const all = [card.case_no, card.item.zh, card.item.en, card.subject_name, card.id].join("\n").toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .sort((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
}

/** Can the bundle be had? Only once the newest seal is kept in the store; a case that was never surveyed has none. */
export type BundleFate = "ready" | "open" | "pending" | "none";

export function bundleFate({ state, seals }: SurveyView): BundleFate {
  if (seals.at(-1)?.kept) return "ready";
  if (state === "ended" || isConcluded(state) || seals.length > 0) return "pending";
  return state === "refused" || state === "on_site" || state === "cancelled" ? "none" : "open";
}
