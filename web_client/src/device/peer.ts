/** One peer connection: answers the server's offers, sends this person's tracks, sorts the others' by person. */
import { signal, type Signal } from "@preact/signals";
import { avoidsH264, repairingSound, withoutH264 } from "../core/sending";
import type { Kind, OfferedTrack, SdpOffer } from "../core/wire.gen";

const VIDEO_BITS_PER_S = 2_500_000;

export type Streams = ReadonlyMap<string, MediaStream>;
/** `failed`: the browser has given it up. A path that only fell silent shows in the counters long before. */
export type PeerState = "connecting" | "connected" | "doubtful" | "failed";

export type PeerPorts = {
  /** This person's own track to send now; null sends nothing. */
  localTrack: (kind: Kind) => MediaStreamTrack | null;
  onState: (state: PeerState) => void;
};

export class Peer {
  /** What the others send, one stream for each participant. */
  readonly streams: Signal<Streams>;
  readonly #ports: PeerPorts;
  readonly #connection: RTCPeerConnection;
  #offered: readonly OfferedTrack[] = [];
  #answering: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(ports: PeerPorts, iceServers: readonly RTCIceServer[], streams: Signal<Streams> = signal<Streams>(new Map())) {
    this.#ports = ports;
    this.streams = streams;
    this.#connection = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [...iceServers] });
    this.#connection.addEventListener("connectionstatechange", () => this.#changed());
    this.#connection.addEventListener("track", () => this.#sort());
  }

  /**
   * Answers an offer, after those before it. The answer names no candidates and waits for none: the server learns a
   * path when the first check arrives on it.
   */
  answer(offer: SdpOffer): Promise<string> {
    const answer = this.#answering.then(() => this.#answer(offer));
    this.#answering = answer.catch(() => undefined);
    return answer;
  }

  /** Sends another track of this kind from now on, without a new offer (camera switched or recovered). */
  async replace(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    const mid = this.#offered.find((one) => one.own && one.kind === kind)?.mid;
    const sender = this.#connection.getTransceivers().find((one) => one.mid === mid)?.sender;
    await sender?.replaceTrack(track).catch(() => undefined);
    // Another camera may be larger: it is scaled by its own size.
    if (sender && track && kind === "video") await tune(sender);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /** Shows what arrives so much later, milliseconds; 0 leaves it to the browser. Where it can't be told, nothing changes. */
  hold(targetMs: number): void {
    for (const { receiver } of this.#connection.getTransceivers()) {
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = targetMs === 0 ? null : targetMs;
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  async #answer(offer: SdpOffer): Promise<string> {
    this.#offered = offer.tracks;
    await this.#connection.setRemoteDescription({ type: "offer", sdp: suited(offer) });
    await Promise.all(this.#connection.getTransceivers().map((one) => this.#direct(one)));
    await this.#settle();
    this.#sort();
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** With repair of sound; a browser that refuses the wish answers in its own words. */
  async #settle(): Promise<void> {
    const { sdp, type } = await this.#connection.createAnswer();
    await this.#connection
      .setLocalDescription({ type, sdp: repairingSound(sdp ?? "") })
      .catch(() => this.#connection.setLocalDescription());
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

  /** Gives each participant one stream holding just the live tracks offered for them; keeps streams that stay. */
  #sort(): void {
    if (this.#closed) return;
    const wanted = new Map<string, MediaStreamTrack[]>();
    for (const { mid, receiver, currentDirection } of this.#connection.getTransceivers()) {
      const offered = this.#offered.find((one) => one.mid === mid && !one.own);
      if (!offered || currentDirection === "inactive" || currentDirection === "stopped") continue;
      wanted.set(offered.participant, [...(wanted.get(offered.participant) ?? []), receiver.track]);
    }
    const sorted = new Map<string, MediaStream>();
    for (const [participant, tracks] of wanted) {
      const before = this.streams.value.get(participant);
      const same = before?.getTracks().length === tracks.length && tracks.every((one) => before.getTrackById(one.id) === one);
      sorted.set(participant, before && same ? before : new MediaStream(tracks));
    }
    this.streams.value = sorted;
  }

  #changed(): void {
    if (this.#closed) return;
    const state = this.#connection.connectionState;
    if (state === "connected") this.#ports.onState("connected");
    else if (state === "failed" || state === "closed") this.#ports.onState("failed");
    else this.#ports.onState(state === "disconnected" ? "doubtful" : "connecting");
  }
}

/** The offer, for a device that must not send H.264 without it in the m-line of its own picture. */
function suited(offer: SdpOffer): string {
  const own = offer.tracks.find((one) => one.own && one.kind === "video");
  return own && avoidsH264(navigator.userAgent) ? withoutH264(offer.sdp, own.mid) : offer.sdp;
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
