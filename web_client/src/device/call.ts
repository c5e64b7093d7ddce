/** A live session: the message line and the media, each mending itself, and what the others are told of this device. */
import { signal, type Signal } from "@preact/signals";
import { receive, type PageState } from "../core/state";
import { mediaDue, type Interruption } from "../core/standing";
import type { Facing, Orientation } from "../core/turning";
import type { FromPerson, Kind, NumberWanted, RevealWanted, SessionView, ToPerson } from "../core/wire.gen";
import { Media } from "./media";
import { Socket } from "./socket";

/** The server may take this long to notice that it hears us; if it says otherwise for longer, it does not. */
const UNHEARD_MS = 2_500;

export type CallPorts = {
  state: PageState;
  language: () => "zh" | "en";
  localTrack: (kind: Kind) => MediaStreamTrack | null;
  /** A draw by lot wants something of this page. */
  lot?: (wanted: NumberWanted | RevealWanted) => void;
};

export class Call {
  readonly muted: Signal<Readonly<Record<Kind, boolean>>> = signal({ audio: false, video: false });
  /** What comes between this person and their devices now. */
  readonly interruptions: Signal<ReadonlySet<Interruption>> = signal<ReadonlySet<Interruption>>(new Set());
  readonly #ports: CallPorts;
  readonly #media: Media;
  /** What the server was last told of each kind; unknown after a reload. */
  #told: Partial<Record<Kind, boolean>> = {};
  #socket: Socket | null = null;
  #unheard: ReturnType<typeof setTimeout> | undefined;
  /** In the call when another page took over: to be gone on with if this one is chosen again. */
  #wasIn = false;

  constructor(ports: CallPorts) {
    this.#ports = ports;
    this.#media = new Media({
      send: (message) => this.send(message),
      localTrack: ports.localTrack,
      due: () => mediaDue(ports.state.survey.value?.participants ?? [], ports.state.session.value?.participant ?? null),
      onTurn: () => this.#socket?.prove(),
    });
  }

  /** How sound and picture are; `none` before `join`. */
  get media(): Media["state"] {
    return this.#media.state;
  }

  get streams(): Media["streams"] {
    return this.#media.streams;
  }

  get quality(): Media["quality"] {
    return this.#media.quality;
  }

  /** Opens the message line of this session. Sound and picture follow with `join`, or by themselves if they were on. */
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
    if (this.#wasIn) this.join();
  }

  send(message: FromPerson): void {
    this.#socket?.send(message);
  }

  /** Asks the server for a peer connection; from here on the call mends itself. */
  join(): void {
    this.#wasIn = false;
    this.#tell();
    this.#repeatInterruptions();
    this.#media.join();
  }

  /** Ends sound and picture; the message line stays. */
  leave(): void {
    clearTimeout(this.#unheard);
    this.#unheard = undefined;
    this.#media.leave();
  }

  /** Switches an own track off or on and says so. */
  mute(kind: Kind, muted: boolean): void {
    this.muted.value = { ...this.muted.value, [kind]: muted };
    const track = this.#ports.localTrack(kind);
    if (track) track.enabled = !muted;
    this.#told[kind] = muted;
    this.send({ type: "mute", kind, muted });
  }

  /** Something came between the person and their device, or is over. Said while in the call. */
  interrupt(what: Interruption, over: boolean): void {
    if (this.interruptions.value.has(what) !== over) return;
    const now = new Set(this.interruptions.value);
    if (over) now.delete(what);
    else now.add(what);
    this.interruptions.value = now;
    if (this.#media.joined) this.send({ type: "interrupted", what, over });
  }

  /** The camera was switched or the device turned. */
  turn(facing: Facing, orientation: Orientation): void {
    if (this.#media.joined) this.send({ type: "device_turned", facing, orientation });
  }

  /** The camera or microphone gave a new track: send that one. */
  async localTrackChanged(kind: Kind): Promise<void> {
    const track = this.#ports.localTrack(kind);
    if (track) track.enabled = !this.muted.value[kind];
    if (this.#media.joined) this.#tell();
    await this.#media.replace(kind, track);
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
      const taken = this.interruptions.value.has(kind === "video" ? "camera_taken" : "microphone_taken");
      const muted = this.muted.value[kind] || (this.#ports.localTrack(kind) === null && !taken);
      if (this.#told[kind] === muted) continue;
      this.#told[kind] = muted;
      this.send({ type: "mute", kind, muted });
    }
  }

  /** The server forgets interruptions when a person leaves it. */
  #repeatInterruptions(): void {
    for (const what of this.interruptions.value) this.send({ type: "interrupted", what, over: false });
  }

  #heard(message: ToPerson): void {
    receive(this.#ports.state, message, Date.now());
    if (message.type === "welcome") {
      if (this.#media.joined) {
        this.#told = {};
        this.#tell();
        this.#repeatInterruptions();
      }
      this.#media.lineOpened();
    }
    if (message.type === "number_wanted" || message.type === "reveal_wanted") this.#ports.lot?.(message);
    if (message.type === "sdp_offer") this.#media.offered(message);
    if (message.type === "survey") this.#compare();
    if (message.type === "fault" && message.fatal) {
      this.#wasIn = this.#media.joined;
      this.leave();
    }
  }

  /** Both sides must agree that media flow; if the server goes on saying they don't, it is asked to look. */
  #compare(): void {
    const disagreed = (): boolean => this.media.value === "connected" && this.#ports.state.me.value?.connected === false;
    if (!disagreed()) {
      clearTimeout(this.#unheard);
      this.#unheard = undefined;
    } else if (this.#unheard === undefined) {
      this.#unheard = setTimeout(() => {
        this.#unheard = undefined;
        if (disagreed() && this.#ports.state.connection.value.kind === "open") this.#media.unheard();
      }, UNHEARD_MS);
    }
  }
}
