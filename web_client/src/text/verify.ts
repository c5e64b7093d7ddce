/** The sentences of verify.html, each in both languages. What can be wrong with a bundle is in core/verify/faults. */

import type { Text } from "../core/wire.gen";

const many = (n: number, one: string, more: string): string => `${n.toLocaleString("en-GB")} ${n === 1 ? one : more}`;

export const verifying = {
  title: { zh: "核验证据包", en: "Verify a bundle" },
  lead: {
    zh: "文件不离开这台设备：本页不使用网络，可以保存到本机、断网打开。",
    en: "The file stays on this device: this page uses no network. Save it and open it offline, if you like.",
  },

  bundle: { zh: "证据包", en: "The bundle" },
  choose: { zh: "选择证据包（zip）", en: "Choose the bundle (zip)" },
  orDrop: { zh: "也可以把文件拖到页面上", en: "or drop it on this page" },
  chooseOther: { zh: "另选一个", en: "Choose another" },

  keys: { zh: "验证公钥", en: "Verifier keys" },
  keysLead: {
    zh: "从主管部门公布处取得，每行一个。不要用随证据包一起送来的公钥。没有公钥，就核不出是谁签的名。",
    en: "As the bureau publishes them, one a line. Don't take them from whoever gave you the bundle. Without a key nobody can tell who signed it.",
  },
  keysExample: { zh: "名称+编号+公钥", en: "name+id+key" },
  keysFile: { zh: "从文件读取", en: "Read from a file" },
  keyGood: (name: string, id: string): Text => ({ zh: `${name}（编号 ${id}）`, en: `${name} (id ${id})` }),

  verify: { zh: "核验", en: "Verify" },
  verifyAgain: { zh: "再核验一次", en: "Verify again" },
  verifyWithoutKey: { zh: "不用公钥核验", en: "Verify without a key" },
  progress: (percent: number): Text => ({ zh: `正在核验，${percent}%`, en: `Verifying, ${percent} %` }),
  stop: { zh: "停下", en: "Stop" },
  print: { zh: "打印结果", en: "Print the result" },

  verified: { zh: "核验通过", en: "Verified" },
  verifiedLead: {
    zh: "签名出自您给出的公钥；包中每个字节都与所签的内容相符。",
    en: "Signed with a key that you gave; every byte of the bundle follows from what was signed.",
  },
  consistent: { zh: "前后一致，签名者未核对", en: "Consistent, signer unchecked" },
  consistentLead: {
    zh: "包中内容互相吻合，但没有公钥，无法知道是谁签的名。任何人都可以编造出这样的包。",
    en: "The bundle agrees with itself, but without a key nothing says who signed it. Anybody could have made up such a bundle.",
  },
  refused: { zh: "核验不通过", en: "Refused" },
  refusedLead: (n: number): Text => ({
    zh: `发现 ${n} 处问题。不要采信这个包，包中内容因此也不在此显示。`,
    en: `${many(n, "problem", "problems")}. Don't rely on this bundle; what it says is therefore not shown here.`,
  }),
  unreadable: { zh: "文件读不出来", en: "The file can't be read" },
  unreadableLead: {
    zh: "它可能被移动、改动或拔走了。请重新选择。",
    en: "It may have been moved, changed or taken away. Choose it again.",
  },
  problems: { zh: "问题", en: "Problems" },
  moreProblems: (n: number): Text => ({ zh: `另有 ${n} 处问题`, en: `and ${many(n, "more problem", "more problems")}` }),

  facts: { zh: "核验情况", en: "The examination" },
  signedBy: { zh: "签名者", en: "Signed by" },
  signedBySelf: { zh: "自称的签名者（未核对）", en: "Says it is signed by (unchecked)" },
  log: { zh: "账本", en: "Ledger" },
  logOf: (origin: string, size: number): Text => ({ zh: `${origin}，截至第 ${size} 条`, en: `${origin}, at ${many(size, "entry", "entries")}` }),
  entries: { zh: "本次踏勘的条目", en: "Entries of the survey" },
  entriesUntil: (n: number, until: string): Text => ({ zh: `${n} 条，最新一条登记于 ${until}`, en: `${n}, the newest entered ${until}` }),
  survey: { zh: "踏勘编号", en: "Survey" },
  stamp: { zh: "时间戳", en: "Timestamp" },
  stampOf: (at: string, authority: string): Text => ({ zh: `不晚于 ${at}，${authority}`, en: `no later than ${at}, by ${authority}` }),
  stampRoot: (root: string, fingerprint: string): Text => ({
    zh: `根证书 ${root}，SHA-256 指纹 ${fingerprint}`,
    en: `Root certificate ${root}, SHA-256 fingerprint ${fingerprint}`,
  }),
  payload: { zh: "包中内容", en: "Contents" },
  payloadOf: (files: number, size: string): Text => ({ zh: `${files} 个文件，${size}`, en: `${many(files, "file", "files")}, ${size}` }),
  file: { zh: "核验的文件", en: "File examined" },
  fileOf: (name: string, bytes: number): Text => ({ zh: `${name}（${bytes} 字节）`, en: `${name} (${many(bytes, "byte", "bytes")})` }),
  examined: { zh: "核验时间", en: "Examined" },
  examinedAt: (at: string, seconds: string): Text => ({ zh: `${at}，用时 ${seconds} 秒`, en: `${at}, in ${seconds} s` }),

  about: { zh: "档案内容", en: "What the record says" },
  aboutLead: {
    zh: "以下出自封存清单的原文。核验证明它们未被改动，不证明当事人所说属实。",
    en: "In the words of the seals. Verifying shows that nobody changed them, not that what people said is true.",
  },
  caseNo: { zh: "案号", en: "Case" },
  subject: { zh: "申请主体", en: "Subject" },
  item: { zh: "事项", en: "Item" },
  place: { zh: "登记地点", en: "Registered place" },
  placeOf: (lat: string, lon: string, radius: number, datum: string): Text => ({
    zh: `${lat}, ${lon}（${datum}），半径 ${radius} 米`,
    en: `${lat}, ${lon} (${datum}), within ${radius} m`,
  }),
  recorded: { zh: "录制", en: "Recorded" },
  span: (from: string, to: string): Text => ({ zh: `${from} 至 ${to}`, en: `${from} to ${to}` }),
  people: { zh: "人员", en: "People" },
  personWas: (from: string, to: string): Text => ({ zh: `${from} 进入，${to} 离开`, en: `joined ${from}, left ${to}` }),
  personJoined: (from: string): Text => ({ zh: `${from} 进入`, en: `joined ${from}` }),
  personOpened: (from: string): Text => ({ zh: `${from} 打开页面，未同意告知`, en: `opened the page ${from}, did not agree to the notice` }),
  personNever: { zh: "没有进入", en: "never joined" },
  consented: { zh: "已同意录制", en: "consented to the recording" },
  seals: { zh: "封存", en: "Seals" },
  sealOf: (number: number, kind: Text, objects: number): Text => ({
    zh: `第 ${number} 次：${kind.zh}，${objects} 个对象`,
    en: `${number}: ${kind.en}, ${many(objects, "object", "objects")}`,
  }),
  photos: { zh: "照片", en: "Photos" },
  noneReceived: { zh: "没有", en: "none" },
  photosOf: (n: number): Text => ({ zh: `${n} 张`, en: many(n, "photo", "photos") }),
  videos: { zh: "视频", en: "Videos" },
  videosOf: (n: number): Text => ({ zh: `${n} 段`, en: many(n, "video", "videos") }),
  coverage: { zh: "录制情况", en: "Coverage" },
  coverageOf: (percent: string, gaps: number, seconds: string): Text =>
    gaps === 0
      ? { zh: `录到 ${percent}%，没有缺口`, en: `${percent} % recorded, no gaps` }
      : { zh: `录到 ${percent}%，${gaps} 处缺口共 ${seconds} 秒`, en: `${percent} % recorded, ${many(gaps, "gap", "gaps")} of ${seconds} s in all` },
  conclusion: { zh: "结论", en: "Conclusion" },
  noConclusion: { zh: "没有", en: "none" },

  checked: { zh: "核对了什么", en: "What was checked" },
  checkedList: [
    {
      zh: "zip 和档案袋只有唯一的写法：没有多余、缺少或改动的字节；每个文件的 SHA-256 和 SHA-512 与清单相符。",
      en: "The zip and the bag in it have their one form, no byte more, less or other; every file has the SHA-256 and SHA-512 that the manifests say.",
    },
    {
      zh: "每个文件都由账本中的一个条目以 SHA-256 和 SM3 登记；本次踏勘的条目首尾相连，没有缺号。",
      en: "Every file is entered in the ledger by its SHA-256 and SM3; the survey's entries are a chain without a hole.",
    },
    { zh: "每个条目都以 Merkle 证明确属检查点所述的账本。", en: "Every entry is proven (Merkle tree) to be in the ledger that the checkpoint states." },
    {
      zh: "封存依次相连，最新的封存所列的对象全部在包中。",
      en: "The seals name each other in order, and every object they list is in the bundle.",
    },
  ] satisfies Text[],
  checkedSigner: { zh: "检查点的 Ed25519 签名出自您给出的公钥。", en: "The checkpoint's Ed25519 signature is by keys that you gave." },
  uncheckedSigner: {
    zh: "签名者：检查点的签名只与包中自带的公钥相符，那证明不了什么。",
    en: "The signer: the checkpoint's signature fits only the key in the bundle itself, which proves nothing.",
  },
  notChecked: { zh: "没有核对什么", en: "What was not checked" },
  notCheckedList: [
    {
      zh: "账本之后是否还有本次踏勘的条目：较早导出的包仍然为真，只是较短。",
      en: "Whether the ledger has later entries of this survey: an earlier, shorter export stays a true one.",
    },
    { zh: "公钥是否真的属于主管部门：由您从公布处确认。", en: "Whether the keys are the bureau's: that is for you to make sure of where it publishes them." },
    {
      zh: "登记前发生了什么：登记之后未被改动，不等于镜头前的一切属实。",
      en: "What happened before it was entered: unchanged since does not mean that all that the camera saw was genuine.",
    },
  ] satisfies Text[],
  notCheckedTime: {
    zh: "时间：各项时间是节点自己的时钟所记，包中没有时间戳机构的证明。",
    en: "Times: they are by the node's own clock; the bundle has no token of a timestamp authority.",
  },
  checkedStamp: {
    zh: "检查点有时间戳（RFC 3161），签名和证书链成立。",
    en: "The checkpoint has a timestamp (RFC 3161) whose signature and chain of certificates hold.",
  },
  notCheckedStamp: {
    zh: "时间戳机构是否可信：请将上面的根证书指纹与该机构公布的核对。证书是否被吊销没有查询。",
    en: "Whether the timestamp authority is a true one: compare its root's fingerprint above with what it publishes. Revocation was not looked up.",
  },
  ownPage: {
    zh: "请使用从主管部门网址保存的本页，不要使用随证据包送来的页面。",
    en: "Use this page as saved from the bureau's own address, never one that came with a bundle.",
  },
} as const;

