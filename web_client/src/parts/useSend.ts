/** One request at a time to the server, and what came of it: for a form's button and its problem card. */

import { useState } from "preact/hooks";
import { problemOf } from "../core/problems";
import type { Problem } from "../core/wire.gen";

export type Sending = {
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly send: <T>(request: Promise<T>, onDone?: (answer: T) => void) => void;
};

export function useSend(): Sending {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = <T>(request: Promise<T>, onDone?: (answer: T) => void): void => {
    setBusy(true);
    setProblem(null);
    request.then(onDone, (fault: unknown) => setProblem(problemOf(fault))).finally(() => setBusy(false));
  };
  return { busy, problem, send };
}
