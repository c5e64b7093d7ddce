/** Points in time in the page's language, in this device's zone. */

import { language } from "../../text";

function written(iso: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { hour12: false, ...options }).format(new Date(iso));
}

/** 10:33:04 */
export function timeText(iso: string): string {
  return written(iso, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** 2026/11/21: the last day of a limit that ends at `iso`. */
export function lastDayText(iso: string): string {
  const at = new Date(new Date(iso).getTime() - 1);
  return written(at.toISOString(), { year: "numeric", month: "2-digit", day: "2-digit" });
}

/** 2026/11/21 10:33 */
export function dayText(iso: string): string {
  return written(iso, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
}
