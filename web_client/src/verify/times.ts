/** Points in time with date and zone: a result is read elsewhere, and years later. */

import { language } from "../text";

const HOUR = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false } as const;

function written(time: string | Date, options: Intl.DateTimeFormatOptions): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  return new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", options).format(date);
}

/** `16:05:00`, in this device's zone; what is no time is shown as it was written. */
export function hour(time: string): string {
  return written(time, HOUR);
}

/** `22 Nov 2026, 16:05:00 GMT+8`, likewise. */
export function at(time: string | Date): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "shortOffset" }).formatToParts(date);
  const zone = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  return `${written(date, { year: "numeric", month: "short", day: "numeric", ...HOUR })} ${zone}`;
}
