import { describe, expect, it } from "vitest";
import { holding, NO_REPAIRS, NOT_HELD, type Holding } from "../src/core/playout";

const lossy = (n: number) => ({ asked: 10 * n, frozen: 0 });

/** So many looks, two seconds apart. */
function lived(looks: number, count: (n: number) => { asked: number; frozen: number }, from: Holding = NOT_HELD, startMs = 0): Holding {
  let now = from;
  for (let n = 1; n <= looks; n += 1) now = holding(now, count(n - 1), count(n), 0.15, startMs + 2000 * n);
  return now;
}

describe("how long media are held", () => {
  it("not at all on a good network, nor for a packet now and then", () => {
    expect(lived(60, () => NO_REPAIRS).targetMs).toBe(0);
    expect(lived(60, (n) => ({ asked: 2 * n, frozen: 0 })).targetMs).toBe(0);
    expect(lived(60, (n) => ({ asked: 0, frozen: n })).targetMs).toBe(0);
  });

  it("for four rounds of repair where packets go missing, within bounds", () => {
    expect(lived(3, lossy).targetMs).toBe(700);
    expect(holding(NOT_HELD, NO_REPAIRS, lossy(1), 2, 0).targetMs).toBe(800);
    expect(holding(NOT_HELD, NO_REPAIRS, lossy(1), null, 0).targetMs).toBe(100);
  });

  it("until the network has been calm for a while, then less and less", () => {
    const held = lived(3, lossy);
    expect(lived(9, () => NO_REPAIRS, held, 6000).targetMs).toBe(700);
    expect(lived(11, () => NO_REPAIRS, held, 6000).targetMs).toBe(350);
    expect(lived(60, () => NO_REPAIRS, held, 6000).targetMs).toBe(0);
  });

  it("does not jump back and forth with the round trip", () => {
    expect(holding({ targetMs: 550, calmSinceMs: 0 }, NO_REPAIRS, lossy(1), 0.05, 1000).targetMs).toBe(550);
  });
});
