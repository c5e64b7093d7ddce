/** The auditor's sentences, each in both languages. An entry with a value in it is a function. */

import type { Text } from "../core/wire.gen";

export const audit = {
  // the list
  listTitle: { zh: "踏勘档案", en: "Survey archive" },
  listLead: {
    zh: "同步回看每一次踏勘，在您自己的浏览器里核验证据。每次回看都会留痕。",
    en: "Replay every survey in step and verify the evidence in your own browser. Every replay leaves an entry.",
  },
  search: { zh: "查案号、事项、申请主体", en: "Search case, item or subject" },
  filterState: { zh: "进度", en: "Stage" },
  filterTier: { zh: "信用档次", en: "Tier" },
  filterSealed: { zh: "封存", en: "Seal" },
  allStates: { zh: "全部进度", en: "Every stage" },
  allTiers: { zh: "全部档次", en: "Every tier" },
  allSeals: { zh: "封存与否", en: "Sealed or not" },
  sealedOnly: { zh: "已封存", en: "Sealed" },
  unsealedOnly: { zh: "未封存", en: "Not sealed" },
  refresh: { zh: "刷新", en: "Refresh" },
  counted: (n: number, of: number): Text =>
    n === of
      ? { zh: `共 ${of} 件`, en: `${of} ${of === 1 ? "survey" : "surveys"}` }
      : { zh: `${of} 件中的 ${n} 件`, en: `${n} of ${of} surveys` },
  listEmpty: { zh: "还没有踏勘", en: "No surveys yet" },
  listEmptyHint: { zh: "案件受理后会出现在这里。", en: "Cases appear here once they are taken in." },
  nothingFound: { zh: "没有符合条件的踏勘", en: "No survey matches" },
  clearFilters: { zh: "清除条件", en: "Clear the filters" },
  people: (n: number): Text => ({ zh: `${n} 人`, en: `${n} people` }),
  photos: (n: number): Text => ({ zh: `${n} 张照片`, en: `${n} ${n === 1 ? "photo" : "photos"}` }),
  notRecorded: { zh: "没有录像", en: "no recording" },
  sealed: { zh: "已封存", en: "sealed" },
  notSealed: { zh: "未封存", en: "not sealed" },
  noResult: { zh: "没有结论", en: "no conclusion" },

  // replay
  replay: { zh: "回看", en: "Replay" },
  back: { zh: "返回档案", en: "Back to the archive" },
  opening: { zh: "正在打开档案……", en: "Opening the file…" },
  noMedia: { zh: "这个案件没有录像", en: "Nothing was recorded in this case" },
  noMediaHint: { zh: "案卷、决定和事件仍可查看。", en: "The file, the decision and the events can be read all the same." },
  cannotPlay: {
    zh: "这个浏览器放不了这种录像，核验仍然可用。请换用 Chrome、Edge 或新版 Safari。",
    en: "This browser can't play this recording, though it can verify it. Try Chrome, Edge or a recent Safari.",
  },
  play: { zh: "播放", en: "Play" },
  pause: { zh: "暂停", en: "Pause" },
  back10: { zh: "后退 10 秒", en: "Back 10 s" },
  ahead10: { zh: "前进 10 秒", en: "Forward 10 s" },
  speed: { zh: "速度", en: "Speed" },
  position: { zh: "播放位置", en: "Position" },
  positionAt: (at: string, of: string): Text => ({ zh: `${at}，共 ${of}`, en: `${at} of ${of}` }),
  buffering: { zh: "正在取录像……", en: "Fetching the recording…" },
  inStep: (ms: number): Text => ({ zh: `各路相差 ${ms} 毫秒以内`, en: `All within ${ms} ms` }),
  muteLane: (name: string): Text => ({ zh: `关闭${name}的声音`, en: `Mute ${name}` }),
  unmuteLane: (name: string): Text => ({ zh: `打开${name}的声音`, en: `Unmute ${name}` }),
  noPicture: (cause: string): Text => ({ zh: `没有画面：${cause}`, en: `No picture: ${cause}` }),
  laneLoading: { zh: "正在取这一路……", en: "Fetching this one…" },
  laneBroken: { zh: "这一路取不到，其余照常。稍后自动再试。", en: "This one can't be fetched; the others go on. It is tried again by itself." },
  laneEvents: { zh: "事件", en: "Events" },
  laneBlank: (name: string, from: string, to: string, cause: string): Text => ({
    zh: `${name} ${from}–${to} 缺口：${cause}`,
    en: `${name}, gap ${from}–${to}: ${cause}`,
  }),
  showLarge: (name: string): Text => ({ zh: `放大${name}的画面`, en: `Show ${name} large` }),
  gapMark: (s: string): Text => ({ zh: `中断 ${s} 秒`, en: `lost ${s} s` }),

  // the panel
  panel: { zh: "档案", en: "File" },
  tabFile: { zh: "案卷", en: "Case" },
  tabEvents: { zh: "事件", en: "Events" },
  tabPhotos: { zh: "照片", en: "Photos" },
  tabIntegrity: { zh: "核验", en: "Integrity" },
  jumpByPoint: { zh: "按要点跳转", en: "Jump by checklist point" },
  notAnswered: { zh: "没有填写", en: "not answered" },
  noMoment: { zh: "不在录制中", en: "not while recording" },
  conclusion: { zh: "结论与签署", en: "Conclusion and signatures" },
  noConclusion: { zh: "还没有结论", en: "No conclusion yet" },
  oneSignature: { zh: "只有一位审查员签署，结论没有成立", en: "Only one reviewer has signed: no conclusion" },
  differ: { zh: "签署的结果不一致，结论没有成立", en: "The signed results differ: no conclusion" },
  noReason: { zh: "没有写理由", en: "No reason given" },
  noSeals: { zh: "还没有封存", en: "Not sealed yet" },
  admission: { zh: "准入决定", en: "Admission" },
  admitted: { zh: "可以远程踏勘", en: "Admitted to a remote survey" },
  onSite: { zh: "须现场踏勘", en: "To be surveyed on site" },
  refused: { zh: "不予受理", en: "Refused" },
  policy: { zh: "所依规则的摘要", en: "Digest of the policy" },
  place: { zh: "登记地点", en: "Registered place" },
  within: (m: string): Text => ({ zh: `半径 ${m} 米`, en: `within ${m} m` }),
  coverage: { zh: "录制情况", en: "Coverage" },
  covered: (time: string): Text => ({ zh: `录到 ${time}`, en: `${time} recorded` }),
  coverageLead: {
    zh: "在场且没有自行关闭的时间里，录到的百分比。",
    en: "Percent recorded of the time in which the person was there and had not switched it off.",
  },
  picture: { zh: "画面", en: "picture" },
  sound: { zh: "声音", en: "sound" },
  notSent: { zh: "没有", en: "none" },
  gapAt: (from: string, s: string, what: string, cause: string): Text => ({
    zh: `${from} 起 ${s} 秒，${what}：${cause}`,
    en: `${from} for ${s} s, ${what}: ${cause}`,
  }),
  bothKinds: { zh: "画面和声音", en: "picture and sound" },
  noGaps: { zh: "没有缺口", en: "no gaps" },
  gaps: (n: number, s: string): Text => ({
    zh: `${n} 处缺口，共 ${s} 秒`,
    en: `${n} ${n === 1 ? "gap" : "gaps"}, ${s} s in all`,
  }),
  eventsEmpty: { zh: "没有事件", en: "No events" },
  jumpTo: (at: string): Text => ({ zh: `跳到 ${at}`, en: `Jump to ${at}` }),

  // export
  export: { zh: "下载证据包", en: "Download the bundle" },
  exporting: { zh: "正在打包……", en: "Packing…" },
  exported: (bytes: string): Text => ({ zh: `证据包已保存（${bytes}）`, en: `The bundle was saved (${bytes})` }),

  exportOpen: { zh: "踏勘结束并封存后可以下载", en: "To be had once the survey has ended and is sealed" },
  exportPending: { zh: "正在封存归档，完成后可以下载", en: "Being sealed and archived; to be had after that" },
  exportNone: { zh: "没有封存的记录，无可下载", en: "Nothing was sealed in this case" },

  // integrity
  integrityTitle: { zh: "完整性 · 在本浏览器内核验", en: "Integrity · verified in this browser" },
  method: { zh: "怎样核验", en: "How this is verified" },
  integrityLead: {
    zh: "逐个取回对象，在您的浏览器里计算 SHA-256，再与档案所记的摘要比较。不采信服务器的说法。",
    en: "Each object is fetched, hashed with SHA-256 in your browser and compared with the record. The server's word is not taken.",
  },
  verify: { zh: "核验全部", en: "Verify everything" },
  verifyAgain: { zh: "重新核验", en: "Verify again" },
  verifying: { zh: "正在核验……", en: "Verifying…" },
  stop: { zh: "停下", en: "Stop" },
  untouched: { zh: "本浏览器还没有核验任何对象。", en: "This browser has not checked anything yet." },
  partly: (n: number, of: number, bytes: string): Text => ({
    zh: `已核验 ${of} 个对象中的 ${n} 个（${bytes}），到此一致。`,
    en: `${n} of ${of} objects checked (${bytes}); they agree so far.`,
  }),
  whole: (n: number, bytes: string): Text => ({
    zh: `${n} 个对象的摘要全部一致（${bytes}）。`,
    en: n === 1 ? `The one object agrees with its digest (${bytes}).` : `All ${n} objects agree with their digests (${bytes}).`,
  }),
  took: (s: string, at: string): Text => ({ zh: `SHA-256，用时 ${s} 秒，${at} 完成`, en: `SHA-256, in ${s} s, finished at ${at}` }),
  broken: (n: number): Text => ({
    zh: `${n} 个对象与所记的摘要不符。请勿采信，并立即报告。`,
    en:
      n === 1
        ? "One object differs from its recorded digest. Do not rely on it; report it."
        : `${n} objects differ from their recorded digests. Do not rely on them; report it.`,
  }),
  outOfReach: (n: number, of: number): Text => ({
    zh: `${of} 个对象中有 ${n} 个没有取到，不能下结论；其余一致。`,
    en: `${n} of ${of} objects could not be fetched, so nothing is concluded; the others agree.`,
  }),
  noCrypto: {
    zh: "这个页面不是安全连接，浏览器不提供计算摘要的功能。请用 https 打开。",
    en: "This page is not on a secure connection, so the browser offers no hashing. Open it over https.",
  },
  nothingToCheck: { zh: "这份档案里没有可核验的对象。", en: "This file holds nothing to verify." },
  shouldBe: { zh: "应为", en: "should be" },
  is: { zh: "实为", en: "is" },
  exhibitInit: (name: string): Text => ({ zh: `${name} · 录像开头`, en: `${name} · start of recording` }),
  exhibitMedia: (name: string, at: string): Text => ({ zh: `${name} · 录像 ${at}`, en: `${name} · recording at ${at}` }),
  exhibitPhoto: (name: string): Text => ({ zh: `照片 ${name}`, en: `photo ${name}` }),
  countMedia: (n: number, of: number): Text => ({ zh: `录像：${of} 个对象中的 ${n} 个`, en: `Recording: ${n} of ${of} objects` }),
  countPhotos: (n: number, of: number): Text => ({ zh: `照片：${of} 张中的 ${n} 张`, en: `Photos: ${n} of ${of}` }),
  countBytes: (some: string, all: string): Text => ({ zh: `${all} 中的 ${some}`, en: `${some} of ${all}` }),
  notCovered: {
    zh: "这里只核对摘要。要不依靠这个页面再核对一遍，请下载证据包，解压后对其文件夹运行 bagit.py --validate。",
    en: "This checks digests only. To check them without this page, download the bundle, unzip it and run bagit.py --validate on its folder.",
  },
} as const;

