/**
 * What the page knows of its survey, as signals. `receive` is the only thing that changes it by the
 * server's word. Holds no browser object: pictures and sound live in `device/`.
 */
import { isLive } from "./desk";
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals-core";
import { assertNever } from "./never";
import { metIn } from "./standing";
import type {
  Fault,
  OfferedTrack,
  ParticipantView,
  RecordingLight,
  SessionView,
  StillRequested,
  SurveyView,
  Text,
  ToPerson,
} from "./wire.gen";

/** How the line to the server is. `refused` is final: the server will not have this session any more. */
export type Connection =
  | { kind: "closed" }
  | { kind: "connecting" }
  | { kind: "open" }
  | { kind: "reconnecting"; attempt: number; sinceMs: number }
  | { kind: "refused"; code: string; text: Text };

/** The light as it came, with the device's time of its coming: a light that stopped coming is no light. */
export type ReceivedLight = { light: RecordingLight; receivedMs: number };

export type PageState = {
  readonly session: Signal<SessionView | null>;
  readonly survey: Signal<SurveyView | null>;
  readonly connection: Signal<Connection>;
  /** Version of the recording notice that consent is given to; null until `welcome`. */
  readonly notice: Signal<string | null>;
  /** Device clock minus server clock, milliseconds. */
  readonly clockOffsetMs: Signal<number>;
  /** m-lines of the newest offer. */
  readonly tracks: Signal<readonly OfferedTrack[]>;
  readonly light: Signal<ReceivedLight | null>;
  /** The newest still asked for and not yet answered. */
  readonly stillRequest: Signal<StillRequested | null>;
  /** Nonces already answered: after a reconnection the server may ask again before our answer reached it. */
  readonly answeredStills: Set<string>;
  /** Refused messages not yet put away by the person, oldest first. */
  readonly faults: Signal<readonly Fault[]>;
  /** Who was seen connected since this page looks on. */
  readonly met: Signal<ReadonlySet<string>>;
  /** Whose pictures the server holds back because the way to this page is too narrow. */
  readonly resting: Signal<ReadonlySet<string>>;
  readonly me: ReadonlySignal<ParticipantView | null>;
  readonly others: ReadonlySignal<readonly ParticipantView[]>;
};

export function createPageState(): PageState {
  const session = signal<SessionView | null>(null);
  const survey = signal<SurveyView | null>(null);
  const mine = (one: ParticipantView): boolean => one.id === session.value?.participant;
  return {
    session,
    survey,
    connection: signal<Connection>({ kind: "closed" }),
    notice: signal<string | null>(null),
    clockOffsetMs: signal(0),
    tracks: signal<readonly OfferedTrack[]>([]),
    light: signal<ReceivedLight | null>(null),
    stillRequest: signal<StillRequested | null>(null),
    answeredStills: new Set(),
    faults: signal<readonly Fault[]>([]),
    met: signal<ReadonlySet<string>>(new Set()),
    resting: signal<ReadonlySet<string>>(new Set()),
    me: computed(() => survey.value?.participants.find(mine) ?? null),
    others: computed(() => survey.value?.participants.filter((one) => !mine(one)) ?? []),
  };
}

const FAULTS_KEPT = 5;

/** Takes one message from the server. `nowMs` is the device's time of its arrival. */
export function receive(state: PageState, message: ToPerson, nowMs: number): void {
  switch (message.type) {
    case "welcome":
      state.notice.value = message.notice;
      state.clockOffsetMs.value = message.clock_offset_ms;
      state.resting.value = new Set(); // told anew on each line while some rest
      looked(state, message.survey);
      state.connection.value = { kind: "open" };
      return;
    case "survey":
      looked(state, message.survey);
      if (!isLive(message.survey)) state.stillRequest.value = null;
      return;
    case "sdp_offer":
      state.tracks.value = message.tracks;
      return;
    case "still_requested":
      if (!state.answeredStills.has(message.nonce)) state.stillRequest.value = message;
      return;
    case "recording":
      state.light.value = { light: message, receivedMs: nowMs };
      return;
    case "pictures_rest":
      state.resting.value = new Set(message.participants);
      return;
    case "fault":
      if (message.fatal) state.connection.value = { kind: "refused", code: message.code, text: message.text };
      else state.faults.value = [...state.faults.value, message].slice(-FAULTS_KEPT);
      return;
    case "pong":
    case "number_wanted":
    case "reveal_wanted":
      return;
    default:
      assertNever(message);
  }
}

function looked(state: PageState, survey: SurveyView): void {
  state.survey.value = survey;
  state.met.value = metIn(state.met.value, survey.participants);
}

/** The person has read this fault. */
export function dismiss(state: PageState, fault: Fault): void {
  state.faults.value = state.faults.value.filter((one) => one !== fault);
}

/** The still of this nonce is taken: its request is not shown again. */
export function stillAnswered(state: PageState, nonce: string): void {
  state.answeredStills.add(nonce);
  if (state.stillRequest.value?.nonce === nonce) state.stillRequest.value = null;
}

/** Server time for a device time, milliseconds since 1970. */
export function serverTime(state: PageState, deviceMs: number): number {
  return deviceMs - state.clockOffsetMs.value;
}
