/**
 * Large files by tus: what has arrived is not sent again, whatever happened to line, page or server in between. The
 * server says which of its uploads this file is, by the digest; the browser need not remember anything.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { DetailedError, Upload } from "tus-js-client";
import { problemOfBody, Refusal, UNREACHABLE } from "../core/problems";
import { Interrupted, type Step } from "../core/uploads";
import type { UploadForm, UploadView } from "../core/wire.gen";
import type { Api } from "./http";

/** One request brings so much: proxies that gather a body before they pass it on need not hold more. */
const CHUNK = 16 * 2 ** 20;
/** Read at once for the digest: some milliseconds of a phone's time, so that the page stays alive. */
const READ_AT_ONCE = 2 ** 20;
/** Without a byte for so long the line is dead, whatever the browser thinks. */
const SILENCE_MS = 45_000;
const LOOK_AGAIN_MS = 500;

export type Resumable = {
  survey: string;
  form: UploadForm;
  bytes: Blob;
  onSent: Step;
  /** Is the line needed for something else now? */
  busy: () => boolean;
};

/** SHA-256 of a file that need not fit into memory, lower-case hex. */
export async function digestOf(bytes: Blob, onRead: (fraction: number) => void, busy: () => boolean): Promise<string> {
  const hash = sha256.create();
  for (let at = 0; at < bytes.size; at += READ_AT_ONCE) {
    if (busy()) throw new Interrupted();
    hash.update(new Uint8Array(await bytes.slice(at, at + READ_AT_ONCE).arrayBuffer()));
    onRead(Math.min(1, (at + READ_AT_ONCE) / bytes.size));
  }
  return bytesToHex(hash.digest());
}

/** Sends a file to its end and waits until the server has made something of it. Throws Refusal or Interrupted. */
export async function sendResumable(api: Api, one: Resumable): Promise<UploadView> {
  const before = await found(api, one, (view) => view.state !== "refused");
  if (before?.state === "done") return before;
  if (before?.state !== "taking") await sent(api, one, before?.path ?? null);
  for (;;) {
    const view = await found(api, one, () => true);
    if (view?.state === "done") return view;
    if (view?.state === "refused" && view.problem) throw new Refusal(view.problem);
    if (!view) throw new Refusal(UNREACHABLE);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** The newest of one's own uploads of this very file, for the same purpose. */
async function found(api: Api, one: Resumable, fits: (view: UploadView) => boolean): Promise<UploadView | undefined> {
  const views = await api.uploads(one.survey);
  return views.findLast((view) => view.size === one.bytes.size && alike(view.form, one.form) && fits(view));
}

/** Times and positions may differ: a page that was reloaded says them anew. */
function alike(one: UploadForm, other: UploadForm): boolean {
  const said = ({ photo, video }: UploadForm): string =>
    JSON.stringify(photo ? [photo.sha256, photo.channel, photo.nonce ?? null, photo.point ?? null] : [video?.sha256]);
  return said(one) === said(other);
}

function sent(api: Api, one: Resumable, url: string | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let silence: ReturnType<typeof setTimeout> | undefined;
    const over = (end: () => void): void => {
      clearTimeout(silence);
      end();
    };
    const giveUp = (why: Error): void => over(() => void upload.abort().then(() => reject(why), () => reject(why)));
    const heard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => giveUp(new Refusal(UNREACHABLE)), SILENCE_MS);
      if (one.busy()) giveUp(new Interrupted());
    };
    const upload = new Upload(one.bytes, {
      endpoint: api.uploadsAddress(one.survey),
      uploadUrl: url,
      chunkSize: CHUNK,
      retryDelays: null,
      storeFingerprintForResuming: false,
      metadata: { facts: JSON.stringify(one.form) },
      headers: { Authorization: `Bearer ${api.session ?? ""}` },
      onProgress: (done, all) => {
        one.onSent(all > 0 ? done / all : 0);
        heard();
      },
      onSuccess: () => over(resolve),
      onError: (error) => over(() => reject(refusalOf(error))),
    });
    heard();
    upload.start();
  });
}

function refusalOf(error: Error): Refusal {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response || response.getStatus() === 0) return new Refusal(UNREACHABLE);
  return new Refusal(problemOfBody(response.getStatus(), parsed(response.getBody())));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
