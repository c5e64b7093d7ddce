/**
 * The rule: **the server makes every offer; this side answers each once, newest first, and never one it
 * has left behind.**
 *
 * A peer connection is known by the ICE user fragment of its offers (RFC 8445: constant for the life of
 * the connection, fresh for a new one). So an offer of the connection we have is a renegotiation, an
 * offer of another one starts anew, and a late offer of the one we gave up is dropped. Pure: happenings
 * in, the next state and acts out.
 */
import { assertNever } from "./never";
import type { FromPerson, SdpOffer } from "./wire.gen";

export type Negotiation =
  | { kind: "away" }
  /** `join_media` is sent; `left` is the connection given up for it. */
  | { kind: "asked"; left: string | null }
  | { kind: "answering"; peer: string; revision: number; next: SdpOffer | null }
  | { kind: "settled"; peer: string; revision: number };

export type Happening =
  | { kind: "join" }
  /** The line to the server is open again: the server has forgotten the old peer connection. */
  | { kind: "line_opened" }
  | { kind: "offered"; offer: SdpOffer }
  | { kind: "answered"; peer: string; revision: number; sdp: string }
  | { kind: "answer_failed"; peer: string; revision: number }
  | { kind: "media_lost" }
  /** No offer came in time. */
  | { kind: "waited" }
  | { kind: "leave" };

export type Act =
  | { kind: "send"; message: FromPerson }
  /** Answer this offer, on a new peer connection if `fresh`. */
  | { kind: "answer"; offer: SdpOffer; peer: string; fresh: boolean }
  | { kind: "close" };

export type Step = readonly [Negotiation, readonly Act[]];

/** The connection an SDP description belongs to; empty if it names none. */
export function peerOf(sdp: string): string {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? "";
}

const JOIN: Act = { kind: "send", message: { type: "join_media" } };

function peerIn(state: Negotiation): string | null {
  if (state.kind === "away") return null;
  return state.kind === "asked" ? state.left : state.peer;
}

function ask(state: Negotiation): Step {
  return [{ kind: "asked", left: peerIn(state) }, [JOIN]];
}

function start(offer: SdpOffer, fresh: boolean): Step {
  const peer = peerOf(offer.sdp);
  return [
    { kind: "answering", peer, revision: offer.revision, next: null },
    [{ kind: "answer", offer, peer, fresh }],
  ];
}

function offered(state: Negotiation, offer: SdpOffer): Step {
  const peer = peerOf(offer.sdp);
  switch (state.kind) {
    case "away":
      return [state, []];
    case "asked":
      return peer === state.left ? [state, []] : start(offer, true);
    case "answering":
      if (peer !== state.peer) return start(offer, true);
      return offer.revision > Math.max(state.revision, state.next?.revision ?? 0)
        ? [{ ...state, next: offer }, []]
        : [state, []];
    case "settled":
      if (peer !== state.peer) return start(offer, true);
      return offer.revision > state.revision ? start(offer, false) : [state, []];
    default:
      return assertNever(state);
  }
}

function answered(state: Negotiation, peer: string, revision: number, sdp: string): Step {
  if (state.kind !== "answering" || state.peer !== peer || state.revision !== revision) return [state, []];
  const send: Act = { kind: "send", message: { type: "sdp_answer", revision, sdp } };
  if (state.next === null) return [{ kind: "settled", peer, revision }, [send]];
  const [next, acts] = start(state.next, false);
  return [next, [send, ...acts]];
}

/** One step of the negotiation. */
export function negotiate(state: Negotiation, happening: Happening): Step {
  switch (happening.kind) {
    case "join":
      return state.kind === "away" ? ask(state) : [state, []];
    case "line_opened":
      return state.kind === "away" ? [state, []] : ask(state);
    case "offered":
      return offered(state, happening.offer);
    case "answered":
      return answered(state, happening.peer, happening.revision, happening.sdp);
    case "answer_failed":
      return state.kind === "answering" && state.peer === happening.peer && state.revision === happening.revision
        ? ask(state)
        : [state, []];
    case "media_lost":
      return state.kind === "answering" || state.kind === "settled" ? ask(state) : [state, []];
    case "waited":
      return state.kind === "asked" ? [state, [JOIN]] : [state, []];
    case "leave":
      return state.kind === "away" ? [state, []] : [{ kind: "away" }, [{ kind: "close" }]];
    default:
      return assertNever(happening);
  }
}
