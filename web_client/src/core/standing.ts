/** How a person stands in the call: what keeps them from being seen or heard, in the order in which to say it. */
import type { Interrupted, ParticipantView } from "./wire.gen";

export type Interruption = Interrupted["what"];

/**
 * `connecting`: not in the call yet; `reconnecting`: they were, and are being brought back; `resting`: our own network is
 * too narrow for their picture, their sound goes on.
 */
export type Standing = "connecting" | "reconnecting" | Interruption | "resting";

const ORDER: readonly Interruption[] = ["hidden", "camera_taken", "microphone_taken"];

/**
 * `met`: who was connected since this page looks on; `resting`: whose pictures the server holds back from us. Nothing for
 * a person who is away: that says it all.
 */
export function standings(person: ParticipantView, met: ReadonlySet<string>, resting: ReadonlySet<string>): Standing[] {
  if (!person.present) return [];
  const away: Standing[] = person.connected ? [] : [met.has(person.id) ? "reconnecting" : "connecting"];
  const held: Standing[] = resting.has(person.id) && person.video ? ["resting"] : [];
  return [...away, ...ORDER.filter((one) => person.interruptions.includes(one)), ...held];
}

/** Who was connected, after one more look. */
export function metIn(met: ReadonlySet<string>, participants: readonly ParticipantView[]): ReadonlySet<string> {
  const fresh = participants.filter((one) => one.connected && !met.has(one.id));
  return fresh.length === 0 ? met : new Set([...met, ...fresh.map((one) => one.id)]);
}

/** May media of somebody other than `me` be due now? */
export function mediaDue(participants: readonly ParticipantView[], me: string | null): boolean {
  return participants.some((one) => one.id !== me && one.present && one.connected && (one.audio || one.video) && one.interruptions.length === 0);
}
