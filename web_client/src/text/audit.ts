export const zh = {
  title: "audit",
};

export const en: Readonly<Record<keyof typeof zh, string>> = {
  title: "audit",
};
