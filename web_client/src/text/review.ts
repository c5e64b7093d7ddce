/** The desks' sentences about a survey by photos alone, each in both languages. An entry with a value in it is a function. */

import type { OpinionValue, SurveyState, Text } from "../core/wire.gen";

export const review = {
  byPhotos: { zh: "仅照片", en: "photos only" },
  consentTitle: { zh: "您的审查全程留痕", en: "Your review is put on record" },
  consentWhat: { zh: "留什么", en: "What is kept" },
  consentWhatText: {
    zh: "您填写的要点结果、部门意见和签署。没有通话，也不录音录像。封存后任何人不能修改或删除。",
    en: "Your answers, your department's opinion and what you sign. There is no call and nothing is recorded. Once sealed, nobody can change or delete them.",
  },

  material: { zh: "申请人提交的资料", en: "What the applicant handed in" },
  collecting: { zh: "申请人正在拍照，提交后即可审查", en: "The applicant is taking the photos; the review begins once they submit" },
  collectingHint: { zh: "照片会陆续出现在这里。", en: "Photos appear here as they come." },
  rested: {
    zh: "申请人很久没有继续，现在按已有资料审查；申请人仍可补交。",
    en: "The applicant did not go on for a long time. Review what is here; they may still hand in the rest.",
  },
  waiting: { zh: "已请申请人补拍，等对方再次提交", en: "Another photo was asked for; waiting for the applicant to submit again" },
  submitted: (at: string, rounds: number): Text => ({
    zh: rounds > 1 ? `${at} 第 ${rounds} 次提交` : `${at} 提交`,
    en: rounds > 1 ? `submitted for the ${rounds}${rounds === 2 ? "nd" : rounds === 3 ? "rd" : "th"} time, ${at}` : `submitted ${at}`,
  }),
  noPhoto: { zh: "还没有照片", en: "No photo yet" },
  explained: { zh: "申请人说明拍不了", en: "The applicant can't show it" },
  askedFor: (who: string): Text => ({ zh: `${who}要求补拍`, en: `${who} asked for another photo` }),
  askedSettled: { zh: "已补交", en: "handed in" },
  askedOpen: { zh: "等补交", en: "waiting" },
  other: { zh: "其他照片", en: "Other photos" },

  askShot: { zh: "请补拍", en: "Ask for another photo" },
  askShotTitle: (point: string): Text => ({ zh: `补拍：${point}`, en: `Another photo: ${point}` }),
  askShotHint: { zh: "写明要看清什么。资料退回申请人补拍，再次提交后各部门重新提出意见。", en: "Say what it must show. The applicant gets the material back; once they submit again, each department gives its opinion anew." },
  askShotExample: { zh: "例如：灭火器压力表看不清，请靠近拍", en: "For instance: the gauge can't be read, please come closer" },
  askShotSend: { zh: "退回补拍", en: "Ask" },
  shotAsked: { zh: "已请申请人补拍", en: "The applicant was asked for another photo" },

  tabOpinion: { zh: "部门意见", en: "Opinions" },
  ownChecklist: (department: string): Text => ({ zh: `${department}的要点结果。其他部门在双方意见都提出前看不到。`, en: `Answers of ${department}. Others don't see them before every opinion is in.` }),
  notBegun: { zh: "申请人提交后再填写", en: "To be filled in once the applicant has submitted" },
  reviews: { zh: "各部门审查", en: "The departments' reviews" },
  given: { zh: "已有意见", en: "opinion given" },
  notGiven: { zh: "还没有意见", en: "no opinion yet" },
  sealedUntil: { zh: "各部门都有意见后才公开", en: "shown once every department has given its own" },
  oneDepartment: { zh: "需要两个部门分别审查，请邀请另一个部门的审查员。", en: "It takes two departments: have a reviewer of another one invited." },
  opinionOf: (department: string): Text => ({ zh: `${department}的意见`, en: `Opinion of ${department}` }),
  opinionFirst: (n: number): Text => ({ zh: `先填完要点，还有 ${n} 项`, en: n === 1 ? "Answer every point first; one to go" : `Answer every point first; ${n} to go` }),
  opinionLapsed: { zh: "您提出意见后，申请人又补交了资料。请看过后重新提出。", en: "The applicant handed in more after your opinion. Look at it and give your opinion again." },
  opinionReason: { zh: "理由", en: "Reason" },
  opinionReasonNeeded: { zh: "理由（必填）", en: "Reason (required)" },
  opinionReasonExample: { zh: "依据哪些要点和照片", en: "Which points and photos it rests on" },
  opinionSend: { zh: "提出意见", en: "Give opinion" },
  opinionNotice: { zh: "双方意见公开后不能再改。", en: "Once all are open it can't be changed." },
  opinionMine: { zh: "您部门的意见已提出；公开前可以重新提出。", en: "Your department's opinion is given; until they open you may give it anew." },
  opened: { zh: "各部门意见已公开，请共同签署结论。", en: "Every department's opinion is open. Sign the conclusion together." },
  answersByPoint: { zh: "逐项对照", en: "Point by point" },
  expert: { zh: "意见由各部门审查员提出，公开后可以查看。", en: "The departments' reviewers give them; you see them once they are open." },

  conclusionNotYet: { zh: "各部门意见公开后，在这里共同签署结论", en: "The conclusion is signed here once every opinion is in" },
  conclusionNotYetHint: { zh: "两个部门的审查员签署相同的结果，结论才成立。", en: "It takes reviewers of two departments, each signing the same result." },
  sealMaterial: { zh: "资料封存", en: "Material seal" },
} as const;

export const OPINION: Record<OpinionValue, Text> = {
  approve: { zh: "同意", en: "Approve" },
  rectify: { zh: "需要整改", en: "Needs rectification" },
  on_site: { zh: "须现场核实", en: "Must be seen on site" },
};

export const MATERIAL_STATE: Record<SurveyState, Text> = {
  refused: { zh: "不予受理", en: "refused" },
  on_site: { zh: "须现场踏勘", en: "on site" },
  admitted: { zh: "收集资料", en: "collecting" },
  scheduled: { zh: "已预约", en: "scheduled" },
  in_session: { zh: "进行中", en: "in session" },
  ended: { zh: "审查中", en: "in review" },
  concluded: { zh: "已办结", en: "concluded" },
  appealed: { zh: "申诉中", en: "appealed" },
  cancelled: { zh: "已撤回", en: "withdrawn" },
};
