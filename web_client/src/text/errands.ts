/** Errands (亮码): who looks, sent by whom, valid until when; and checking one. */
import type { ErrandState, Text } from "../core/wire.gen";

export const errands = {
  panel: { zh: "本次审查人员", en: "Reviewers of this survey" },
  lookingLead: { zh: "点开可以核对身份，也可以让别人扫码核验。", en: "Open one to check who it is; anybody can scan the code." },
  cameIn: (names: readonly string[]): Text => ({ zh: `${names.join("、")} 正在查看`, en: `${names.join(", ")} ${names.length === 1 ? "is" : "are"} looking` }),
  show: { zh: "查看执法身份", en: "See credentials" },
  count: (n: number): Text => ({ zh: `谁在看 ${n}`, en: `Who is looking: ${n}` }),
  close: { zh: "关闭", en: "Close" },
  role: { zh: "身份", en: "Role" },
  credential: { zh: "证号", en: "Credential" },
  department: { zh: "部门", en: "Department" },
  item: { zh: "事项", en: "Item" },
  caseNo: { zh: "案件编号", en: "Case number" },
  valid: { zh: "有效期", en: "Valid" },
  until: (from: string, to: string): Text => ({ zh: `${from} 至 ${to}`, en: `${from} to ${to}` }),
  code: { zh: "核验码", en: "Code" },
  picture: (name: string): Text => ({ zh: `${name} 的亮码`, en: `Code of ${name}` }),
  scan: { zh: "用任何手机扫码，或在本系统 /errand 页面输入核验码，不用登录。", en: "Scan it with any phone, or enter the code on this system's /errand page. No login." },
  check: { zh: "打开核验页面", en: "Open the check page" },

  own: { zh: "身份已出示", en: "Credentials shown" },
  ownTitle: { zh: "您的亮码已向申请人出示", en: "The applicant is shown your errand" },
  ownLead: { zh: "申请人看到以下内容，任何人都可以扫码核验。", en: "They see this, and anybody can scan the code to check it." },
  ownExpired: { zh: "已过期：请重新打开本页面，系统会换发新码。", en: "Expired: open this page again to get a new one." },

  checkTitle: { zh: "核验亮码", en: "Check an errand" },
  checkLead: { zh: "查一查要看现场的人是不是这次踏勘派来的。", en: "See whether whoever wants to look was sent to this survey." },
  enter: { zh: "核验码，或整份亮码文件的内容", en: "The code, or the whole document's text" },
  checkSend: { zh: "核验", en: "Check" },
  checking: { zh: "正在核验…", en: "Checking…" },
  again: { zh: "核验另一个码", en: "Check another" },
  compare: { zh: "请比对：姓名、部门是否与对方所说一致。", en: "Compare: are name and department what they told you?" },
  checkedAt: (at: string): Text => ({ zh: `核验时间 ${at}`, en: `Checked ${at}` }),
  save: { zh: "保存签名文件", en: "Save the signed document" },
  saveLead: {
    zh: "离线核验：takan errand verify 文件 --key 公钥。公钥请向受理部门另行索取。",
    en: "Offline: takan errand verify FILE --key KEY. Get the key from the bureau by another way.",
  },
} as const;

export const ERRAND_STATE: Record<ErrandState, Text> = {
  valid: { zh: "有效", en: "Valid" },
  expired: { zh: "已过期", en: "Expired" },
  taken_off: { zh: "已退出", en: "Taken off" },
  over: { zh: "已办结", en: "Survey over" },
  forged: { zh: "没有签发过", en: "Never issued" },
};
