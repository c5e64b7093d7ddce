/** Failures of a request, as words for the person. The server's own words win; these are for when it has none. */
import type { Problem, Text } from "./wire.gen";

function problem(type: string, status: number, title: Text, detail: Text): Problem {
  return { type: `takan:${type}`, status, title, detail };
}

/** No answer at all: no network, or the server is away. */
export const UNREACHABLE: Problem = problem(
  "unreachable",
  0,
  { zh: "暂时连不上服务器", en: "The server cannot be reached" },
  { zh: "请检查手机网络，然后再试一次。", en: "Check this device's network, then try again." },
);

const BY_STATUS: Readonly<Record<number, readonly [Text, Text]>> = {
  401: [
    { zh: "这次会话已失效", en: "This session is no longer valid" },
    { zh: "请重新打开短信里的链接。", en: "Open the link from your message again." },
  ],
  404: [
    { zh: "找不到这个链接", en: "This link is not known here" },
    { zh: "请从短信里完整地打开链接，或联系审查员重新发送。", en: "Open the whole link from your message, or ask the reviewer for a new one." },
  ],
  409: [
    { zh: "链接已被使用", en: "This link has been used" },
    { zh: "它已在另一台设备或浏览器上打开。请在那里继续，或请审查员重新发送。", en: "It was opened on another device or browser. Go on there, or ask the reviewer for a new one." },
  ],
  410: [
    { zh: "链接已过期", en: "This link has expired" },
    { zh: "请联系审查员重新发送。", en: "Ask the reviewer for a new one." },
  ],
  413: [
    { zh: "文件太大", en: "The file is too large" },
    { zh: "一张照片最多 30 MB。", en: "One photo may have at most 30 MB." },
  ],
  429: [
    { zh: "请求太频繁", en: "Too many requests" },
    { zh: "请等一会儿再试。", en: "Wait a moment, then try again." },
  ],
};

/** Words for a status without a readable body. */
export function problemOfStatus(status: number): Problem {
  const [title, detail] = BY_STATUS[status] ?? [
    { zh: "没有成功", en: "That did not work" },
    { zh: `服务器没能完成请求（${status}）。请过一会儿再试。`, en: `The server could not do it (${status}). Try again in a moment.` },
  ];
  return problem(`status-${status}`, status, title, detail);
}

function isText(value: unknown): value is Text {
  const text = value as Partial<Text> | null;
  return typeof text?.zh === "string" && typeof text.en === "string";
}

/** The problem in a response body if it is one (RFC 9457 with two languages), else words for the status. */
export function problemOfBody(status: number, body: unknown): Problem {
  const said = body as Partial<Problem> | null;
  return typeof said === "object" && said !== null && isText(said.title) && isText(said.detail)
    ? { type: String(said.type ?? "about:blank"), status, title: said.title, detail: said.detail }
    : problemOfStatus(status);
}

/** A request that did not go through, with words for the person. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly problem: Problem;

  constructor(said: Problem) {
    super(`${said.status} ${said.title.en}`);
    this.problem = said;
  }
}

/** Any thrown thing as a problem. */
export function problemOf(thrown: unknown): Problem {
  return thrown instanceof Refusal ? thrown.problem : UNREACHABLE;
}
