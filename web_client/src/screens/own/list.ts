/** An officer's list: fetched when the page opens, and again on demand. */

import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../../core/problems";
import type { Problem } from "../../core/wire.gen";

export type Listed<T> = {
  readonly all: readonly T[];
  readonly setAll: (all: readonly T[]) => void;
  readonly problem: Problem | null;
  readonly load: () => void;
};

export function useList<T>(fetched: () => Promise<readonly T[]>): Listed<T> {
  const [all, setAll] = useState<readonly T[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = (): void => {
    setProblem(null);
    fetched().then(setAll, (fault: unknown) => setProblem(problemOf(fault)));
  };
  useEffect(load, []);
  return { all, setAll, problem, load };
}
