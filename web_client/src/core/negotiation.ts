/**
 * The rule: **the server makes every offer; this side answers each once, newest first, never one it has left
 * behind, and goes on asking until media flow.**
 *
 * A peer connection is known by the ICE user fragment of its offers (RFC 8445: constant for the life of the
 * connection, fresh for a new one). So an offer of the connection we hold is a renegotiation, an offer of another
 * one starts anew, and a late offer of the one we gave up is dropped.
 *
 * Two ways to ask. To *resume* names the connection we hold: the server goes on with it if it hears it, or makes
 * another. To ask *anew* names none and always gives another: for a connection that the server hears and we do not.
 *
 *     state \ happening   line_opened   media_lost      media_flow    unheard  waited, failed   offer, same  offer, other
 *     asked to resume     resume        noted           noted         -        anew (resume*)   again        fresh
 *     asked anew          resume        noted           noted         -        anew (-)         dropped      fresh
 *     answering           resume        resume, after   noted         -        anew             kept         fresh
 *     settled             resume        resume          noted         resume   anew             again        fresh
 *
 * (*: waited while media flow. In the last three columns happenings of a revision already answered do nothing.)
 * Pure: happenings in, the next state and acts out.
 */
import { assertNever } from "./never";
import type { FromPerson, SdpOffer } from "./wire.gen";

/**
 * The connection we hold: its user fragment, the revision answered last on this line, and whether media flow.
 * `dead`: the browser gave it up; it is not worth resuming.
 */
export type Link = { readonly peer: string; readonly revision: number; readonly flows: boolean; readonly dead: boolean };

/** `asks` counts how often the server was asked since media last flowed. */
export type Negotiation =
  | { readonly kind: "away" }
  | { readonly kind: "asked"; readonly link: Link | null; readonly anew: boolean; readonly asks: number }
  | { readonly kind: "answering"; readonly link: Link; readonly next: SdpOffer | null; readonly asks: number }
  | { readonly kind: "settled"; readonly link: Link; readonly asks: number };

export type Happening =
  | { kind: "join" }
  /** The message line is open again; the server may or may not still hold our connection. */
  | { kind: "line_opened" }
  | { kind: "offered"; offer: SdpOffer }
  | { kind: "answered"; peer: string; revision: number; sdp: string }
  | { kind: "answer_failed"; peer: string; revision: number }
  /** Something arrives on the connection we hold, for the first time or again. */
  | { kind: "media_flow" }
  | { kind: "media_lost" }
  /** The browser gave the connection up: it can't come back. */
  | { kind: "media_failed" }
  /** We hear the server, the server says that it does not hear us. */
  | { kind: "unheard" }
  /** `patienceMs` went by. */
  | { kind: "waited" }
  | { kind: "leave" };

export type Act =
  | { kind: "send"; message: FromPerson }
  /** Answer this offer, on a new peer connection if `fresh`. */
  | { kind: "answer"; offer: SdpOffer; peer: string; fresh: boolean }
  | { kind: "close" };

export type Step = readonly [Negotiation, readonly Act[]];
type Present = Exclude<Negotiation, { kind: "away" }>;

/** The connection an SDP description belongs to; empty if it names none. */
export function peerOf(sdp: string): string {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? "";
}

/** An offer that was asked for and never came. */
const OFFER_WAIT_MS = 8_000;
/** How long to wait for media after the first, second, ... ask. A slow network needs several round trips for a new one. */
const PATIENCE_MS = [3_000, 5_000, 8_000, 10_000] as const;
/** The first connection of all is not a repair: nothing is gained by hurrying it. */
const FIRST_WAIT_MS = 8_000;

/** After how long in this state `waited` is due; null if nothing is awaited. Milliseconds. */
export function patienceMs(state: Negotiation): number | null {
  if (state.kind === "away") return null;
  if (state.link?.flows === true) return state.kind === "asked" ? OFFER_WAIT_MS : null;
  if (state.kind === "asked" && state.link === null) return FIRST_WAIT_MS;
  return PATIENCE_MS[Math.min(Math.max(state.asks, 1), PATIENCE_MS.length) - 1] ?? OFFER_WAIT_MS;
}

export function flows(state: Negotiation): boolean {
  return state.kind !== "away" && state.link?.flows === true;
}

