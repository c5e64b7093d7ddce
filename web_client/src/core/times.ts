/** Times and sizes as figures. Words round them belong to `text/`. */

/** `m:ss`, or `h:mm:ss` from an hour on. Negative counts as zero. */
export function clock(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(all / 3600);
  const m = Math.floor(all / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(all % 60)}` : `${two(m)}:${two(all % 60)}`;
}

/** How long a video is, to the second: one of half a second is not of none. */
export function lengthOf(seconds: number): string {
  return clock(Math.max(1, Math.round(seconds)));
}

/** Bytes in decimal units, one figure after the point from a megabyte on. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}
