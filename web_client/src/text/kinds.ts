/** The desks' sentences about joint inspections, rectification and re-surveys, each in both languages. */

import type { RequestView, Text } from "../core/wire.gen";

export const kinds = {
  ownDepartment: { zh: "本部门", en: "your department" },
  everybodys: { zh: "各部门共同", en: "all departments" },
  groupAnswered: (n: number, all: number): Text => ({ zh: `${n}/${all} 有结果`, en: `${n} of ${all} answered` }),
  ownAnswered: { zh: "本部门的要点都有结果了", en: "Every point of your department has an answer" },
  byDepartment: { zh: "各部门结论", en: "Each department's conclusion" },
  departmentsConclude: {
    zh: "每个部门签署自己的结论；都签署后，案件结论随之成立。",
    en: "Each department signs its own conclusion; the case's follows when all have.",
  },
  departmentDone: { zh: "您的部门已签署，等其他部门。", en: "Your department has signed; waiting for the others." },
  departmentOpen: { zh: "还没有签署", en: "not signed yet" },
  departmentDiffers: { zh: "本部门内签署不一致，商议后重新签署", en: "its reviewers differ: confer and sign again" },
  answerFirst: (n: number): Text => ({
    zh: `通过之前，先填完本部门的要点，还有 ${n} 个。`,
    en: n === 1 ? "Before a pass, answer your department's last point." : `Before a pass, answer your department's points; ${n} to go.`,
  }),

  toRectify: { zh: "需要整改的要点", en: "Points to put right" },
  days: { zh: "整改期限（工作日）", en: "Time limit (working days)" },
  daysExample: { zh: "例如 10", en: "for instance 10" },
  rectifyMissing: { zh: "选出需要整改的要点，并填写期限。", en: "Choose the points and give the time limit." },
  within: (days: number): Text => ({ zh: `${days} 个工作日内整改`, en: `to be put right within ${days} working ${days === 1 ? "day" : "days"}` }),
  due: (day: string): Text => ({ zh: `最晚 ${day}`, en: `by ${day}` }),
  goOn: { zh: "整改完成后申请复验，只看这些要点。", en: "When it is done, apply for the re-survey: it looks at these points only." },

  earlier: (caseNo: string): Text => ({ zh: `复验：原案 ${caseNo}`, en: `Re-survey of ${caseNo}` }),
  before: { zh: "上次", en: "Before" },
  toPutRight: { zh: "要求整改", en: "was to be put right" },
  otherPhotos: { zh: "上次的其他照片", en: "Other photos from before" },
  reSurveys: (ids: string): Text => ({ zh: `复验：${ids}`, en: `Re-surveyed in ${ids}` }),

  stillOf: { zh: "属于哪个要点", en: "Which point is it for" },
  outside: { zh: "清单之外", en: "outside the checklist" },
  askAsQuestion: { zh: "只提问，不拍照", en: "Ask a question instead" },
  asked: { zh: "问题已发给申请人", en: "The applicant sees your question" },
  outsideRequests: { zh: "清单之外的要求", en: "Requests outside the checklist" },
  questionOf: (name: string): Text => ({ zh: `${name} 提问`, en: `${name} asks` }),
  answerAloud: { zh: "请直接口头回答。", en: "Please answer aloud." },
  outsideHint: { zh: "清单之外的要求会在记录里标明。", en: "A request outside the checklist is marked as such in the record." },
} as const;

export const REQUEST: Record<RequestView["kind"], Text> = {
  still: { zh: "照片", en: "Still" },
  question: { zh: "提问", en: "Question" },
};
