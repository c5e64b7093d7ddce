/**
 * The page's part in a draw by lot: what it checks before it reveals its number, and what it signs
 * (survey_server/survey/draw.py says why nobody can steer the result). Loaded when a draw is on.
 */
import { readCanonical } from "./verify/canonical";
import { encoded, fromBase64, type Bytes } from "./verify/bytes";
import { leafHash, verifyInclusion } from "./verify/merkle";
import { readCheckpoint, splitNote } from "./verify/notes";
import type { RevealWanted } from "./wire.gen";

const RULE = "takan-draw-1";

/** What to sign once list and case are seen to be in the ledger's checkpoint; null where that does not fit. */
export function toSign(survey: string, wanted: RevealWanted): Bytes | null {
  try {
    const body = splitNote(wanted.note).text;
    const checkpoint = readCheckpoint(body);
    const leaf = encoded(wanted.leaf);
    const says = readCanonical(leaf);
    const path = wanted.path.map(fromBase64);
    if (says === null || typeof says !== "object" || !("survey" in says) || says["survey"] !== survey || says["sha256"] !== wanted.commitment) return null;
    if (!path.every((step) => step !== null)) return null;
    if (!verifyInclusion(wanted.index, checkpoint.size, leafHash(leaf), path, checkpoint.root)) return null;
    return encoded(`${RULE}\n${survey}\n${wanted.draw}\n${wanted.commitment}\n${body}`);
  } catch {
    return null; // not written as a checkpoint or an entry is
  }
}
