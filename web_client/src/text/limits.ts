/** Time limits in words: of what, until which day, and how many working days are left. */

import type { LimitState } from "../core/limits";
import type { LimitOf, Text } from "../core/wire.gen";

export const limits = {
  title: { zh: "期限", en: "Time limits" },
} as const;

export const LIMIT: Record<LimitOf, Text> = {
  case: { zh: "作出结论", en: "Conclusion" },
  begin: { zh: "开始踏勘", en: "Begin the survey" },
  material: { zh: "继续提交照片", en: "Go on with photos" },
  rectify: { zh: "完成整改", en: "Put things right" },
  appeal: { zh: "答复申诉", en: "Answer to the appeal" },
};

/** What comes then, where something comes by itself. */
export const AFTERWARDS: Partial<Record<LimitOf, Text>> = {
  begin: { zh: "逾期未开始的转为现场踏勘，不影响信用。", en: "After that a visit takes its place; no credit is touched." },
  material: { zh: "之后先按已有的照片审查，仍可补交。", en: "After that what is there is reviewed; you can still add to it." },
};

/** "by Friday 4 December, 5 working days left". `day` is an ISO date in China; the year is told where it is another. */
export function limitWords(day: string, state: LimitState, today: string): Text {
  const named = dayWords(day, today);
  switch (state.is) {
    case "ahead":
      return {
        zh: `${named.zh}前，${state.left === 0 ? "已无工作日" : `还剩 ${state.left} 个工作日`}`,
        en: `by ${named.en}, ${state.left === 0 ? "no working day" : working(state.left)} left`,
      };
    case "today":
      return { zh: `今天到期：${named.zh}`, en: `today, ${named.en}, is the last day` };
    case "over":
      return {
        zh: `${named.zh}已到期${state.ago > 0 ? `，超过 ${state.ago} 个工作日` : ""}`,
        en: `was due ${named.en}${state.ago > 0 ? `, ${working(state.ago)} ago` : ""}`,
      };
    default:
      return state satisfies never;
  }
}

function working(days: number): string {
  return `${days} working ${days === 1 ? "day" : "days"}`;
}

/** Friday 4 December, 12月4日（周五）. */
function dayWords(day: string, today: string): Text {
  const at = new Date(`${day}T00:00:00Z`);
  const other = day.slice(0, 4) !== today.slice(0, 4);
  const part = (locale: string, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(at);
  const [year, month, date] = day.split("-").map(Number);
  return {
    zh: `${other ? `${year}年` : ""}${month}月${date}日（${part("zh-CN", { weekday: "short" })}）`,
    en: `${part("en-GB", { weekday: "long" })} ${date} ${part("en-GB", { month: "long" })}${other ? ` ${year}` : ""}`,
  };
}
