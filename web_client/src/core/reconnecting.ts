/** What may be said while the message line is down. */

/** So long must media have outlived the line: a server that is gone takes both, and media's loss is noticed in 2 s. */
const OUTLIVED_MS = 2_500;

/** Does the recording surely go on although the line has been down since `sinceMs`? */
export function recordingGoesOn(sinceMs: number, nowMs: number, mediaFlow: boolean): boolean {
  return mediaFlow && nowMs - sinceMs >= OUTLIVED_MS;
}
