/** The desk's sentences, each in both languages. An entry with a value in it is a function. */

import type { CheckValue, ConclusionResult, Finding, PhotoView, RecordingView, Role, SurveyState, Text } from "../core/wire.gen";

export const desk = {
  // on the way in
  opening: { zh: "正在打开……", en: "Opening…" },
  consentTitle: { zh: "本次踏勘全程录音录像", en: "This survey is recorded, sound and picture" },
  consentLead: { zh: "进入之前，请先知悉：", en: "Before you come in, please note:" },
  consentWhat: { zh: "录什么", en: "What is kept" },
  consentWhatText: {
    zh: "您的画面、声音、操作和签署的意见，封存后任何人不能修改或删除。",
    en: "Your picture, voice, acts and signed opinions. Once sealed, nobody can change or delete them.",
  },
  consentWhy: { zh: "为什么", en: "Why" },
  consentWhyText: {
    zh: "这是行政许可的踏勘记录，与案卷一同保存。",
    en: "They are the survey's record and are kept as long as the case file.",
  },
  consentWho: { zh: "谁能看", en: "Who can see it" },
  consentWhoText: {
    zh: "录像只有审计人员可以回看；照片和笔录，参加踏勘的人员和处理申诉、虚假材料的经办人员也可以看。审计和经办人员每次查阅都有记录。",
    en: "Only auditors replay the recording. Photos and the written record are open to the people of this survey too, and to officers who decide an appeal or a finding. Every look by an auditor or officer is recorded.",
  },
  consentVersion: (version: string): Text => ({ zh: `告知书版本 ${version}`, en: `Notice, version ${version}` }),
  consentAgree: { zh: "我已知悉，继续", en: "I understand, go on" },
  devicesTitle: { zh: "看一下设备", en: "A look at your devices" },
  devicesLead: { zh: "其他人会看到您的画面、听到您的声音。", en: "The others will see and hear you." },
  devicesAsking: { zh: "请在浏览器的提示里选择“允许”。", en: "Please choose Allow when the browser asks." },
  camera: { zh: "摄像头", en: "Camera" },
  microphone: { zh: "麦克风", en: "Microphone" },
  deviceOk: { zh: "可以用", en: "works" },
  deviceDenied: {
    zh: "没有允许。点地址栏左侧的图标，改为“允许”，再试一次",
    en: "not allowed. Press the icon left of the address, choose Allow and try again",
  },
  deviceMissing: { zh: "没有找到；没有它也能参加", en: "not found; you can take part without it" },
  deviceChecking: { zh: "正在检查……", en: "checking…" },
  devicesContinue: { zh: "继续", en: "Go on" },
  tryAgain: { zh: "再试一次", en: "Try again" },
  backTitle: { zh: "继续踏勘", en: "Go on with the survey" },
  backLead: { zh: "踏勘还在进行，按一下就回到通话。", en: "The survey is still going on; one press returns you to the call." },
  joinTitle: { zh: "可以进入了", en: "Ready to go in" },
  joinLead: {
    zh: "进入后就能与现场通话，录制随之开始。",
    en: "Once you are in, you talk with the people on site, and recording begins.",
  },
  joinButton: { zh: "进入踏勘", en: "Enter the survey" },
  notHere: { zh: "这个案件没有远程踏勘", en: "There is no remote survey in this case" },
  notHereDo: {
    zh: "按信用规则须到现场踏勘，承办部门会另行联系。",
    en: "By the credit rules it is surveyed on site; the office will be in touch.",
  },
  lineRefused: { zh: "这个席位不能用了", en: "This place is no longer valid" },
  itemLabel: { zh: "事项", en: "Item" },
  subjectLabel: { zh: "申请主体", en: "Subject" },
  placeLabel: { zh: "地点", en: "Place" },

  // the head
  switchTheme: { zh: "切换明暗", en: "Light or dark" },
  endButton: { zh: "结束踏勘", en: "End session" },
  endTitle: { zh: "现在结束踏勘？", en: "End the session now?" },
  endBody: {
    zh: "通话停止，录像当即封存，不能再继续。之后签署结论。",
    en: "The call stops and the recording is sealed at once; it can't be resumed. The conclusion is signed afterwards.",
  },
  endOpenPoints: (n: number): Text => ({
    zh: `还有 ${n} 个要点没有结果。`,
    en: n === 1 ? "One point has no answer yet." : `${n} points have no answer yet.`,
  }),
  endConfirm: { zh: "结束并封存", en: "End and seal" },
  endCancel: { zh: "再看看", en: "Not yet" },
  recording: { zh: "录制中", en: "Recording" },
  recordingNotYet: { zh: "还没有开始录制", en: "Nothing recorded yet" },
  recordingStalled: { zh: "录制停顿", en: "Recording stalled" },
  recordingOver: { zh: "录制结束", en: "Recorded" },
  onDisk: (bytes: string): Text => ({ zh: `已落盘 ${bytes}`, en: `${bytes} on disk` }),
  archivingPending: { zh: "暂未归档，已存本机", en: "archiving pending, safe on the server" },
  archivedShare: (percent: number): Text => ({ zh: `归档 ${percent} %`, en: `${percent} % archived` }),

  // the connection, in words
  reconnecting: { zh: "正在重新连接，已录下的都保留着", en: "Reconnecting. What was recorded is kept" },
  reconnectingFlows: { zh: "正在重新连接，录像没有中断", en: "Reconnecting; the recording goes on" },
  mediaConnecting: { zh: "正在接通画面和声音……", en: "Connecting picture and sound…" },
  mediaLost: { zh: "画面和声音断了，正在重新接通", en: "Picture and sound were lost; connecting again" },
  weakNetwork: { zh: "您的网络较弱", en: "Your network is weak" },
  waitingApplicant: { zh: "等申请人进入", en: "Waiting for the applicant" },
  waitingApplicantHint: {
    zh: "对方打开链接后，现场画面会自动出现在这里。",
    en: "Once they open their link the site appears here by itself.",
  },
  noPicture: (name: string): Text => ({ zh: `${name}没有开画面`, en: `${name} sends no picture` }),
  awayName: (name: string): Text => ({ zh: `${name}不在线`, en: `${name} is away` }),
  sessionEnded: { zh: "踏勘已结束", en: "The session has ended" },
  sessionEndedHint: { zh: "录像已封存，请签署结论。", en: "The recording is sealed. Please sign the conclusion." },
  sessionEndedHintExpert: { zh: "录像已封存，结论由审查员签署。", en: "The recording is sealed. Reviewers sign the conclusion." },
  sessionEndedDisk: {
    zh: "服务器磁盘空间不足，系统结束了踏勘；已录内容完好保存。请签署结论，需要时另约一次踏勘。",
    en: "The server was running out of room and ended it; what was recorded is safe. Sign a conclusion, or arrange another survey if it takes one.",
  },
  appealedHint: { zh: "申请人对结论提出了申诉，由没有参加本案的人员答复。", en: "The applicant has appealed against the conclusion; somebody who took no part answers." },
  concludedHint: { zh: "结论已签署，案件已办结。", en: "The conclusion is signed and the case is closed." },

  // people
  people: { zh: "在场的人", en: "People" },
  me: { zh: "我", en: "me" },
  away: { zh: "不在线", en: "away" },
  muted: { zh: "已静音", en: "muted" },
  cameraOff: { zh: "画面已关", en: "camera off" },
  showLarge: (name: string): Text => ({ zh: `放大${name}的画面`, en: `Show ${name} large` }),
  backToSite: { zh: "回到现场", en: "Back to the site" },
  listen: { zh: "点这里打开声音", en: "Press to hear sound" },

  // tools
  tools: { zh: "工具", en: "Tools" },
  askStill: { zh: "要照片", en: "Ask for a photo" },
  askStillTitle: { zh: "请申请人拍一张照片", en: "Ask the applicant for a still" },
  askStillHint: {
    zh: "手机以最高清晰度拍摄，并当场固定摘要。",
    en: "The phone takes it at full resolution and commits its hash at once.",
  },
  stillNote: { zh: "拍什么（可不填）", en: "Of what (optional)" },
  stillNoteExample: { zh: "例如：灭火器压力表", en: "For instance: the extinguisher's gauge" },
  stillSend: { zh: "发出请求", en: "Send" },
  cancel: { zh: "取消", en: "Cancel" },
  stillAsked: { zh: "已请申请人拍照", en: "The applicant was asked for a still" },
  photoArrived: (name: string): Text => ({ zh: `照片已到：${name}`, en: `A photo arrived: ${name}` }),
  muteMic: { zh: "静音", en: "Mute" },
  unmuteMic: { zh: "开声音", en: "Unmute" },
  tryMic: { zh: "试麦克风", en: "Try mic" },
  tryCam: { zh: "试摄像头", en: "Try camera" },
  deviceRefused: {
    zh: "还是打不开。请在浏览器的网站设置里改为“允许”，并关掉占用它的程序，再按一次。",
    en: "It still can't be had. Allow it in the browser's site settings, close what else uses it, and press again.",
  },
  stopCam: { zh: "关画面", en: "Camera off" },
  startCam: { zh: "开画面", en: "Camera on" },
  fullScreen: { zh: "全屏", en: "Full screen" },
  leaveFullScreen: { zh: "退出全屏", en: "Exit full" },

  // the panel
  panel: { zh: "踏勘记录", en: "Survey record" },
  tabChecklist: { zh: "要点", en: "Checklist" },
  tabPhotos: { zh: "照片", en: "Photos" },
  tabConclusion: { zh: "结论", en: "Conclusion" },
  pinHint: { zh: "点选即钉住此刻", en: "Answering pins this moment" },
  pinAfter: { zh: "不在录制中，不钉住时刻", en: "Not recording: no moment is pinned" },
  expertReadsOnly: {
    zh: "要点由审查员填写，您的意见请在通话里提出。",
    en: "Reviewers fill in the checklist; give your advice in the call.",
  },
  allAnswered: { zh: "全部要点都有结果了", en: "Every point has an answer" },
  answeredBy: (name: string): Text => ({ zh: `${name}填写`, en: `by ${name}` }),
  answerNote: { zh: "说明（可不填，写入笔录）", en: "Note (optional, goes into the record)" },
  answerNoteEnter: { zh: "按回车保存", en: "press Enter to keep it" },
  answerNoteKept: { zh: "已保存", en: "kept" },
  answeredBefore: (value: string, name: string, at: string): Text => ({
    zh: `此前：${value}，${name}${at && ` ${at}`}`,
    en: `Was: ${value}, ${name}${at && ` ${at}`}`,
  }),
  answerChanged: (name: string, point: string, value: string): Text => ({
    zh: `${name}把“${point}”改为：${value}`,
    en: `${name} changed “${point}” to: ${value}`,
  }),
  pinnedAt: (at: string): Text => ({ zh: `钉在 ${at}`, en: `pinned at ${at}` }),
  noPoints: { zh: "这个事项没有要点清单", en: "This item has no checklist" },

  photosEmpty: { zh: "还没有照片", en: "No photos yet" },
  photosEmptyHint: { zh: "用画面上的“要照片”请申请人拍摄。", en: "Ask for one with the button on the picture." },
  channelStill: { zh: "通话内拍摄", en: "taken in the call" },
  channelUpload: { zh: "上传", en: "uploaded" },
  checking: { zh: "正在核验", en: "checking" },
  digest: { zh: "摘要", en: "SHA-256" },
  archived: { zh: "已归档", en: "archived" },
  notArchived: { zh: "已存盘，待归档", en: "on disk, archiving" },
  channelVideo: { zh: "现场视频", en: "site video" },
  videoSeconds: (at: string): Text => ({ zh: `时长 ${at}`, en: `${at} long` }),
  openVideo: (name: string): Text => ({ zh: `播放：${name}`, en: `Play ${name}` }),
  videoComing: (percent: number): Text => ({ zh: `正在上传，已收到 ${percent}%`, en: `On its way, ${percent}% received` }),
  videoNotYet: { zh: "视频正在归档，稍后可播放", en: "Being archived; it can be played in a moment" },
  videoUnplayable: { zh: "这个浏览器放不了，请保存原件后播放", en: "This browser can't play it: save the original and play that" },
  videoArrived: (name: string): Text => ({ zh: `视频已到：${name}`, en: `A video arrived: ${name}` }),
  openPhoto: (name: string): Text => ({ zh: `看大图：${name}`, en: `Open ${name}` }),
  livePhoto: { zh: "照片", en: "Photo" },
  liveVideo: (at: string): Text => ({ zh: `视频 ${at}`, en: `Video at ${at}` }),
  liveSame: (n: number): Text => ({ zh: `${n} 处吻合，同一地点`, en: `${n} points match: the same place` }),
  liveOpen: (name: string, at: string): Text => ({ zh: `放大对照：${name} 与视频 ${at}`, en: `Compare ${name} with the video at ${at}` }),
  liveShown: (n: number): Text => ({ zh: `画出其中 ${n} 处`, en: `${n} of them drawn` }),
  liveJump: { zh: "跳到这一刻", en: "Go to this moment" },
  downloadOriginal: { zh: "保存原件", en: "Save the original" },
  downloadFailed: { zh: "原件没有取到，请再试一次", en: "The original could not be fetched; try again" },
  previewFailed: { zh: "没有预览", en: "No preview" },
  findingsPassed: (n: number): Text => ({ zh: `${n} 项通过`, en: `${n} passed` }),
  findingsMore: (n: number): Text => ({ zh: `其余 ${n} 项`, en: `${n} more` }),
  earlierPhoto: (day: string, photo: string): Text => ({ zh: `${day} 的照片 ${photo}，踏勘`, en: `Photo ${photo} of ${day}, survey` }),
  earlierOwn: { zh: "同一申请人", en: "the same applicant" },
  earlierMirrored: { zh: "左右相反", en: "mirrored" },
  earlierPoints: (n: number): Text => ({ zh: `${n} 处吻合`, en: `${n} points match` }),
  lessFindings: { zh: "收起", en: "Show less" },
  close: { zh: "关闭", en: "Close" },

  conclusionNotYet: { zh: "踏勘结束后在这里签署结论", en: "The conclusion is signed here after the session" },
  conclusionNotYetHint: {
    zh: "两位审查员分别签署相同的结果，结论才成立。",
    en: "It takes two reviewers, each signing the same result.",
  },
  conclusionSecond: { zh: "还需要第二位审查员签署相同的结果", en: "It needs a second reviewer with the same result" },
  conclusionUnsigned: {
    zh: "还没有人签署。需要两位审查员签署相同的结果。",
    en: "Nobody has signed yet. It needs two reviewers with the same result.",
  },
  conclusionDiffers: {
    zh: "两份签署不一致，结论没有成立。商议后可以重新签署。",
    en: "The two signatures differ, so there is no conclusion. Confer, then sign again.",
  },
  signaturesDiffer: { zh: "两份签署不一致", en: "the two signatures differ" },
  conclusionDone: { zh: "结论", en: "Conclusion" },
  conclusionMine: { zh: "您已签署，等另一位审查员。", en: "You have signed; waiting for another reviewer." },
  conclusionExpert: {
    zh: "结论由审查员签署。专家可以看，不签署。",
    en: "Reviewers sign the conclusion. Experts can read it and do not sign.",
  },
  chooseResult: { zh: "选择结果", en: "Choose a result" },
  reason: { zh: "理由", en: "Reason" },
  reasonNeeded: { zh: "理由（必填，申请人会看到）", en: "Reason (needed; the applicant will read it)" },
  reasonExample: { zh: "依据哪些要点和照片得出这个结果", en: "Which points and photos lead to this result" },
  concludeButton: { zh: "签署结论", en: "Sign the conclusion" },
  concludeAs: (name: string): Text => ({
    zh: `以 ${name} 的名义签署，每次签署都永久留存。`,
    en: `Signed as ${name}; every signature is kept for good.`,
  }),
  sureTitle: (result: string): Text => ({ zh: `签署“${result}”？`, en: `Sign “${result}”?` }),
  sureFirst: {
    zh: "您的签署永久留存。第二位审查员签署相同的结果后，结论成立，案件封存。",
    en: "Your signature is kept for good. Once a second reviewer signs the same result it is the conclusion, and the case is sealed.",
  },
  sureSecond: {
    zh: "另一位审查员已签署相同的结果：您签署后结论即成立，案件封存，不能更改。",
    en: "Another reviewer has signed the same result: with your signature it is the conclusion, the case is sealed, and nothing can be changed.",
  },
  sureDiffers: {
    zh: "另一位审查员签署的结果不同：结论不会成立，商议后可以重新签署。您的签署永久留存。",
    en: "Another reviewer signed a different result: there will be no conclusion until you confer and sign again. Your signature is kept for good.",
  },
  sureKept: { zh: "您的签署永久留存。需要的签署齐了，结论即成立，案件封存。", en: "Your signature is kept for good. With the last one needed, the conclusion is made and the case is sealed." },
  surePhotos: (rejected: number, doubtful: number): Text => ({
    zh: `照片和视频中，${[rejected && `${rejected} 个不可采用`, doubtful && `${doubtful} 个请核对`].filter(Boolean).join("，")}。`,
    en: `Of the photos and videos, ${[rejected && `${rejected} cannot be used`, doubtful && `${doubtful} ${doubtful === 1 ? "is" : "are"} to be reviewed`].filter(Boolean).join(" and ")}.`,
  }),
  signatures: { zh: "签署", en: "Signatures" },
  signatureEmpty: (n: number): Text => ({ zh: `第 ${n} 位审查员`, en: `Reviewer ${n}` }),
  waitingSignature: { zh: "待签署", en: "not signed yet" },
  seals: { zh: "封存", en: "Seals" },
  sealRecording: { zh: "录制封存", en: "Recording seal" },
  sealCase: { zh: "案件封存", en: "Case seal" },
  sealAddendum: { zh: "补充封存", en: "Addendum" },
  sealsBetween: (count: number): Text => ({ zh: `另有 ${count} 次补充封存`, en: count === 1 ? "and 1 earlier addendum" : `and ${count} earlier addenda` }),
  sealKept: { zh: "已归档", en: "archived" },
  sealPending: { zh: "已存盘，归档中", en: "saved here, archiving" },

  // the time line
  timeline: { zh: "时间线", en: "Time line" },
  lanePicture: { zh: "现场", en: "Site" },
  laneEvents: { zh: "事件", en: "Events" },
  joined: (name: string): Text => ({ zh: `${name}进入`, en: `${name} in` }),
  left: (name: string): Text => ({ zh: `${name}离开`, en: `${name} out` }),
  photoMark: (n: number): Text => ({ zh: `照片 ${n}`, en: `Photo ${n}` }),
  gapMark: (s: string): Text => ({ zh: `中断 ${s} 秒`, en: `lost ${s} s` }),
  nothingSent: { zh: "没有画面和声音", en: "no picture or sound" },
  gapOf: (name: string, s: string): Text => ({
    zh: `${name}的画面中断 ${s} 秒`,
    en: `${name}'s picture was lost for ${s} s`,
  }),
  timelineEmpty: { zh: "录制开始后，这里会出现时间线", en: "The time line appears once recording begins" },
} as const;

