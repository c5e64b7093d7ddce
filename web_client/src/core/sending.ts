/** Which codec this device sends its picture with, where the offer's own order would not do. */

/**
 * Must this browser not send H.264? WebKit of iOS 15.1 crashes when it encodes it (mended in 15.2); every iOS browser
 * is WebKit. An iPad may call itself a Mac: the version then tells, and for the Mac of that version VP8 is no loss.
 */
export function avoidsH264(userAgent: string): boolean {
  if (/\b(?:iPhone|iPad|iPod)\b.*\bOS 15_1(?:_\d+)?\b/.test(userAgent)) return true;
  return /\bMacintosh\b.*\bVersion\/15\.1(?:\.\d+)? Safari\b/.test(userAgent);
}

/**
 * An offer as if the server had left H.264 out of the m-line `mid`, so that neither answer nor encoder can choose it.
 * Unchanged if nothing else would be left.
 */
export function withoutH264(sdp: string, mid: string): string {
  const sections = sdp.split(/^(?=m=)/m);
  return sections.map((section) => (mediaIdOf(section) === mid ? thinned(section) : section)).join("");
}

/**
 * An answer that asks for lost packets of sound again (RFC 4585), as the server's offer allows: browsers do so for
 * pictures by themselves, for sound only when told.
 */
export function repairingSound(sdp: string): string {
  return sdp.replaceAll(/^a=rtpmap:(\d+) opus\/48000\/2\r\n/gim, (line, type: string) =>
    new RegExp(`^a=rtcp-fb:${type} nack\\s*$`, "m").test(sdp) ? line : `${line}a=rtcp-fb:${type} nack\r\n`,
  );
}

function mediaIdOf(section: string): string | null {
  return /^a=mid:(\S+)/m.exec(section)?.[1] ?? null;
}

function thinned(section: string): string {
  const gone = new Set([...section.matchAll(/^a=rtpmap:(\d+) H264\/90000/gim)].map((found) => found[1] ?? ""));
  // Retransmissions of what is gone go with it (RFC 4588: `apt` names the payload type they repair).
  for (const [, rtx, apt] of section.matchAll(/^a=fmtp:(\d+) .*\bapt=(\d+)/gm)) if (rtx && apt && gone.has(apt)) gone.add(rtx);
  const kept = payloadTypes(section).filter((type) => !gone.has(type));
  const codec = kept.some((type) => /^(?:VP8|VP9|AV1)\//i.test(nameOf(section, type)));
  if (gone.size === 0 || !codec) return section;
  return section
    .split("\r\n")
    .filter((line) => !gone.has(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/.exec(line)?.[1] ?? ""))
    .map((line) => (line.startsWith("m=") ? [...line.split(" ").slice(0, 3), ...kept].join(" ") : line))
    .join("\r\n");
}

function payloadTypes(section: string): string[] {
  return (/^m=.*$/m.exec(section)?.[0] ?? "").trimEnd().split(" ").slice(3);
}

function nameOf(section: string, type: string): string {
  return new RegExp(`^a=rtpmap:${type} (\\S+)`, "m").exec(section)?.[1] ?? "";
}
