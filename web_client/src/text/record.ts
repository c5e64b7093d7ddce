/** The survey's record: where it is to be had, and the applicant's word that they have read it. */
import type { Text } from "../core/wire.gen";

export const record = {
  title: { zh: "踏勘笔录", en: "Record of the survey" },
  making: { zh: "正在生成踏勘笔录，请稍候。", en: "The record is being written. Please wait." },
  archiving: { zh: "正在归档", en: "being archived" },
  zh: { zh: "下载中文版（PDF）", en: "Download in Chinese (PDF)" },
  en: { zh: "下载英文版（PDF）", en: "Download in English (PDF)" },
  fetching: { zh: "正在下载…", en: "Downloading…" },
  acknowledged: (at: string): Text => ({ zh: `申请人 ${at} 确认已阅知`, en: `The applicant confirmed having read it, ${at}` }),
  notAcknowledged: { zh: "申请人尚未确认阅知", en: "The applicant has not confirmed having read it" },
  ask: { zh: "请阅读结论和笔录，然后确认。", en: "Please read the conclusion and the record, then confirm." },
  noSignature: { zh: "确认只表示您已看到，不是签名，也不表示同意。", en: "It only says that you have seen it. It is no signature and no consent." },
  read: { zh: "我已阅知", en: "I have read it" },
  done: (at: string): Text => ({ zh: `您已于 ${at} 确认阅知，已记录在案。`, en: `You confirmed having read it, ${at}. It is on record.` }),
  digests: { zh: "核对码（SHA-256）", en: "Digests (SHA-256)" },
  ofZh: { zh: "笔录（中文）", en: "Record, Chinese" },
  ofEn: { zh: "笔录（英文）", en: "Record, English" },
  ofSeal: { zh: "首次封存", en: "First seal" },
} as const;
