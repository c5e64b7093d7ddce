/** Sentences about false material, each in both languages. An entry with a value in it is a function. */

import type { Text } from "../core/wire.gen";

export const feedback = {
  officerTitle: { zh: "信用经办", en: "The credit officer's desk" },
  officerLead: {
    zh: "每一步都由人作出并留痕；照片核验不通过本身不构成认定。",
    en: "Every step is a person's act and stays on record; a failed photo check by itself is no finding.",
  },
  subjectTitle: { zh: "关于您的决定与告知", en: "Decisions and notices about you" },
  subjectLead: {
    zh: "您可以查看所依据的证据、陈述申辩、提出异议、申请信用修复。",
    en: "See what it rests on, answer, appeal, and apply for repair.",
  },
  refresh: { zh: "刷新", en: "Refresh" },
  empty: { zh: "没有记录", en: "There are none" },
  back: { zh: "返回列表", en: "Back to the list" },
  rule: (number: string): Text => ({ zh: `规则 ${number}`, en: `Rule ${number}` }),
  due: { zh: "期限：", en: "To be answered" },
  evidence: { zh: "所依据的证据", en: "What it rests on" },
  steps: { zh: "经过", en: "What was done" },
  notices: { zh: "文书", en: "Documents" },
  kept: { zh: "已归档", en: "archived" },
  notKept: { zh: "归档中", en: "being archived" },
  platform: { zh: "信用平台", en: "Credit platform" },
  delivered: (at: string): Text => ({ zh: `已送达 ${at}`, en: `acknowledged ${at}` }),
  waiting: (attempts: number): Text => ({ zh: `等待送达，已尝试 ${attempts} 次`, en: `waiting, ${attempts} ${attempts === 1 ? "attempt" : "attempts"} so far` }),

  // acts
  act: { zh: "办理", en: "Act" },
  choose: { zh: "选择要办理的事", en: "What do you want to do?" },
  words: { zh: "理由（会归档，并告知当事人）", en: "Reasons (they are kept, and the subject reads them)" },
  ownWords: { zh: "您的意见", en: "In your own words" },
  send: { zh: "提交", en: "Send" },
  giveNotice: { zh: "生成告知链接", en: "Make the subject's link" },
  link: { zh: "请把此链接交给当事人；它只显示这一次。", en: "Give this link to the subject; it is shown only now." },
  chooseRule: { zh: "依据的规则", en: "The rule it rests on" },
  code: { zh: "当事人代码（对照案卷填写，仅用于送达，不留存）", en: "The subject's code, from the case file (sent, and not kept)" },
  records: { zh: "请勾选要修复的记录", en: "Choose the records to be repaired" },
  grant: (record: string): Text => ({ zh: `准予修复 ${record}`, en: `Repair ${record}` }),
  ACTS: {
    confirmed: { zh: "复核认定", en: "Confirm" },
    dismissed: { zh: "不予认定", en: "Dismiss" },
    dropped: { zh: "不予扣分", en: "Drop" },
    deducted: { zh: "决定扣分", en: "Deduct" },
    upheld: { zh: "维持扣分", en: "Uphold" },
    reversed: { zh: "撤销扣分", en: "Reverse" },
    answered: { zh: "陈述申辩", en: "Answer" },
    appealed: { zh: "提出异议", en: "Appeal" },
    repair_asked: { zh: "申请信用修复", en: "Apply for repair" },
    repaired: { zh: "答复修复申请", en: "Answer the repair application" },
  },

  // the reviewer's
  found: { zh: "记录虚假材料", en: "Record false material" },
  foundTitle: (photo: string): Text => ({ zh: `照片 ${photo}：记录虚假材料`, en: `Photo ${photo}: record false material` }),
  foundLead: {
    zh: "请写明哪里不实。须经另一名工作人员复核，并听取当事人陈述后才可能扣分。",
    en: "Say what is false. Nothing is deducted before another officer has confirmed it and the subject was heard.",
  },
  recorded: { zh: "已记录，等待另一名工作人员复核。", en: "Recorded; another officer has to confirm it." },
} as const;