export const ROLE: Record<Role, Text> = {
  applicant: { zh: "申请人", en: "applicant" },
  reviewer: { zh: "审查员", en: "reviewer" },
  expert: { zh: "专家", en: "expert" },
  auditor: { zh: "审计员", en: "auditor" },
  officer: { zh: "信用经办人员", en: "officer" },
  subject: { zh: "当事人", en: "subject" },
};

export const STATE: Record<SurveyState, Text> = {
  refused: { zh: "不予受理", en: "refused" },
  on_site: { zh: "须现场踏勘", en: "on site" },
  admitted: { zh: "待开始", en: "not begun" },
  scheduled: { zh: "已预约", en: "scheduled" },
  in_session: { zh: "进行中", en: "in session" },
  ended: { zh: "待结论", en: "to conclude" },
  concluded: { zh: "已办结", en: "concluded" },
  appealed: { zh: "申诉中", en: "appealed" },
  cancelled: { zh: "已撤回", en: "withdrawn" },
};

const TIERS: Record<string, Text> = {
  red: { zh: "红档", en: "red tier" },
  orange: { zh: "橙档", en: "orange tier" },
  blue: { zh: "蓝档", en: "blue tier" },
  black: { zh: "黑档", en: "black tier" },
};

/** The tier's word; one this client does not know is said to be unknown. */
export function tierText(tier: string): Text {
  return TIERS[tier] ?? { zh: "档次不明", en: "tier unknown" };
}

