/** SHA-256 and random keys from the browser's own cryptography. */

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 of the bytes, lower-case hex. */
export async function sha256(bytes: BufferSource): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** 32 random bytes, hex. */
export function randomKey(): string {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}
