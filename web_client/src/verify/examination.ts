/** What the person has put before the page, and the examination of it. */

import { computed, signal } from "@preact/signals";
import { Refusal } from "../core/verify/findings";
import { readKey, sameKey, type VerifierKey } from "../core/verify/notes";
import { verify, type Report } from "../core/verify/verify";
import type { Source } from "../core/verify/zipped";
import { native } from "../device/native";
import type { Text } from "../core/wire.gen";

/** A line of the keys' field, read. */
export type KeyLine = { readonly key: VerifierKey } | { readonly wrong: Text; readonly line: string };

export type Answer =
  | { readonly is: "report"; readonly report: Report; readonly file: string; readonly bytes: number; readonly at: Date; readonly seconds: number }
  /** The browser could not read the file: moved, changed or taken away meanwhile. */
  | { readonly is: "unreadable"; readonly file: string };

/** More can't be a list of keys. */
const LARGEST_KEYS = 1 << 16;

class Stopped extends Error {}

/** A file on disk; no more of it is in memory than is asked for. */
function sourceOf(file: File): Source {
  return { name: file.name, size: file.size, read: async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer()) };
}

export class Examination {
  readonly bundle = signal<File | null>(null);
  readonly keyText = signal("");
  readonly answer = signal<Answer | null>(null);
  /** Of the examination that is going on, from 0 to 1; null when none is. */
  readonly progress = signal<number | null>(null);

  readonly keys = computed<readonly KeyLine[]>(() => linesOf(this.keyText.value).map(keyLine));
  readonly ready = computed(() => this.bundle.value !== null && this.keys.value.every((line) => "key" in line));
  #run = 0;

  /** Take a bundle to examine, or null to put it away. */
  choose(file: File | null): void {
    this.stop();
    this.bundle.value = file;
    this.answer.value = null;
  }

  writeKeys(text: string): void {
    this.stop();
    this.keyText.value = text;
    this.answer.value = null;
  }

  /** Add the lines of a file of keys, if it can be one. */
  async addKeys(file: File): Promise<void> {
    if (file.size > LARGEST_KEYS) return;
    const lines = [...linesOf(this.keyText.value), ...linesOf(await file.text())];
    this.writeKeys(`${[...new Set(lines)].join("\n")}\n`);
  }

  /** Take what was dropped on the page: zips are bundles, the rest keys. */
  async drop(files: readonly File[]): Promise<void> {
    for (const file of files) {
      if (/\.zip$/i.test(file.name) || file.size > LARGEST_KEYS) this.choose(file);
      else await this.addKeys(file);
    }
  }

  async examine(): Promise<void> {
    const file = this.bundle.value;
    if (!file || !this.ready.value) return;
    const run = ++this.#run;
    const keys = this.keys.value.flatMap((line) => ("key" in line ? [line.key] : []));
    const began = performance.now();
    this.answer.value = null;
    this.progress.value = 0;
    const told = (done: number, whole: number): void => {
      if (run !== this.#run) throw new Stopped();
      this.progress.value = done / whole;
    };
    let answer: Answer;
    try {
      const report = await verify(sourceOf(file), keys, native, told);
      answer = { is: "report", report, file: file.name, bytes: file.size, at: new Date(), seconds: (performance.now() - began) / 1000 };
    } catch (fault) {
      if (fault instanceof Stopped) return;
      if (!(fault instanceof DOMException)) throw fault;
      answer = { is: "unreadable", file: file.name };
    }
    if (run !== this.#run) return;
    this.progress.value = null;
    this.answer.value = answer;
  }

  stop(): void {
    this.#run += 1;
    this.progress.value = null;
  }
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function keyLine(line: string, at: number, all: readonly string[]): KeyLine {
  try {
    return { key: readKey(line) };
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    return { wrong: fault.said, line: all[at] as string };
  }
}

/** Was this key among those the person gave? */
export function isGiven(key: VerifierKey, lines: readonly KeyLine[]): boolean {
  return lines.some((line) => "key" in line && sameKey(line.key, key));
}
