import { describe, expect, it } from "vitest";
import { flows, negotiate, patienceMs, peerOf, type Act, type Happening, type Negotiation } from "../src/core/negotiation";
import type { SdpOffer } from "../src/core/wire.gen";

function offer(peer: string, revision: number): SdpOffer {
  return { type: "sdp_offer", revision, sdp: `v=0\r\nm=audio 9 x\r\na=ice-ufrag:${peer}\r\na=ice-pwd:x\r\n`, tracks: [] };
}

const word = (act: Act): string => {
  if (act.kind === "answer") return `${act.fresh ? "fresh" : "again"} ${act.peer}${act.offer.revision}`;
  if (act.kind === "close") return "close";
  return act.message.type === "join_media" ? `join ${act.message.peer ?? "anew"}` : act.message.type;
};

/** Runs happenings in order; gives the last state and every act. */
function run(...happenings: Happening[]): { state: Negotiation; acts: string[] } {
  let state: Negotiation = { kind: "away" };
  const acts: string[] = [];
  for (const one of happenings) {
    const [next, done] = negotiate(state, one);
    state = next;
    acts.push(...done.map(word));
  }
  return { state, acts };
}

const join: Happening = { kind: "join" };
const flow: Happening = { kind: "media_flow" };
const lost: Happening = { kind: "media_lost" };
const failed: Happening = { kind: "media_failed" };
const opened: Happening = { kind: "line_opened" };
const waited: Happening = { kind: "waited" };
const offered = (peer: string, revision: number): Happening => ({ kind: "offered", offer: offer(peer, revision) });
const answered = (peer: string, revision: number): Happening => ({ kind: "answered", peer, revision, sdp: "answer" });
const unanswerable = (peer: string, revision: number): Happening => ({ kind: "answer_failed", peer, revision });
/** In the call on connection `a`, its second revision answered. */
const CALL = [join, offered("a", 1), answered("a", 1), flow, offered("a", 2), answered("a", 2)];
const CALL_ACTS = run(...CALL).acts.length;

/** What is done after a call on `a` was up. */
function after(...happenings: Happening[]): { state: Negotiation; acts: string[] } {
  const { state, acts } = run(...CALL, ...happenings);
  return { state, acts: acts.slice(CALL_ACTS) };
}

describe("negotiation", () => {
  it("knows a connection by its ICE user fragment", () => {
    expect(peerOf(offer("abcd", 1).sdp)).toBe("abcd");
    expect(peerOf("v=0")).toBe("");
  });

  it("asks, answers the first offer on a fresh connection and later ones on the same", () => {
    const { state, acts } = run(...CALL);
    expect(acts).toEqual(["join anew", "fresh a1", "sdp_answer", "again a2", "sdp_answer"]);
    expect(state).toEqual({ kind: "settled", link: { peer: "a", revision: 2, flows: true, dead: false }, asks: 0 });
  });

  it("ignores offers before it asked", () => {
    expect(run(offered("a", 1)).acts).toEqual([]);
  });

  it("keeps only the newest offer that came while answering", () => {
    const { acts } = run(join, offered("a", 1), offered("a", 2), offered("a", 3), offered("a", 2), answered("a", 1));
    expect(acts).toEqual(["join anew", "fresh a1", "sdp_answer", "again a3"]);
  });

  it("does not answer the same revision twice", () => {
    expect(after(offered("a", 2)).acts).toEqual([]);
  });

  it("takes a new connection even when it comes unasked and its revision starts over", () => {
    expect(after(offered("b", 1)).acts).toEqual(["fresh b1"]);
    expect(flows(after(offered("b", 1)).state)).toBe(false);
  });

  it("throws away the answer of a connection that was replaced meanwhile", () => {
    const { acts } = run(join, offered("a", 1), offered("b", 1), answered("a", 1), answered("b", 1));
    expect(acts).toEqual(["join anew", "fresh a1", "fresh b1", "sdp_answer"]);
  });

  it("joins once, and again when no offer comes", () => {
    expect(run(join, join, waited).acts).toEqual(["join anew", "join anew"]);
  });

  it("closes when the person leaves, and stays away", () => {
    const { state, acts } = run(join, offered("a", 1), { kind: "leave" }, answered("a", 1), opened, lost, waited, flow);
    expect(acts).toEqual(["join anew", "fresh a1", "close"]);
    expect(state).toEqual({ kind: "away" });
  });
});