export const ROLES: Readonly<Record<string, Text>> = {
  applicant: { zh: "申请人", en: "applicant" },
  reviewer: { zh: "审查员", en: "reviewer" },
  expert: { zh: "专家", en: "expert" },
  auditor: { zh: "审计员", en: "auditor" },
};
export const SEAL_KINDS: Readonly<Record<string, Text>> = {
  recording: { zh: "录制封存", en: "recording" },
  case: { zh: "案件封存", en: "case" },
  addendum: { zh: "补充封存", en: "addendum" },
};
export const VERDICTS: Readonly<Record<string, (n: number) => Text>> = {
  accepted: (n) => ({ zh: `${n} 个通过`, en: `${n} accepted` }),
  needs_review: (n) => ({ zh: `${n} 个须核对`, en: `${n} to be reviewed` }),
  rejected: (n) => ({ zh: `${n} 个不通过`, en: `${n} rejected` }),
};
export const TRACKS: Readonly<Record<string, Text>> = {
  video: { zh: "画面", en: "picture" },
  audio: { zh: "声音", en: "sound" },
};
export const CONCLUSIONS: Readonly<Record<string, Text>> = {
  pass: { zh: "通过", en: "pass" },
  rectify: { zh: "限期整改", en: "to be rectified" },
  refer_on_site: { zh: "转现场踏勘", en: "referred to a survey on site" },
  not_pass: { zh: "不通过", en: "not passed" },
};
/** A code in words; one this page does not know is shown as it was written. */
export function coded(words: Readonly<Record<string, Text>>, code: string): Text {
  return Object.hasOwn(words, code) ? (words[code] as Text) : { zh: code, en: code };
}
