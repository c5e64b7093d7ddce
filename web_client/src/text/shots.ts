/** The sentences of a survey by photos alone, each in both languages. An entry with a value in it is a function. */

import type { Text } from "../core/wire.gen";

export const shots = {
  // the way in
  invited: {
    applicant: {
      zh: "您的信用良好，只需按提示拍照上传，不用视频通话，也不用等人上门。大约 15 分钟。",
      en: "Your credit is good: photos are enough. Take them as you are told; no video call, nobody has to come. About 15 minutes.",
    },
    reviewer: {
      zh: "请您代表本部门审查申请人上传的资料，再与其他部门共同作出结论。",
      en: "Please review the applicant's photos for your department, then conclude together with the others.",
    },
    expert: { zh: "请您查看申请人上传的资料。", en: "Please look at the photos the applicant uploads." },
  },
  once: {
    zh: "请在现场、用这部手机打开。开始后链接只能在这部手机上使用，可以分几次拍完。",
    en: "Be at the premises and use this phone. Once started, the link works on this phone only; you may take breaks.",
  },
  stepConsent: { zh: "阅读告知", en: "Read the notice" },
  stepConsentText: { zh: "照片怎样保存、谁能看", en: "How photos are kept and who sees them" },
  stepShots: { zh: "一项一项拍照", en: "Take the photos one by one" },
  stepShotsText: { zh: "每一项都告诉您拍什么；拍不了的写明原因", en: "Each tells you what to take; what you can't show, you explain" },
  stepSubmit: { zh: "提交", en: "Submit" },
  stepSubmitText: { zh: "各部门分别审查；需要补拍会写明原因", en: "Each department reviews it; if one needs another photo it says why" },
  stepWait: { zh: "等结论", en: "Wait for the conclusion" },
  stepWaitText: { zh: "两个部门共同签署，用同一链接查看", en: "Two departments sign it; the same link shows it" },

  consentTitle: { zh: "资料保存告知", en: "How your photos are kept" },
  consentLead: { zh: "照片作为办理的依据保存。请先阅读，再继续。", en: "The photos are kept as evidence for the decision. Please read this before you go on." },
  consentAgree: { zh: "我已看清，同意保存", en: "I have read it and agree" },
  consentDeclined: {
    zh: "不同意保存照片就不能远程踏勘。改为现场踏勘不影响您的申请，也不影响信用。",
    en: "A remote survey needs the photos to be kept. A visit instead affects neither your application nor your credit.",
  },
  consentWhat: { zh: "保存您上传的照片、视频和说明", en: "Your photos, videos and explanations are kept" },
  consentWhatText: { zh: "包括其中的拍摄时间和位置，以及每一步的时间。页面不会录音、录像。", en: "With the time and place inside them, and the time of every step. The page itself records no sound or video." },
  consentKeepText: { zh: "照片提交后封存，按档案规定期限保存，任何人不能修改或删除。", en: "Once submitted they are sealed and kept as long as the archive rules say. Nobody can alter or delete them." },
  consentWhoText: {
    zh: "参加踏勘的人员、审计人员和处理申诉、虚假材料的经办人员。审计和经办人员每次查阅都有记录。",
    en: "The people of this survey, auditors, and officers who decide an appeal or a finding. Every look by an auditor or officer is recorded.",
  },
  consentBasisText: {
    zh: "《行政许可法》第三十四条规定的核查，《个人信息保护法》第十三条规定的法定职责。有疑问请联系发给您链接的工作人员。",
    en: "Verification under Article 34 of the Administrative Licensing Law, and statutory duty under Article 13 of the Personal Information Protection Law. Ask whoever sent you the link.",
  },

  // shot by shot
  count: (n: number, of: number): Text => ({ zh: `第 ${n} 项，共 ${of} 项`, en: `${n} of ${of}` }),
  askedCount: (n: number, of: number): Text => ({ zh: `补拍第 ${n} 项，共 ${of} 项`, en: `Asked for again: ${n} of ${of}` }),
  progress: (done: number, of: number): Text => ({ zh: `已完成 ${done} / ${of}`, en: `${done} of ${of} done` }),
  example: { zh: "好照片", en: "A good photo" },
  askedBy: (who: string): Text => ({ zh: `${who}请您再拍一张`, en: `${who} asks for another photo` }),
  late: {
    zh: "已经很久没有继续，审查员可能已开始审查。请尽快拍完并提交。",
    en: "Nothing came for a long time, so the reviewers may have begun. Please finish and submit soon.",
  },
  videos: { zh: "现场视频（可选）", en: "Site video (if you like)" },
  videosText: { zh: "走一圈拍下现场更清楚，每段不超过 2 GB，断网后接着传。", en: "A walk through the premises shows more. Up to 2 GB each; an interrupted one goes on." },
  take: { zh: "拍照", en: "Take photo" },
  takeAgain: { zh: "再拍一张", en: "Take another" },
  useCamera: { zh: "用手机相机拍照", en: "Use the phone's camera" },
  choose: { zh: "从手机里选", en: "Choose a photo" },
  permission: {
    zh: "浏览器会问相机和位置，请选“允许”：位置能证明照片就在这里拍的。",
    en: "The browser will ask for camera and location. Please allow both: the location shows the photo was taken here.",
  },
  noCamera: {
    zh: "网页打不开相机。可以用手机相机拍，拍好会自动回到这里；也可以从手机里选。",
    en: "The page can't open the camera. Use the phone's own, it brings you back here; or choose a photo.",
  },
  cannot: { zh: "这一项拍不了", en: "I can't show this" },
  next: { zh: "下一项", en: "Next" },
  back: { zh: "上一项", en: "Back" },
  overview: { zh: "全部项目", en: "All points" },
  explained: { zh: "您已说明拍不了", en: "You explained why not" },
  change: { zh: "修改", en: "Change" },
  rejected: { zh: "这个文件不能用，请再拍一张，或说明原因。", en: "This file can't be used. Take another photo, or explain." },
  explainTitle: { zh: "为什么拍不了？", en: "Why can't it be shown?" },
  explainText: { zh: "写明原因，审查员会看到。以后能拍了，仍可补拍。", en: "The reviewers will read it. You may still add a photo until you submit." },
  explainExample: { zh: "例如：设备下周才安装", en: "For instance: it will be installed next week" },
  explainSend: { zh: "保存说明", en: "Save" },
  shutter: { zh: "拍下", en: "Take it" },
  closeCamera: { zh: "不拍了", en: "Close the camera" },
  shotFailed: { zh: "没有拍成，请再按一次。", en: "That did not work. Please press again." },
  holdStill: { zh: "请拿稳……", en: "Hold still…" },

  // check and submit
  checkTitle: { zh: "检查并提交", en: "Check and submit" },
  checkLead: { zh: "每一项都有照片或说明，就可以提交。点一项可以回去看。", en: "Once each point has a photo or an explanation you can submit. Press one to go back to it." },
  photos: (n: number): Text => ({ zh: `${n} 张照片`, en: n === 1 ? "1 photo" : `${n} photos` }),
  videosOf: (n: number): Text => ({ zh: `${n} 段视频`, en: n === 1 ? "1 video" : `${n} videos` }),
  videosElse: { zh: "现场视频", en: "Site video" },
  videoOnly: { zh: "视频已加入这一项；还需要一张照片，或说明原因。", en: "The video goes with this point. It still needs a photo, or an explanation." },
  photoMissing: { zh: "有视频，还差照片", en: "has a video; a photo is missing" },
  onTheWay: (n: number): Text => ({ zh: `${n} 张正在发送`, en: n === 1 ? "1 being sent" : `${n} being sent` }),
  explainedShort: { zh: "有说明", en: "explained" },
  again: { zh: "不可采用，请重拍", en: "can't be used: take it again" },
  missing: { zh: "还没有", en: "missing" },
  submit: { zh: "提交资料", en: "Submit" },
  submitLacks: (n: number): Text => ({ zh: `还差 ${n} 项`, en: n === 1 ? "1 point is still missing" : `${n} points are still missing` }),
  submitWaits: (n: number): Text => ({ zh: `还有 ${n} 张照片没有发完，发完即可提交`, en: `${n} ${n === 1 ? "photo is" : "photos are"} still being sent; then you can submit` }),
  submitFailed: (n: number): Text => ({ zh: `有 ${n} 张照片没有发成，请回到那一项处理`, en: `${n} ${n === 1 ? "photo was" : "photos were"} not sent; go back to that point` }),
  submitOnce: { zh: "提交后由各部门审查，不能自行更换。", en: "The departments then review it; you can't exchange photos by yourself." },

  // waiting
  waitTitle: { zh: "资料已提交", en: "Your photos are submitted" },
  waitLead: { zh: "可以离开了。各部门正在分别审查，用同一链接查看进展；需要补拍时这里会告诉您。", en: "You may leave now. Each department reviews them for itself. The same link shows how it goes on, and whether another photo is needed." },
  doneTitle: { zh: "审查已完成", en: "The review is done" },
  doneLead: { zh: "下面是各部门共同作出的结论。", en: "Below is what the departments concluded together." },
  sealing: { zh: "资料正在封存", en: "The photos are being sealed" },
  sealed: { zh: "资料已封存", en: "The photos are sealed" },
  reviewing: { zh: "各部门分别审查", en: "Each department reviews" },
  reviewed: (given: number, all: number): Text => ({ zh: `${all} 个部门中 ${given} 个已有意见`, en: `${given} of ${all} departments have an opinion` }),
  concluding: { zh: "共同签署结论", en: "They sign the conclusion together" },
  signedBy: (n: number): Text => ({ zh: `已有 ${n} 人签署`, en: n === 1 ? "1 signature so far" : `${n} signatures so far` }),
  notSigned: { zh: "两个部门签署相同的结果才成立", en: "It takes two departments with the same result" },
  handedIn: { zh: "您提交的资料", en: "What you submitted" },
} as const;
