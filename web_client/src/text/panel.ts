/** The panel's sentences: experts' opinions in a live survey, and standing aside. */

export const panel = {
  experts: { zh: "专家意见", en: "The experts" },
  sealedUntil: { zh: "专家都提出意见后才公开", en: "shown once every expert has given theirs" },
  ownOpinion: { zh: "我的意见", en: "My opinion" },
  opinionNotice: { zh: "专家都提出意见后一起公开，公开后不能再改。", en: "Opinions open once every expert has given theirs; then none can be changed." },
  waits: {
    zh: "专家都提出意见后才能签署结论。专家不能提出意见的，可申请回避或由受理人员撤换。",
    en: "The conclusion can be signed once every expert has given an opinion. An expert who can't may stand aside or be taken off by the intake desk.",
  },

  standAside: { zh: "申请回避", en: "Stand aside" },
  standAsideHint: {
    zh: "回避后不能再参加这次踏勘，您之前的签署和未公开的意见都不算数。原因会记入档案，不能撤回。",
    en: "You take no further part: what you signed, and an opinion nobody has seen yet, do not count. Your reason goes on record, and there is no way back.",
  },
  conflict: { zh: "与申请人有利害关系", en: "I have a conflict of interest" },
  other: { zh: "其他原因", en: "Another reason" },
  recused: { zh: "您已回避，不再参加这次踏勘的审查。", en: "You have stood aside and take no further part in this survey." },
  reason: { zh: "原因（必填）", en: "Reason (required)" },
  standAsideConfirm: { zh: "确认回避", en: "Stand aside" },
} as const;
