/** What a subject sees of the decisions about itself, and the officer's second look, in both languages. */

import type { CorrectForm, OwnDecisionView, SecondLookView, Text, WayView } from "../core/wire.gen";

export const own = {
  title: { zh: "关于您的全部决定", en: "Everything decided about you" },
  lead: {
    zh: "每个决定的依据、谁查看过录像、您还可以做什么，都在这里。",
    en: "What each decision rests on, who looked at the recording, and what you can still do.",
  },
  show: { zh: "查看关于您的全部决定", en: "See everything decided about you" },
  none: { zh: "还没有关于您的决定", en: "Nothing has been decided about you yet" },
  decided: (at: string): Text => ({ zh: `${at} 由系统决定`, en: `Decided by the system, ${at}` }),
  tier: { zh: "信用等级", en: "Credit tier" },
  whose: { zh: "谁的信用", en: "Whose standing" },
  source: { zh: "信息来源", en: "Source" },
  asOf: (at: string): Text => ({ zh: `更新于 ${at}`, en: `as of ${at}` }),
  policy: { zh: "规则摘要", en: "Policy's digest" },
  restsOn: { zh: "依据，以及谁查看过", en: "What it rests on, and who looked" },
  counted: { zh: "计入的信用记录", en: "Records that counted" },
  until: (day: string): Text => ({ zh: `公示至 ${day}`, en: `published until ${day}` }),
  conclusion: { zh: "踏勘结论", en: "Conclusion of the survey" },
  looks: { zh: "谁查看过录像和案卷", en: "Who looked at the recording and the record" },
  noLooks: { zh: "还没有人查看", en: "Nobody yet" },
  ways: { zh: "您可以", en: "What you can do" },
  wayUntil: (day: string): Text => ({ zh: `截至 ${day}（含当日）`, en: `until the end of ${day}` }),
  findings: { zh: "虚假材料与信用修复", en: "False material and credit repair" },

  askTitle: { zh: "要求人工复核", en: "Ask for a person" },
  askWords: { zh: "请写明哪里不对（会归档）", en: "Say what is wrong with it (this is kept)" },
  askSend: { zh: "要求人工复核", en: "Ask that a person look at it" },
  asked: (by: string, at: string): Text => ({ zh: `${by} 于 ${at} 要求人工复核`, en: `${by} asked for a person, ${at}` }),
  due: (day: string, left: number): Text => ({
    zh: `${day} 之前（含当日）答复，还剩 ${left} 个工作日`,
    en: `answered by the end of ${day}, ${left} ${left === 1 ? "working day" : "working days"} left`,
  }),
  answered: (by: string, at: string): Text => ({ zh: `${by}（人工）于 ${at} 答复`, en: `Answered by ${by}, a person, ${at}` }),
  seen: { zh: "依据的材料", en: "What it rests on" },

  // the officer's
  officerTitle: { zh: "人工复核准入决定", en: "Decisions to look at again" },
  officerLead: {
    zh: "您更正事实，规则给出结果：规则不准入的，人工也不能准入；复核不会使结果变差。",
    en: "You correct a fact and the policy draws the conclusion: nobody is admitted whom it does not admit, and asking never makes it worse.",
  },
  noneAsked: { zh: "没有人要求复核", en: "Nobody asked" },
  choose: { zh: "答复", en: "Answer" },
  uphold: { zh: "维持决定", en: "Uphold the decision" },
  correct: { zh: "事实有误，更正", en: "A fact was wrong: correct it" },
  ground: { zh: "理由", en: "Ground" },
  found: { zh: "查明的等级", en: "The tier found" },
  seenField: { zh: "查看了什么材料（名称、编号、日期）", en: "What was seen (name, number, date)" },
  words: { zh: "说明（申请人会看到，并归档）", en: "In words (the applicant reads this, and it is kept)" },
  send: { zh: "提交答复", en: "Send the answer" },
} as const;

/** What an officer reads before deciding. */
export const caseFile = {
  open: { zh: "查阅案卷", en: "Read the case file" },
  openEvidence: { zh: "查看证据照片和案卷", en: "See the evidence and the case file" },
  journaled: { zh: "查阅会记入案卷，申请人看得到", en: "That you read it goes on record, and the applicant can see it" },
  evidence: { zh: "作为证据的照片", en: "The photo it rests on" },
  conclusion: { zh: "结论", en: "Conclusion" },
  noConclusion: { zh: "还没有结论", en: "There is no conclusion yet" },
  record: { zh: "踏勘笔录", en: "Written record" },
} as const;

/** A tier for whom it is about: what it says of their credit. */
export const OWN_TIER: Readonly<Record<string, Text>> = {
  red: { zh: "红档（信用最好）", en: "red (best credit)" },
};

export const appeals = {
  title: { zh: "对结论的申诉", en: "Appeals against conclusions" },
  lead: {
    zh: "由没有参加本案的人员处理。原结论保留在案卷中，答复写明今后怎么办。",
    en: "Decided by somebody who took no part in the case. The conclusion stays on record; the answer says what happens now.",
  },
  none: { zh: "没有申诉", en: "No appeals" },
  made: (at: string): Text => ({ zh: `${at} 对结论提出申诉`, en: `Appeal against the conclusion, ${at}` }),
  due: (day: string): Text => ({ zh: `${day} 之前（含当日）答复`, en: `answered by the end of ${day}` }),
  decided: { zh: "申诉的答复", en: "The answer to the appeal" },
  choose: { zh: "答复", en: "Answer" },
  reason: { zh: "理由（申请人会看到，并归档）", en: "Reasons (the applicant reads them, and they are kept)" },
  send: { zh: "提交答复", en: "Send the answer" },
} as const;

export const GROUND: Record<CorrectForm["ground"], Text> = {
  other_subject: { zh: "记录属于其他主体", en: "The record is another subject's" },
  record_lifted: { zh: "记录已由认定单位更正、撤销或修复", en: "Its authority has corrected, withdrawn or repaired the record" },
  standing_proven: { zh: "已核验信用报告", en: "A credit report was checked" },
  representative: { zh: "法定代表人授权使用其信用等级", en: "The legal representative authorised the use of their standing" },
};

export const OUTCOME: Record<OwnDecisionView["outcome"], Text> = {
  admitted: { zh: "准予远程踏勘", en: "Admitted to a remote survey" },
  on_site: { zh: "改为现场踏勘", en: "Surveyed on the spot" },
  refused: { zh: "不予受理", en: "Refused" },
};

export const LOOKED: Record<NonNullable<SecondLookView["result"]>, Text> = {
  upheld: { zh: "维持决定", en: "The decision is upheld" },
  admitted: { zh: "改为准予远程踏勘", en: "Admitted to a remote survey after all" },
  on_site: { zh: "撤销不予受理，改为现场踏勘", en: "The refusal is lifted: surveyed on the spot" },
};

export const WAY: Record<WayView["what"], Text> = {
  ask_person: { zh: "人工复核", en: "A person" },
  appeal: { zh: "申诉", en: "Appeal" },
  repair: { zh: "信用修复", en: "Repair" },
  object: { zh: "异议", en: "Objection" },
};
