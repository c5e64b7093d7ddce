export const zh = {
  title: "desk",
};

export const en: Readonly<Record<keyof typeof zh, string>> = {
  title: "desk",
};
