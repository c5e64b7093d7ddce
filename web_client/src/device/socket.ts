/**
 * One line of messages to the server that mends itself: heartbeat, back-off, `hello` again on every
 * connection. Messages that must arrive wait in the outbox (core/outbox.ts).
 */
import { EMPTY_OUTBOX, lasting, pinged, ponged, put, reopened, type Outbox } from "../core/outbox";
import type { FromPerson, Hello, ToPerson } from "../core/wire.gen";

const HEARTBEAT_MS = 4_000;
/** Silence after which the line counts as dead: two heartbeats and a slow network. */
const SILENCE_MS = 12_000;
/** After the network changed or the page came back an answer is due within this time. */
const PROOF_MS = 2_500;
const BACK_OFF_MS = [300, 700, 1_500, 3_000, 5_000, 8_000] as const;

export type Line = {
  url: string;
  hello: () => Hello;
  onMessage: (message: ToPerson) => void;
  /** The line is down; `attempt` counts from 1 since it was last open. */
  onDown: (attempt: number) => void;
};

export class Socket {
  readonly #line: Line;
  #socket: WebSocket | null = null;
  #welcomed = false;
  #closed = true;
  #attempt = 0;
  #ping = 0;
  #heardMs = 0;
  #outbox: Outbox = EMPTY_OUTBOX;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #proof: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(line: Line) {
    this.#line = line;
  }

  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    globalThis.addEventListener("online", this.#hurry);
    networkChanges()?.addEventListener("change", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  /** Ends the line for good; what still waits is dropped. */
  close(): void {
    this.#closed = true;
    globalThis.removeEventListener("online", this.#hurry);
    networkChanges()?.removeEventListener("change", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Sends now if the line is open. A lasting message is kept and repeated until it surely arrived. */
  send(message: FromPerson): void {
    if (lasting(message)) this.#outbox = put(this.#outbox, message);
    if (this.#welcomed) this.#say(message);
  }

  readonly #hurry = (): void => {
    if (this.#closed || document.visibilityState === "hidden") return;
    if (this.#socket === null) {
      clearTimeout(this.#retry);
      this.#connect();
    } else if (this.#welcomed) this.#prove();
  };

  /** The line may be dead without knowing it (Wi-Fi to 4G): no word after a ping, no line. */
  #prove(): void {
    const socket = this.#socket;
    const askedMs = Date.now();
    this.#beat();
    clearTimeout(this.#proof);
    this.#proof = setTimeout(() => {
      if (this.#socket === socket && this.#heardMs < askedMs) this.#lost();
    }, PROOF_MS);
  }

  #connect(): void {
    const socket = new WebSocket(this.#line.url);
    this.#socket = socket;
    this.#heardMs = Date.now();
    socket.addEventListener("open", () => {
      if (this.#socket === socket) this.#say(this.#line.hello());
    });
    socket.addEventListener("message", (event) => {
      if (this.#socket === socket) this.#hear(JSON.parse(String(event.data)) as ToPerson);
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  #hear(message: ToPerson): void {
    this.#heardMs = Date.now();
    if (message.type === "pong") this.#outbox = ponged(this.#outbox, message.n);
    if (message.type === "welcome") {
      this.#welcomed = true;
      this.#attempt = 0;
      const [outbox, again] = reopened(this.#outbox);
      this.#outbox = outbox;
      for (const one of again) this.#say(one);
    }
    if (message.type === "fault" && message.fatal) this.close();
    this.#line.onMessage(message);
  }

  #beat(): void {
    if (Date.now() - this.#heardMs > SILENCE_MS) {
      this.#lost();
      return;
    }
    if (!this.#welcomed) return;
    this.#ping += 1;
    this.#outbox = pinged(this.#outbox, this.#ping);
    this.#say({ type: "ping", n: this.#ping });
  }

  #say(message: FromPerson): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lost(): void {
    this.#drop();
    if (this.#closed) return;
    const wait = BACK_OFF_MS[Math.min(this.#attempt, BACK_OFF_MS.length - 1)] ?? 8_000;
    this.#attempt += 1;
    this.#line.onDown(this.#attempt);
    this.#retry = setTimeout(() => this.#connect(), wait * (0.8 + Math.random() * 0.4));
  }

  #drop(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#proof);
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    socket?.close();
  }
}

/** Tells of a change between networks where the browser knows (Network Information API, Android). */
function networkChanges(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