describe("mending", () => {
  it.each<[string, Happening[], string[]]>([
    ["lost media: the server is asked to go on with the connection we hold", [lost], ["join a"]],
    ["one loss is asked for once", [lost, lost], ["join a"]],
    ["the server hears us: the same connection goes on", [lost, offered("a", 3), answered("a", 3), flow], ["join a", "again a3", "sdp_answer"]],
    ["the server does not hear us: a fresh connection", [lost, offered("b", 3), answered("b", 3), flow], ["join a", "fresh b3", "sdp_answer"]],
    ["media are back by themselves before the offer", [lost, flow, offered("a", 3), answered("a", 3)], ["join a", "again a3", "sdp_answer"]],
    ["one way only: renegotiated in vain, then a new one is forced", [lost, offered("a", 3), answered("a", 3), waited, offered("b", 4)], ["join a", "again a3", "sdp_answer", "join anew", "fresh b4"]],
    ["no offer came: a new one is forced, and late offers of the old are dropped", [lost, waited, offered("a", 3)], ["join a", "join anew"]],
    ["it goes on asking until media flow", [lost, waited, waited, waited], ["join a", "join anew", "join anew", "join anew"]],
    ["given up by the browser: there is nothing to resume", [failed], ["join anew"]],
    ["given up while resuming", [lost, failed], ["join a", "join anew"]],
    ["given up while a new one is asked for already", [lost, waited, failed], ["join a", "join anew"]],
    ["given up by the browser while the line was down: a new line asks for a new one", [failed, opened, offered("b", 1)], ["join anew", "join anew", "fresh b1"]],
    ["given up and yet back: it can be resumed", [failed, flow, opened], ["join anew", "join a"]],
    ["a new line asks to go on with the connection that works", [opened, offered("a", 1), answered("a", 1)], ["join a", "again a1", "sdp_answer"]],
    ["a new line to a server that was started anew", [lost, opened, offered("z", 1), answered("z", 1), flow], ["join a", "join a", "fresh z1", "sdp_answer"]],
    ["a new line after a new connection was asked for in vain: the old one may be back", [lost, waited, opened, offered("a", 1)], ["join a", "join anew", "join a", "again a1"]],
    ["media flow but no offer comes on the new line: not a reason for a new connection", [opened, waited], ["join a", "join a"]],
    ["lost while answering: asked for once the answer is out", [offered("a", 3), lost, answered("a", 3)], ["again a3", "sdp_answer", "join a"]],
    ["the server does not hear us though we hear it", [{ kind: "unheard" }], ["join a"]],
    ["an answer that fails: a new connection", [offered("a", 3), unanswerable("a", 3)], ["again a3", "join anew"]],
    ["a failure of what was left behind", [offered("b", 1), unanswerable("a", 2)], ["fresh b1"]],
    ["answers that fail again and again are not asked for in a loop", [lost, offered("b", 3), unanswerable("b", 3), offered("c", 4), unanswerable("c", 4)], ["join a", "fresh b3", "join anew", "fresh c4"]],
  ])("%s", (_, happenings, acts) => {
    expect(after(...happenings).acts).toEqual(acts);
  });

  it("waits for nothing while media flow, and ever longer for a new connection", () => {
    expect(patienceMs(after().state)).toBeNull();
    expect(patienceMs({ kind: "away" })).toBeNull();
    const waits = [after(lost), after(lost, waited), after(lost, waited, waited), after(lost, waited, waited, waited, waited, waited)].map(({ state }) => patienceMs(state));
    expect(waits[0]).toBe(3_000);
    expect(waits).toEqual([...waits].sort((a, b) => Number(a) - Number(b)));
    expect(patienceMs(after(lost, waited, flow, lost).state)).toBe(3_000);
  });

  it("never ends in a state that waits for nothing without media, whatever happens", () => {
    const happenings: Happening[] = [opened, flow, lost, failed, waited, { kind: "unheard" }, offered("a", 3), offered("b", 1), answered("a", 3), answered("b", 1), unanswerable("b", 1)];
    let seed = 7;
    for (let round = 0; round < 300; round += 1) {
      let { state } = after();
      for (let i = 0; i < 12; i += 1) {
        seed = (seed * 48_271) % 2_147_483_647;
        const one = happenings[seed % happenings.length];
        if (one) [state] = negotiate(state, one);
        if (!flows(state)) expect(patienceMs(state)).toBeGreaterThan(0);
      }
    }
  });
});
