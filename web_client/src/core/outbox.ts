/**
 * Messages that must arrive even if the line drops under them. The line keeps order, so a `pong` proves
 * the arrival of everything sent before its `ping`; what no pong covered is sent again on the next line.
 * The server may therefore see such a message twice.
 */
import type { FromPerson } from "./wire.gen";

export type Outbox = { readonly waiting: readonly Waiting[]; readonly next: number };
/** `covered`: number of the first ping sent after the message on the present line; null if none yet. */
type Waiting = { readonly id: number; readonly message: FromPerson; readonly covered: number | null };

export const EMPTY_OUTBOX: Outbox = { waiting: [], next: 1 };

/** These carry their own meaning later; the rest is only good on the line it was said on. */
const LASTING: ReadonlySet<FromPerson["type"]> = new Set([
  "consent",
  "device_report",
  "still_taken",
  "answer_point",
  "conclude",
  "explain_shot",
  "submit_material",
  "ask_shot",
  "give_opinion",
  "stand_aside",
  "commit_number",
  "reveal_number",
  "end_session",
  "acknowledge_record",
]);

export function lasting(message: FromPerson): boolean {
  return LASTING.has(message.type);
}

export function put(box: Outbox, message: FromPerson): Outbox {
  return { waiting: [...box.waiting, { id: box.next, message, covered: null }], next: box.next + 1 };
}

export function pinged(box: Outbox, n: number): Outbox {
  return { ...box, waiting: box.waiting.map((one) => ({ ...one, covered: one.covered ?? n })) };
}

export function ponged(box: Outbox, n: number): Outbox {
  return { ...box, waiting: box.waiting.filter((one) => one.covered === null || one.covered > n) };
}

/** A new line: everything still waiting is to be sent on it, in order. */
export function reopened(box: Outbox): readonly [Outbox, readonly FromPerson[]] {
  const waiting = box.waiting.map((one) => ({ ...one, covered: null }));
  return [{ ...box, waiting }, waiting.map((one) => one.message)];
}