const CAUSES: Record<string, Text> = {
  not_here: { zh: "不在线", en: "not in the survey" },
  unexplained: { zh: "原因没有记录", en: "no cause was recorded" },
  sound_only: { zh: "只有声音", en: "sound only" },
  mute: { zh: "本人关闭", en: "switched off by the person" },
  left: { zh: "离开", en: "left" },
  lost: { zh: "断网", en: "connection lost" },
  network: { zh: "网络中断", en: "network away" },
  disconnected: { zh: "断开后重新接通", en: "disconnected, then connected again" },
  hidden: { zh: "页面在后台，手机关着摄像头", en: "page in background, camera off" },
  camera_taken: { zh: "摄像头被来电或其他应用占用", en: "camera taken by a call or another app" },
  microphone_taken: { zh: "麦克风被来电或其他应用占用", en: "microphone taken by a call or another app" },
  loss: { zh: "网络丢包", en: "packets lost" },
  silent: { zh: "没有数据到达", en: "nothing arrived" },
  replaced: { zh: "换了页面", en: "went on in another page" },
  ended: { zh: "已离开", en: "left" },
  closed: { zh: "关闭了页面", en: "page closed" },
  server_restart: { zh: "服务器重启", en: "server restarted" },
  disk_full: { zh: "服务器磁盘已满，没有录下", en: "server's disk full, not recorded" },
};

/** A gap's cause in words; one this client does not know is shown as it was written. */
export function causeText(cause: string): Text {
  return CAUSES[cause] ?? { zh: cause, en: cause };
}