function ask(state: Present, how: "resume" | "anew"): Step {
  const { link } = state;
  const peer = how === "resume" && link !== null && !link.dead ? link.peer : "";
  const message: FromPerson = peer === "" ? { type: "join_media" } : { type: "join_media", peer };
  return [{ kind: "asked", link, anew: peer === "", asks: state.asks + 1 }, [{ kind: "send", message }]];
}

function start(state: Present, offer: SdpOffer, fresh: boolean): Step {
  const peer = peerOf(offer.sdp);
  const link = { peer, revision: offer.revision, flows: !fresh && flows(state), dead: false };
  return [
    { kind: "answering", link, next: null, asks: state.asks },
    [{ kind: "answer", offer, peer, fresh }],
  ];
}

function offered(state: Negotiation, offer: SdpOffer): Step {
  if (state.kind === "away") return [state, []];
  if (state.link === null || peerOf(offer.sdp) !== state.link.peer) return start(state, offer, true);
  if (state.kind === "answering") {
    return offer.revision > Math.max(state.link.revision, state.next?.revision ?? 0) ? [{ ...state, next: offer }, []] : [state, []];
  }
  const left = state.kind === "asked" && state.anew;
  return left || offer.revision <= state.link.revision ? [state, []] : start(state, offer, false);
}

function answered(state: Negotiation, peer: string, revision: number, sdp: string): Step {
  if (state.kind !== "answering" || state.link.peer !== peer || state.link.revision !== revision) return [state, []];
  const send: Act = { kind: "send", message: { type: "sdp_answer", revision, sdp } };
  const { link, next, asks } = state;
  if (next !== null) {
    const [then, acts] = start(state, next, false);
    return [then, [send, ...acts]];
  }
  const settled: Present = { kind: "settled", link, asks };
  // Lost while answering, with nobody asked yet: now it is our turn to ask.
  if (link.flows || asks > 0) return [settled, [send]];
  const [then, acts] = ask(settled, "resume");
  return [then, [send, ...acts]];
}

function lost(state: Present): Step {
  if (state.link === null) return [state, []];
  const noted = { ...state, link: { ...state.link, flows: false } };
  // What is asked for already is not asked for again; `waited` does that.
  return state.kind === "settled" && state.link.flows ? ask(noted, "resume") : [noted, []];
}

function flowing(state: Present): Step {
  return state.link === null ? [state, []] : [{ ...state, link: { ...state.link, flows: true, dead: false }, asks: 0 }, []];
}

function gaveUp(state: Present): Step {
  if (state.link === null) return [state, []];
  const given = { ...state, link: { ...state.link, flows: false, dead: true } } as Present;
  return state.kind === "asked" && state.anew ? [given, []] : ask(given, "anew");
}

/** A new line counts revisions from the start and may lead to a server that was started anew. */
function reopened(state: Present): Step {
  const link = state.link && { ...state.link, revision: 0 };
  return ask({ ...state, link, asks: 0 } as Present, "resume");
}

/** A connection that can't be answered is not asked for in a loop: the second time only after a while. */
function answerFailed(state: Negotiation, peer: string, revision: number): Step {
  if (state.kind !== "answering" || state.link.peer !== peer || state.link.revision !== revision) return [state, []];
  const given: Present = { ...state, link: { ...state.link, flows: false } };
  if (state.asks <= 1) return ask(given, "anew");
  return [{ kind: "asked", link: given.link, anew: true, asks: state.asks }, []];
}

/** One step of the negotiation. */
export function negotiate(state: Negotiation, happening: Happening): Step {
  if (state.kind === "away") {
    if (happening.kind !== "join") return [state, []];
    return ask({ kind: "asked", link: null, anew: true, asks: 0 }, "anew");
  }
  switch (happening.kind) {
    case "join":
      return [state, []];
    case "line_opened":
      return reopened(state);
    case "offered":
      return offered(state, happening.offer);
    case "answered":
      return answered(state, happening.peer, happening.revision, happening.sdp);
    case "answer_failed":
      return answerFailed(state, happening.peer, happening.revision);
    case "media_flow":
      return flowing(state);
    case "media_lost":
      return lost(state);
    case "media_failed":
      return gaveUp(state);
    case "unheard":
      return state.kind === "settled" ? ask(state, "resume") : [state, []];
    case "waited":
      return ask(state, flows(state) && !(state.kind === "asked" && state.anew) ? "resume" : "anew");
    case "leave":
      return [{ kind: "away" }, [{ kind: "close" }]];
    default:
      return assertNever(happening);
  }
}
