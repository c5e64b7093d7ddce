/** Whether the recording light may shine: it shows bytes that came to rest on the server, never a hope. */
import type { ReceivedLight } from "./state";
import type { RecordingLight } from "./wire.gen";

export type Light = { kind: "off" } | { kind: "on"; light: RecordingLight } | { kind: "stalled"; light: RecordingLight };

/** Lights come once a second; three missed, or no byte of this person for this long, is a stall. */
const STALE_S = 4;

/** The light for a person at a device time. `participant` null judges the whole recording only. */
export function lightAt(received: ReceivedLight | null, nowMs: number, participant: string | null): Light {
  if (received === null || received.light.bytes === 0) return { kind: "off" };
  const { light } = received;
  const own = light.participants.find((one) => one.participant === participant);
  const waitedS = (nowMs - received.receivedMs) / 1000;
  return waitedS > STALE_S || (own && own.age_s + waitedS > STALE_S) ? { kind: "stalled", light } : { kind: "on", light };
}

/**
 * The light for the person who holds this device: their own bytes and nobody else's.
 *
 * `none`: others are recorded and this person is not. Just after joining that is no more than waiting: `off` while they send.
 */
export type OwnLight = { kind: "off" } | { kind: "none" } | { kind: "on" | "stalled"; bytes: number; seconds: number };

export function ownLightAt(received: ReceivedLight | null, nowMs: number, participant: string | null, sends: boolean): OwnLight {
  const light = lightAt(received, nowMs, participant);
  if (received === null) return { kind: "off" };
  const own = received.light.participants.find((one) => one.participant === participant);
  if (!own || own.bytes === 0) return { kind: sends ? "off" : "none" };
  return { kind: light.kind === "on" ? "on" : "stalled", bytes: own.bytes, seconds: own.seconds };
}
