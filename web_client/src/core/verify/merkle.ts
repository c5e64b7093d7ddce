/** Merkle trees of a transparency log (RFC 6962 section 2.1; RFC 9162 section 2.1.3.2 for verifying). */

import { sha256 } from "@noble/hashes/sha2.js";
import { joined, same, type Bytes } from "./bytes";

export const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The hash of one entry. */
export function leafHash(leaf: Bytes): Bytes {
  return sha256(joined([LEAF, leaf]));
}

/** The hash of two subtrees side by side. */
export function nodeHash(left: Bytes, right: Bytes): Bytes {
  return sha256(joined([NODE, left, right]));
}

/** Is the leaf with this hash entry `index` of the tree with this size and root? Numbers may pass 2**31. */
export function verifyInclusion(index: number, size: number, leaf: Bytes, path: readonly Bytes[], root: Bytes): boolean {
  if (!(index >= 0 && index < size)) return false;
  let at = index;
  let last = size - 1;
  let found = leaf;
  for (const step of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      found = nodeHash(step, found);
      while (at % 2 === 0 && at > 0) {
        at /= 2;
        last = Math.floor(last / 2);
      }
    } else found = nodeHash(found, step);
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(found, root);
}
