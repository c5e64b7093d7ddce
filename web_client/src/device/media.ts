/** Sound and picture of a call: asks for a peer connection, sees whether anything arrives on it, and mends it. */
import { signal, type Signal } from "@preact/signals";
import { flowFrom, judged, type Flow } from "../core/flow";
import { flows, negotiate, patienceMs, type Act, type Happening, type Negotiation } from "../core/negotiation";
import { assertNever } from "../core/never";
import { holding, NOT_HELD, type Holding } from "../core/playout";
import { NO_SAMPLE, quality, type Quality, type Sample } from "../core/quality";
import type { FromPerson, Kind, SdpOffer } from "../core/wire.gen";
import { Peer, type PeerState, type Streams } from "./peer";
import { reading, sample } from "./sample";

const LOOK_EVERY_MS = 500;
const QUALITY_EVERY_LOOKS = 4;

/** `none` before `join`; `connecting` for the first time; `lost` while it is being brought back. */
export type MediaState = "none" | "connecting" | "connected" | "lost";

export type MediaPorts = {
  send: (message: FromPerson) => void;
  localTrack: (kind: Kind) => MediaStreamTrack | null;
  /** Is somebody else said to send now? */
  due: () => boolean;
  /** The network went, or is back: the message line goes the same way, and may not know it yet. */
  onTurn: () => void;
};

export class Media {
  readonly state: Signal<MediaState> = signal<MediaState>("none");
  readonly streams: Signal<Streams> = signal<Streams>(new Map());
  readonly quality: Signal<Quality> = signal<Quality>("unknown");
  readonly #ports: MediaPorts;
  #negotiation: Negotiation = { kind: "away" };
  #peer: Peer | null = null;
  /** The connection held has been up: before, checks are answered on it and yet no media can flow. */
  #up = false;
  #flow: Flow | null = null;
  #sample: Sample = NO_SAMPLE;
  #holding: Holding = NOT_HELD;
  #looks = 0;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(ports: MediaPorts) {
    this.#ports = ports;
  }

  get joined(): boolean {
    return this.#negotiation.kind !== "away";
  }

  join(): void {
    this.#step({ kind: "join" });
    clearInterval(this.#looking);
    this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  leave(): void {
    clearInterval(this.#looking);
    this.#step({ kind: "leave" });
    this.streams.value = new Map();
    this.quality.value = "unknown";
  }

  lineOpened(): void {
    this.#step({ kind: "line_opened" });
  }

  offered(offer: SdpOffer): void {
    this.#step({ kind: "offered", offer });
  }

  /** The server says that it does not hear us, though we hear it. */
  unheard(): void {
    this.#step({ kind: "unheard" });
  }

  async replace(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    await this.#peer?.replace(kind, track);
  }

  #step(happening: Happening): void {
    const before = this.#negotiation;
    const [next, acts] = negotiate(before, happening);
    this.#negotiation = next;
    for (const act of acts) this.#do(act);
    this.#show();
    if (next === before) return;
    clearTimeout(this.#waiting);
    const patience = patienceMs(next);
    if (patience !== null) this.#waiting = setTimeout(() => this.#step({ kind: "waited" }), patience);
  }

  #show(): void {
    const before = this.state.value;
    if (this.#negotiation.kind === "away") this.state.value = "none";
    else if (flows(this.#negotiation)) this.state.value = "connected";
    else this.state.value = before === "none" || before === "connecting" ? "connecting" : "lost";
    const turn = `${before} ${this.state.value}`;
    if (turn === "connected lost" || turn === "lost connected") this.#ports.onTurn();
  }

  #do(act: Act): void {
    switch (act.kind) {
      case "send":
        this.#ports.send(act.message);
        return;
      case "answer":
        void this.#answer(act.offer, act.peer, act.fresh);
        return;
      case "close":
        this.#hold(null);
        return;
      default:
        assertNever(act);
    }
  }

  #hold(peer: Peer | null): Peer | null {
    this.#peer?.close();
    this.#peer = peer;
    this.#up = false;
    this.#flow = null;
    this.#sample = NO_SAMPLE;
    return peer;
  }

  async #answer(offer: SdpOffer, peer: string, fresh: boolean): Promise<void> {
    const { revision } = offer;
    try {
      const held = fresh || this.#peer === null ? this.#hold(this.#newPeer(offer)) : this.#peer;
      const sdp = (await held?.answer(offer)) ?? "";
      this.#step({ kind: "answered", peer, revision, sdp });
    } catch {
      this.#step({ kind: "answer_failed", peer, revision });
    }
  }

  #newPeer(offer: SdpOffer): Peer {
    const peer: Peer = new Peer(
      {
        localTrack: this.#ports.localTrack,
        onState: (state) => {
          if (this.#peer === peer) this.#told(state);
        },
      },
      offer.ice_servers ?? [],
      this.streams,
    );
    return peer;
  }

  #told(state: PeerState): void {
    if (state === "connected") {
      this.#up = true;
      this.#sample = NO_SAMPLE;
      this.#flow = null;
      this.#step({ kind: "media_flow" });
    }
    if (state === "doubtful") this.#step({ kind: "media_lost" });
    if (state === "failed") this.#step({ kind: "media_failed" });
  }

  async #look(): Promise<void> {
    const peer = this.#peer;
    if (peer === null || !this.#up) return;
    const report = await peer.stats();
    if (this.#peer !== peer) return;
    const now = reading(report, performance.now());
    const before = this.#flow;
    this.#flow = before === null ? flowFrom(now) : judged(before, now, this.#ports.due());
    const flowing = flows(this.#negotiation);
    if (before !== null && !flowing && now.heard > before.last.heard) this.#step({ kind: "media_flow" });
    if (flowing && this.#flow.lost) this.#step({ kind: "media_lost" });
    this.#looks += 1;
    if (this.#looks % QUALITY_EVERY_LOOKS === 0) this.#measure(sample(report));
  }

  #measure(now: Sample): void {
    this.quality.value = quality(this.#sample, now);
    this.#holding = holding(this.#holding, this.#sample, now, now.roundTripS, performance.now());
    this.#peer?.hold(this.#holding.targetMs);
    this.#sample = now;
  }
}
