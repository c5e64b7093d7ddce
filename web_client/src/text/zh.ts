export const zh = {
  product: "踏勘",
  "language.other": "EN",
  "language.switch": "Switch to English",
  loading: "正在打开…",
  "problem.retry": "再试一次",
  "nowhere.title": "请从链接进入",
  "nowhere.text": "请打开短信或微信里收到的踏勘链接。",
};
