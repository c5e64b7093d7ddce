/** Appointments, leaving the remote way, rating and appeal, in both languages. */

import type { AppealResult, Text } from "../core/wire.gen";

export const life = {
  appointment: { zh: "预约时间", en: "Appointment" },
  none: { zh: "未约定时间，随时可以开始", en: "none: you may begin at any time" },
  missed: (n: number): Text => ({ zh: `未到 ${n} 次`, en: n === 1 ? "missed once" : `missed ${n} times` }),
  nobodyCame: { zh: "登记申请人未到", en: "The applicant did not come" },
  refer: { zh: "转现场踏勘", en: "Refer to a visit" },
  referText: { zh: "申请照常办理，改由工作人员到现场；不影响申请人的信用。", en: "The application goes on with a visit on the spot; the applicant's credit is not touched." },
  referReason: { zh: "理由（申请人会看到）", en: "Why (the applicant reads this)" },
  referSend: { zh: "确定转现场", en: "Refer it" },
  other: { zh: "时间不合适，或不想远程？", en: "Another time, or not remotely?" },
  title: { zh: "改时间或改方式", en: "Change time or way" },
  close: { zh: "关闭", en: "Close" },
  time: { zh: "换一个时间", en: "Choose another time" },
  timeText: { zh: "请选开始时间，大约 30 分钟。", en: "Choose when to begin; it takes about 30 minutes." },
  timeNone: { zh: "这次踏勘的时间范围快到了，请联系发链接的工作人员。", en: "The time for this survey is nearly over: please ask whoever sent you the link." },
  timeOver: { zh: "这次踏勘的时间范围已过，不能再预约，请联系发给您链接的工作人员。", en: "The time for this survey is over: please ask whoever sent you the link." },
  timeSend: { zh: "预约这个时间", en: "Take this time" },
  visit: { zh: "改为现场踏勘", en: "Have a visit instead" },
  visitText: {
    zh: "工作人员会到现场来。申请照常办理，不影响信用，也不用说明原因。",
    en: "Somebody will come to the premises. Your application goes on, your credit is not touched, and you need give no reason.",
  },
  visitBegun: { zh: "踏勘已经开始，要改为现场踏勘，请联系发给您链接的工作人员。", en: "The survey has begun. For a visit, ask whoever sent you the link." },
  visitSend: { zh: "确定改为现场", en: "Yes, have a visit" },
  noPlace: { zh: "不想提供定位？可以改为现场踏勘，不影响信用。", en: "You would rather not share your location? Have a visit instead; your credit is not touched." },
  withdraw: { zh: "撤回申请", en: "Withdraw the application" },
  withdrawText: { zh: "撤回后这次申请不再办理，以后可以重新申请。", en: "This application ends; you can make a new one later." },
  withdrawReason: { zh: "撤回的原因", en: "Why you withdraw" },
  withdrawSend: { zh: "确定撤回", en: "Withdraw it" },
  rate: { zh: "这次踏勘您满意吗？", en: "How was this survey for you?" },
  stars: [
    { zh: "非常不满意", en: "Very dissatisfied" },
    { zh: "不满意", en: "Dissatisfied" },
    { zh: "基本满意", en: "Acceptable" },
    { zh: "满意", en: "Satisfied" },
    { zh: "非常满意", en: "Very satisfied" },
  ],
  rateWords: { zh: "想说的话（可不填）", en: "Anything to add (optional)" },
  rateSend: { zh: "提交评价", en: "Send" },
  rated: (stars: number): Text => ({ zh: `您评价了 ${stars} 星，谢谢。`, en: `You gave ${stars} of 5 stars. Thank you.` }),
  appeal: { zh: "对结论有异议？", en: "You disagree with the conclusion?" },
  appealText: (until: string): Text => ({
    zh: `您可以在 ${until} 前提出申诉，由没有参加本案的人员处理。`,
    en: `You can appeal until ${until}. Somebody who took no part in the case will decide.`,
  }),
  appealReason: { zh: "请写明哪里不对、为什么", en: "Say what is wrong and why" },
  appealSend: { zh: "提出申诉", en: "Appeal" },
  appealed: (due: string): Text => ({ zh: `已收到您的申诉，${due} 前答复。`, en: `We have received your appeal. You get an answer by ${due}.` }),
  appealHere: { zh: "已收到您的申诉。", en: "We have received your appeal." },
  appealAnswer: { zh: "申诉的答复", en: "The answer to your appeal" },
} as const;

export const APPEAL: Record<AppealResult, Text> = {
  stands: { zh: "维持原结论", en: "The conclusion stands" },
  survey_again: { zh: "重新踏勘", en: "The survey is held again" },
  on_site: { zh: "由现场核实决定", en: "A visit on the spot decides" },
};

/** What follows for the applicant from the answer to their appeal. */
export const APPEAL_NEXT: Record<AppealResult, Text> = {
  stands: {
    zh: "接下来：审批部门按原结论办理。对最终的许可决定不服的，可以依法申请行政复议或者提起行政诉讼。",
    en: "What comes next: the office goes on by the conclusion. Against its final decision you can apply for administrative reconsideration or go to court.",
  },
  survey_again: {
    zh: "接下来：受理人员会联系您，安排新的踏勘，并发给您新的链接。",
    en: "What comes next: the intake desk will contact you to arrange another survey, and send you a new link.",
  },
  on_site: { zh: "接下来：审批部门会与您约时间，派人到现场核实。", en: "What comes next: the office will arrange a time with you and send somebody to the site." },
};
