import type { zh } from "./zh";

export const en: Readonly<Record<keyof typeof zh, string>> = {
  product: "Takan",
  "language.other": "中文",
  "language.switch": "切换到中文",
  loading: "Opening…",
  "problem.retry": "Try again",
  "nowhere.title": "Please use your link",
  "nowhere.text": "Open the survey link you were sent by message.",
};
