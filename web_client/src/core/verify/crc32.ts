/** CRC-32 as zip files have it (ISO 3309, reflected polynomial EDB88320). */

import type { Bytes } from "./bytes";

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The checksum of what had the checksum `before` and these bytes after it. */
export function crc32(bytes: Bytes, before = 0): number {
  let value = ~before;
  for (let at = 0; at < bytes.length; at++) value = (TABLE[(value ^ (bytes[at] as number)) & 0xff] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