export const VALUE: Record<CheckValue, Text> = {
  ok: { zh: "符合", en: "OK" },
  not_ok: { zh: "不符合", en: "Not OK" },
  unsure: { zh: "存疑", en: "Unsure" },
};

export const RESULT: Record<ConclusionResult, Text> = {
  pass: { zh: "通过", en: "Pass" },
  rectify: { zh: "整改后复验", en: "Rectify, survey again" },
  refer_on_site: { zh: "转现场踏勘", en: "Refer to on-site" },
  not_pass: { zh: "不通过", en: "Not pass" },
};

export const VERDICT: Record<NonNullable<PhotoView["result"]>, Text> = {
  accepted: { zh: "可采用", en: "can be used" },
  needs_review: { zh: "请核对", en: "to be reviewed" },
  rejected: { zh: "不可采用", en: "cannot be used" },
};

export const FINDING: Record<Finding["result"], Text> = {
  pass: { zh: "通过", en: "pass" },
  flag: { zh: "留意", en: "note" },
  fail: { zh: "不符", en: "fail" },
  na: { zh: "没有核对", en: "not checked" },
};

/** Who or what ended the session; a full disk has a sentence of its own. */
export const ENDED_BY: Record<Exclude<NonNullable<RecordingView["end"]>, "disk_full">, Text> = {
  reviewer: { zh: "审查员结束了踏勘", en: "A reviewer ended the session" },
  applicant: { zh: "申请人结束了踏勘", en: "The applicant ended the session" },
  idle: { zh: "无人在线，踏勘自动结束", en: "Nobody was connected, so the session ended by itself" },
  server_restart: { zh: "服务重启，踏勘已结束", en: "The server restarted, and the session ended" },
};
