import { useState } from "preact/hooks";
import { useApp } from "../app";

/** A second press within this time is the second half of a double click. */
const DOUBLE_CLICK_MS = 1_000;

/**
 * For a message over the line: it is answered by the survey as it then is, or by a fault. Busy from `begin` until either
 * comes, and for a double click's time at least; while busy `begin` says no.
 */
export function useUnderWay(): { readonly busy: boolean; readonly begin: () => boolean } {
  const { state } = useApp();
  const [since, setSince] = useState<{ survey: unknown; faults: unknown } | null>(null);
  const [rested, setRested] = useState(true);
  const { survey, faults } = { survey: state.survey.value, faults: state.faults.value };
  const waits = since !== null && since.survey === survey && since.faults === faults;
  const busy = waits || !rested;
  const begin = (): boolean => {
    if (busy) return false;
    setSince({ survey, faults });
    setRested(false);
    setTimeout(() => setRested(true), DOUBLE_CLICK_MS);
    return true;
  };
  return { busy, begin };
}
