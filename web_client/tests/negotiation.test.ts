import { describe, expect, it } from "vitest";
import { negotiate, peerOf, type Act, type Happening, type Negotiation } from "../src/core/negotiation";
import type { SdpOffer } from "../src/core/wire.gen";

function offer(peer: string, revision: number): SdpOffer {
  return { type: "sdp_offer", revision, sdp: `v=0\r\nm=audio 9 x\r\na=ice-ufrag:${peer}\r\na=ice-pwd:x\r\n`, tracks: [] };
}

/** Runs happenings in order; gives the last state and every act. */
function run(...happenings: Happening[]): { state: Negotiation; acts: string[] } {
  let state: Negotiation = { kind: "away" };
  const acts: string[] = [];
  const word = (act: Act): string =>
    act.kind === "send" ? act.message.type : act.kind === "answer" ? `${act.fresh ? "fresh" : "again"} ${act.peer}${act.offer.revision}` : "close";
  for (const one of happenings) {
    const [next, done] = negotiate(state, one);
    state = next;
    acts.push(...done.map(word));
  }
  return { state, acts };
}

const join: Happening = { kind: "join" };
const offered = (peer: string, revision: number): Happening => ({ kind: "offered", offer: offer(peer, revision) });
const answered = (peer: string, revision: number): Happening => ({ kind: "answered", peer, revision, sdp: "answer" });

describe("negotiation", () => {
  it("knows a connection by its ICE user fragment", () => {
    expect(peerOf(offer("abcd", 1).sdp)).toBe("abcd");
    expect(peerOf("v=0")).toBe("");
  });

  it("asks, answers the first offer on a fresh connection and later ones on the same", () => {
    const { state, acts } = run(join, offered("a", 1), answered("a", 1), offered("a", 2), answered("a", 2));
    expect(acts).toEqual(["join_media", "fresh a1", "sdp_answer", "again a2", "sdp_answer"]);
    expect(state).toEqual({ kind: "settled", peer: "a", revision: 2 });
  });

  it("ignores offers before it asked", () => {
    expect(run(offered("a", 1)).acts).toEqual([]);
  });

  it("keeps only the newest offer that came while answering", () => {
    const { acts } = run(join, offered("a", 1), offered("a", 2), offered("a", 3), offered("a", 2), answered("a", 1));
    expect(acts).toEqual(["join_media", "fresh a1", "sdp_answer", "again a3"]);
  });

  it("does not answer the same revision twice", () => {
    expect(run(join, offered("a", 1), answered("a", 1), offered("a", 1)).acts).toEqual(["join_media", "fresh a1", "sdp_answer"]);
  });

  it("asks again on a new line and drops a late offer of the old connection", () => {
    const { state, acts } = run(join, offered("a", 4), answered("a", 4), { kind: "line_opened" }, offered("a", 5), offered("b", 1));
    expect(acts).toEqual(["join_media", "fresh a4", "sdp_answer", "join_media", "fresh b1"]);
    expect(state.kind).toBe("answering");
  });

  it("takes a new connection even when it comes unasked and its revision starts over", () => {
    expect(run(join, offered("a", 7), answered("a", 7), offered("b", 1)).acts.at(-1)).toBe("fresh b1");
  });

  it("throws away the answer of a connection that was replaced meanwhile", () => {
    const { acts } = run(join, offered("a", 1), offered("b", 1), answered("a", 1), answered("b", 1));
    expect(acts).toEqual(["join_media", "fresh a1", "fresh b1", "sdp_answer"]);
  });

  it("asks again when media is lost, when an answer fails and when no offer comes", () => {
    expect(run(join, offered("a", 1), answered("a", 1), { kind: "media_lost" }).acts.at(-1)).toBe("join_media");
    expect(run(join, offered("a", 1), { kind: "answer_failed", peer: "a", revision: 1 }).acts.at(-1)).toBe("join_media");
    expect(run(join, { kind: "waited" }).acts).toEqual(["join_media", "join_media"]);
  });

  it("does not ask on a new line when nobody joined, nor twice for one loss", () => {
    expect(run({ kind: "line_opened" }).acts).toEqual([]);
    const lost: Happening = { kind: "media_lost" };
    expect(run(join, offered("a", 1), answered("a", 1), lost, lost).acts.filter((act) => act === "join_media")).toHaveLength(2);
  });

  it("closes when the person leaves, and stays away", () => {
    const { state, acts } = run(join, offered("a", 1), { kind: "leave" }, answered("a", 1), { kind: "line_opened" });
    expect(acts).toEqual(["join_media", "fresh a1", "close"]);
    expect(state).toEqual({ kind: "away" });
  });
});
