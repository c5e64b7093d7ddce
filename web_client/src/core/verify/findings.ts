/** What is wrong with a bundle, as it is met. */

import type { Text } from "../wire.gen";

export type Result = "verified" | "consistent, signer unchecked" | "refused";

/** One thing that is not as it must be. */
export interface Problem {
  /** Path inside the bag; for the zip as a whole, the name it was given. */
  readonly file: string;
  /** What follows the file's name in a sentence. */
  readonly problem: Text;
}

/** A piece that can't be read on. Says why in words. */
export class Refusal extends Error {
  constructor(readonly said: Text) {
    super(said.en);
  }
}

const LOOKED_BACK = 8;

export class Findings {
  readonly problems: Problem[] = [];

  /** The same problem only once. What a page would not show comes from whoever made the file. */
  add(file: string, problem: Text): void {
    const found = { file: printable(file), problem: { zh: printable(problem.zh), en: printable(problem.en) } };
    const met = this.problems.slice(-LOOKED_BACK).some((one) => one.file === found.file && one.problem.en === found.problem.en);
    if (!met) this.problems.push(found);
  }
}

/** Without controls, marks that turn the writing round, and spaces that are not a plain one. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]/gu, (char) => (char === " " ? char : "\ufffd"));
}
