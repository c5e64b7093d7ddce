/**
 * One line of messages to the server that mends itself: heartbeat, back-off, `hello` again on every
 * connection. Messages that must arrive wait in the outbox (core/outbox.ts).
 */
import { EMPTY_OUTBOX, lasting, pinged, ponged, put, reopened, type Outbox } from "../core/outbox";
import { backOffMs, welcomeWithinMs } from "../core/patience";
import type { FromPerson, Hello, ToPerson } from "../core/wire.gen";

const HEARTBEAT_MS = 2_000;
/** Silence after which the line counts as dead: two answers missing (in a session also five recording lights). */
const SILENCE_MS = 5_000;
const LOOK_EVERY_MS = 500;
/** A look this late means that the page stood still, not that the line did: what came meanwhile is yet to be read. */
const STOOD_STILL_MS = 2_000;
/** RFC 6455 section 7.4.1: meant, not lost. */
const GOODBYE = 1000;
/** After the network changed or the page came back an answer is due within this time. */
const PROOF_MS = 2_500;
/** A try that has got nowhere for this long is better begun again once the network is said to be there. */
const HANGING_MS = 500;
/** A line that was up for this long was a good one: after it the waits begin again from the shortest. */
const STEADY_MS = 3_000;

/** A page that was hidden or frozen (Page Lifecycle) is there again. */
const COMING_BACK = ["visibilitychange", "resume"] as const;

export type Line = {
  url: string;
  hello: () => Hello;
  onMessage: (message: ToPerson) => void;
  /** The line is down; `attempt` counts from 1 since it was last open for a while. */
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
  #begunMs = 0;
  #welcomedMs = 0;
  #beatMs = 0;
  #lookedMs = 0;
  #outbox: Outbox = EMPTY_OUTBOX;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #proof: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(line: Line) {
    this.#line = line;
  }

  open(): void {
    if (!this.#closed) return;
    this.#closed = false;
    globalThis.addEventListener("online", this.#hurry);
    networkChanges()?.addEventListener("change", this.#hurry);
    for (const back of COMING_BACK) document.addEventListener(back, this.#hurry);
    globalThis.addEventListener("pageshow", this.#hurry);
    this.#connect();
  }

  /** Ends the line for good; what still waits is dropped. */
  close(): void {
    this.#closed = true;
    globalThis.removeEventListener("online", this.#hurry);
    networkChanges()?.removeEventListener("change", this.#hurry);
    for (const back of COMING_BACK) document.removeEventListener(back, this.#hurry);
    globalThis.removeEventListener("pageshow", this.#hurry);
    clearTimeout(this.#retry);
    this.#drop(GOODBYE);
  }

  /** Sends now if the line is open. A lasting message is kept and repeated until it surely arrived. */
  send(message: FromPerson): void {
    if (lasting(message)) this.#outbox = put(this.#outbox, message);
    if (this.#welcomed) this.#say(message);
  }

  /** Something suggests that the line is dead, or that it can be had again: find out now. */
  prove(): void {
    if (this.#closed) return;
    if (this.#socket === null) {
      clearTimeout(this.#retry);
      this.#connect();
    } else if (this.#welcomed) this.#demandAnswer();
    else if (Date.now() - this.#begunMs > HANGING_MS) {
      this.#drop();
      this.#connect();
    }
  }

  readonly #hurry = (): void => {
    if (document.visibilityState !== "hidden") this.prove();
  };

  /** The line may be dead without knowing it (Wi-Fi to 4G): no word after a ping, no line. */
  #demandAnswer(): void {
    if (this.#proof !== undefined) return;
    const socket = this.#socket;
    const askedMs = Date.now();
    this.#beat();
    this.#proof = setTimeout(() => {
      this.#proof = undefined;
      if (this.#socket === socket && this.#heardMs < askedMs) this.#lost();
    }, PROOF_MS);
  }

  #connect(): void {
    const socket = new WebSocket(this.#line.url);
    this.#socket = socket;
    this.#heardMs = this.#begunMs = this.#lookedMs = Date.now();
    socket.addEventListener("open", () => {
      if (this.#socket === socket) this.#say(this.#line.hello());
    });
    socket.addEventListener("message", (event) => {
      if (this.#socket === socket) this.#hear(JSON.parse(String(event.data)) as ToPerson);
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #hear(message: ToPerson): void {
    this.#heardMs = Date.now();
    if (message.type === "pong") this.#outbox = ponged(this.#outbox, message.n);
    if (message.type === "welcome") {
      this.#welcomed = true;
      this.#welcomedMs = this.#beatMs = this.#lookedMs = Date.now();
      const [outbox, again] = reopened(this.#outbox);
      this.#outbox = outbox;
      for (const one of again) this.#say(one);
    }
    if (message.type === "fault" && message.fatal) this.close();
    this.#line.onMessage(message);
  }

  #look(): void {
    const now = Date.now();
    const late = now - this.#lookedMs > STOOD_STILL_MS;
    this.#lookedMs = now;
    if (!this.#welcomed) {
      if (now - this.#begunMs > welcomeWithinMs(this.#attempt)) this.#lost();
    } else if (late) this.#demandAnswer();
    else if (now - this.#heardMs > SILENCE_MS) this.#lost();
    else if (now - this.#beatMs >= HEARTBEAT_MS) this.#beat();
  }

  #beat(): void {
    this.#beatMs = Date.now();
    this.#ping += 1;
    this.#outbox = pinged(this.#outbox, this.#ping);
    this.#say({ type: "ping", n: this.#ping });
  }

  #say(message: FromPerson): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lost(): void {
    if (this.#welcomed && Date.now() - this.#welcomedMs > STEADY_MS) this.#attempt = 0;
    this.#drop();
    if (this.#closed) return;
    this.#attempt += 1;
    this.#line.onDown(this.#attempt);
    this.#retry = setTimeout(() => this.#connect(), backOffMs(this.#attempt, Math.random()));
  }

  #drop(code?: number): void {
    clearInterval(this.#looking);
    clearTimeout(this.#proof);
    this.#proof = undefined;
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    socket?.close(code);
  }
}

/** Tells of a change between networks where the browser knows (Network Information API, Android). */
function networkChanges(): EventTarget | undefined {
  return (navigator as Navigator & { connection?: EventTarget }).connection;
}
