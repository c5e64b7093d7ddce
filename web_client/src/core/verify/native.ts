/** What the system does faster, or knows more of, than a script. */

import type { Bytes } from "./bytes";
import type { CheckSignature, HashName } from "./certificates";

export interface Native {
  /** The digest of bytes that are all there. They may not change meanwhile. */
  digest(hash: HashName, bytes: Bytes): Promise<Bytes>;
  readonly check: CheckSignature;
}
