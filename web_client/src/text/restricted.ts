/** A restricted case (PIPL art. 47): what auditors and officers read of it, in both languages. */

import type { RestrictForm, Text } from "../core/wire.gen";

export const restricted = {
  mark: { zh: "限制处理", en: "Restricted" },
  banner: (why: Text): Text => ({
    zh: `限制处理：${why.zh}。只为写明的用途查阅，不得另作他用。`,
    en: `Restricted: ${why.en}. Read it for the purpose you stated and nothing else.`,
  }),
  purpose: { zh: "查阅用途（至少 10 个字，记入案卷）", en: "What you read it for (10 characters at least; goes into the record)" },
  open: { zh: "按此用途查阅", en: "Read it for this" },
  match: { zh: "另一案件，限制处理", en: "Another case, restricted" },

  // the officer's
  title: { zh: "限制处理的案件", en: "Restricted cases" },
  lead: {
    zh: "限制后只存储和保护：录像、照片、笔录和证据包不再提供；结果照常送审批平台。",
    en: "What is restricted is kept and protected only: no recording, photo, record or bundle is given out. The result still goes to the platform.",
  },
  none: { zh: "没有限制处理的案件", en: "No case is restricted" },
  caseNo: { zh: "案件编号", en: "Case number" },
  ground: { zh: "理由", en: "Ground" },
  reason: { zh: "说明（记入案卷）", en: "Why, in words (goes into the record)" },
  restrict: { zh: "限制处理", en: "Restrict" },
  lift: { zh: "解除限制", en: "Lift it" },
  since: (by: string, at: string): Text => ({ zh: `${by}，${at} 起`, en: `${by}, since ${at}` }),
} as const;

export const GROUND: Record<RestrictForm["ground"], Text> = {
  retention: { zh: "申请删除，法定保存期未满", en: "Erasure asked for, the retention period has not ended" },
  erasure_hard: { zh: "技术上难以删除", en: "Erasure is technically hard" },
  minors: { zh: "画面涉及未成年人", en: "Minors are in view" },
  trade_secret: { zh: "涉及商业秘密", en: "Commercial secrets" },
  state_secret_suspected: { zh: "疑似涉及国家秘密，待确认", en: "Possibly a state secret, to be settled" },
};
