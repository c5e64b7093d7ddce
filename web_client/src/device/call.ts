/** A live session: the message line, the negotiation and the peer connection, held together. */
import { signal, type Signal } from "@preact/signals";
import { negotiate, peerOf, type Act, type Happening, type Negotiation } from "../core/negotiation";
import { NO_SAMPLE, quality, type Quality, type Sample } from "../core/quality";
import { receive, type PageState } from "../core/state";
import type { FromPerson, Kind, SdpOffer, SessionView, ToPerson } from "../core/wire.gen";
import { assertNever } from "../core/never";
import { Peer, type PeerState, type Streams } from "./peer";
import { sample } from "./sample";
import { Socket } from "./socket";

/** No offer within this time: ask again. */
const OFFER_WAIT_MS = 8_000;
const QUALITY_EVERY_MS = 2_000;

export type CallPorts = {
  state: PageState;
  language: () => "zh" | "en";
  localTrack: (kind: Kind) => MediaStreamTrack | null;
};

export class Call {
  /** How sound and picture are; `none` before `join`. */
  readonly media: Signal<"none" | PeerState> = signal<"none" | PeerState>("none");
  readonly streams: Signal<Streams> = signal<Streams>(new Map());
  readonly quality: Signal<Quality> = signal<Quality>("unknown");
  readonly muted: Signal<Readonly<Record<Kind, boolean>>> = signal({ audio: false, video: false });
  readonly #ports: CallPorts;
  /** What the server was last told of each kind; unknown after a reload. */
  #told: Partial<Record<Kind, boolean>> = {};
  #socket: Socket | null = null;
  #negotiation: Negotiation = { kind: "away" };
  #peer: Peer | null = null;
  #sample: Sample = NO_SAMPLE;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #measuring: ReturnType<typeof setInterval> | undefined;

  constructor(ports: CallPorts) {
    this.#ports = ports;
  }

  /** Opens the message line of this session. Sound and picture follow with `join`. */
  open(session: SessionView): void {
    const { state } = this.#ports;
    state.session.value = session;
    state.connection.value = { kind: "connecting" };
    this.#socket?.close();
    this.#socket = new Socket({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
      hello: () => ({
        type: "hello",
        session: session.session,
        clock: new Date().toISOString(),
        language: this.#ports.language(),
        device: navigator.userAgent.slice(0, 200),
      }),
      onMessage: (message) => this.#heard(message),
      onDown: (attempt) => {
        const before = state.connection.value;
        const sinceMs = before.kind === "reconnecting" ? before.sinceMs : Date.now();
        state.connection.value = { kind: "reconnecting", attempt, sinceMs };
      },
    });
    this.#socket.open();
  }

  send(message: FromPerson): void {
    this.#socket?.send(message);
  }

  /** Asks the server for a peer connection; from here on the call mends itself. */
  join(): void {
    this.#tell();
    this.#step({ kind: "join" });
    clearInterval(this.#measuring);
    this.#measuring = setInterval(() => void this.#measure(), QUALITY_EVERY_MS);
  }

  /** Ends sound and picture; the message line stays. */
  leave(): void {
    clearInterval(this.#measuring);
    clearTimeout(this.#waiting);
    this.#step({ kind: "leave" });
    this.media.value = "none";
    this.streams.value = new Map();
  }

  /** Switches an own track off or on and says so. */
  mute(kind: Kind, muted: boolean): void {
    this.muted.value = { ...this.muted.value, [kind]: muted };
    const track = this.#ports.localTrack(kind);
    if (track) track.enabled = !muted;
    this.#told[kind] = muted;
    this.send({ type: "mute", kind, muted });
  }

  /** The camera or microphone gave a new track: send that one. */
  async localTrackChanged(kind: Kind): Promise<void> {
    const track = this.#ports.localTrack(kind);
    if (track) track.enabled = !this.muted.value[kind];
    if (this.#negotiation.kind !== "away") this.#tell();
    await this.#peer?.replace(kind, track);
  }

  close(): void {
    this.leave();
    this.#socket?.close();
    this.#socket = null;
    this.#ports.state.connection.value = { kind: "closed" };
  }

  /** Says what is switched off, or not there to be sent: others are not to wait for a picture that never comes. */
  #tell(): void {
    for (const kind of ["audio", "video"] as const) {
      const muted = this.muted.value[kind] || this.#ports.localTrack(kind) === null;
      if (this.#told[kind] === muted) continue;
      this.#told[kind] = muted;
      this.send({ type: "mute", kind, muted });
    }
  }

  #heard(message: ToPerson): void {
    receive(this.#ports.state, message, Date.now());
    if (message.type === "welcome") {
      if (this.#negotiation.kind !== "away") {
        this.#told = {};
        this.#tell();
      }
      this.#step({ kind: "line_opened" });
    }
    if (message.type === "sdp_offer") this.#step({ kind: "offered", offer: message });
  }

  #step(happening: Happening): void {
    const [next, acts] = negotiate(this.#negotiation, happening);
    this.#negotiation = next;
    for (const act of acts) this.#do(act);
    clearTimeout(this.#waiting);
    if (next.kind === "asked") {
      this.media.value = this.media.value === "none" ? "connecting" : "lost";
      this.#waiting = setTimeout(() => this.#step({ kind: "waited" }), OFFER_WAIT_MS);
    }
  }

  #do(act: Act): void {
    switch (act.kind) {
      case "send":
        this.send(act.message);
        return;
      case "answer":
        void this.#answer(act.offer, act.peer, act.fresh);
        return;
      case "close":
        this.#peer?.close();
        this.#peer = null;
        return;
      default:
        assertNever(act);
    }
  }

  async #answer(offer: SdpOffer, peer: string, fresh: boolean): Promise<void> {
    if (fresh || this.#peer === null) {
      this.#peer?.close();
      this.#peer = this.#newPeer();
    }
    try {
      const sdp = await this.#peer.answer(offer);
      this.#step({ kind: "answered", peer, revision: offer.revision, sdp });
    } catch {
      this.#step({ kind: "answer_failed", peer: peerOf(offer.sdp), revision: offer.revision });
    }
  }

  #newPeer(): Peer {
    const peer: Peer = new Peer(
      {
        localTrack: this.#ports.localTrack,
        onState: (state) => {
          if (this.#peer !== peer) return;
          this.media.value = state;
          if (state === "lost") this.#step({ kind: "media_lost" });
        },
      },
      this.streams,
    );
    return peer;
  }

  async #measure(): Promise<void> {
    const peer = this.#peer;
    if (peer === null) return;
    const now = sample(await peer.stats());
    this.quality.value = quality(this.#sample, now);
    this.#sample = now;
  }
}
