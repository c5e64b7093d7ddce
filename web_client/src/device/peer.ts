/** One peer connection: answers the server's offers, sends this person's tracks, sorts the others' by person. */
import { signal, type Signal } from "@preact/signals";
import type { Kind, OfferedTrack, SdpOffer } from "../core/wire.gen";

/** Waiting longer for local candidates than this only delays the call: the server learns the rest itself. */
const GATHERING_MS = 800;
/** A short hole in the network heals by itself; after this it does not. */
const LOST_AFTER_MS = 2_000;
const VIDEO_BITS_PER_S = 2_500_000;

export type Streams = ReadonlyMap<string, MediaStream>;
export type PeerState = "connecting" | "connected" | "lost";

export type PeerPorts = {
  /** This person's own track to send now; null sends nothing. */
  localTrack: (kind: Kind) => MediaStreamTrack | null;
  onState: (state: PeerState) => void;
};

export class Peer {
  /** What the others send, one stream for each participant. */
  readonly streams: Signal<Streams>;
  readonly #ports: PeerPorts;
  readonly #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  #offered: readonly OfferedTrack[] = [];
  #losing: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(ports: PeerPorts, streams: Signal<Streams> = signal<Streams>(new Map())) {
    this.#ports = ports;
    this.streams = streams;
    this.streams.value = new Map();
    this.#connection.addEventListener("connectionstatechange", () => this.#changed());
    this.#connection.addEventListener("track", () => this.#sort());
  }

  /** Answers an offer; the answer carries the candidates found so far. */
  async answer(offer: SdpOffer): Promise<string> {
    this.#offered = offer.tracks;
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    for (const transceiver of this.#connection.getTransceivers()) await this.#direct(transceiver);
    await this.#connection.setLocalDescription();
    await this.#gathered();
    this.#sort();
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** Sends another track of this kind from now on, without a new offer (camera switched or recovered). */
  async replace(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    const mid = this.#offered.find((one) => one.own && one.kind === kind)?.mid;
    const sender = this.#connection.getTransceivers().find((one) => one.mid === mid)?.sender;
    await sender?.replaceTrack(track).catch(() => undefined);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#losing);
    this.#connection.close();
  }

  async #direct(transceiver: RTCRtpTransceiver): Promise<void> {
    const offered = this.#offered.find((one) => one.mid === transceiver.mid);
    if (!offered?.own) {
      if (transceiver.direction !== "stopped") transceiver.direction = offered ? "recvonly" : "inactive";
      return;
    }
    transceiver.direction = "sendonly";
    await transceiver.sender.replaceTrack(this.#ports.localTrack(offered.kind));
    if (offered.kind === "video") await tune(transceiver.sender);
  }

  async #gathered(): Promise<void> {
    const connection = this.#connection;
    if (connection.iceGatheringState === "complete") return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHERING_MS);
      connection.addEventListener("icegatheringstatechange", () => {
        if (connection.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Gives each participant one stream holding just the live tracks offered for them; keeps streams that stay. */
  #sort(): void {
    const wanted = new Map<string, MediaStreamTrack[]>();
    for (const { mid, receiver, currentDirection } of this.#connection.getTransceivers()) {
      const offered = this.#offered.find((one) => one.mid === mid && !one.own);
      if (!offered || currentDirection === "inactive" || currentDirection === "stopped") continue;
      wanted.set(offered.participant, [...(wanted.get(offered.participant) ?? []), receiver.track]);
    }
    const sorted = new Map<string, MediaStream>();
    for (const [participant, tracks] of wanted) {
      const before = this.streams.value.get(participant);
      const same = before?.getTracks().length === tracks.length && tracks.every((one) => before.getTrackById(one.id));
      sorted.set(participant, before && same ? before : new MediaStream(tracks));
    }
    this.streams.value = sorted;
  }

  #changed(): void {
    if (this.#closed) return;
    clearTimeout(this.#losing);
    const state = this.#connection.connectionState;
    if (state === "connected") this.#ports.onState("connected");
    else if (state === "failed" || state === "closed") this.#ports.onState("lost");
    else if (state === "disconnected") this.#losing = setTimeout(() => this.#ports.onState("lost"), LOST_AFTER_MS);
    else this.#ports.onState("connecting");
  }
}

/** Evidence first: rather fewer pictures a second than smaller ones. 720 lines are sent, stills are taken larger. */
async function tune(sender: RTCRtpSender): Promise<void> {
  const settings = sender.track?.getSettings();
  const short = Math.min(settings?.width ?? 720, settings?.height ?? 720);
  const parameters = sender.getParameters();
  const encoding = parameters.encodings[0];
  if (!encoding) return;
  encoding.maxBitrate = VIDEO_BITS_PER_S;
  encoding.scaleResolutionDownBy = Math.max(1, short / 720);
  const wished = { ...parameters, degradationPreference: "maintain-resolution" as const };
  // A browser that knows less of this sends with its own defaults: still a call.
  await sender.setParameters(wished).catch(() => undefined);
}
