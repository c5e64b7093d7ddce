/** Who looks, as the applicant is shown it; what the reviewer is told of it; anybody's check. */
import { act, cleanup, fireEvent, render } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AppContext } from "../src/app";
import { documentIn, inFours, lookingOf } from "../src/core/errands";
import { routeOf } from "../src/core/route";
import type { ErrandCheck, ErrandView, SurveyView } from "../src/core/wire.gen";
import { OwnErrand } from "../src/screens/desk/OwnErrand";
import Errand from "../src/screens/errand/Errand";
import { Looking, LookingInCall, LookingSheet } from "../src/screens/phone/Looking";
import { app, person, show, survey } from "./support";

const NOW = Date.parse("2026-11-22T02:00:00Z");

function errand(participant: string, over: Partial<ErrandView> = {}): ErrandView {
  const code = `26112201aabbccdd0000000${participant.slice(1)}`;
  return {
    participant,
    credential: "46010000123",
    department: { zh: "市场监督管理局", en: "Market Regulation" },
    code,
    address: `https://survey.example/errand#${code}`,
    valid_from: "2026-11-22T01:00:00Z",
    valid_until: "2026-11-22T13:00:00Z",
    ...over,
  };
}

function looked(over: Partial<SurveyView> = {}): SurveyView {
  return survey({
    participants: [person(), person({ id: "p2", role: "reviewer", name: "林审查员" }), person({ id: "p3", role: "expert", name: "符专家" })],
    errands: [errand("p2"), errand("p3")],
    ...over,
  });
}

async function later(ms: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  history.replaceState(null, "", "/errand");
});

describe("how an errand stands on a page", () => {
  it("goes by the server's time, by who stood aside, and by the case", () => {
    const states = (view: SurveyView, now = NOW) => lookingOf(view, now).map((one) => one.state);
    expect(states(looked())).toEqual(["valid", "valid"]);
    expect(states(looked(), Date.parse("2026-11-22T13:00:00Z"))).toEqual(["expired", "expired"]);
    const gone = looked();
    expect(states({ ...gone, participants: gone.participants.map((one) => ({ ...one, recused: one.id === "p3" })) })).toEqual(["valid", "taken_off"]);
    expect(states(looked({ state: "concluded" }))).toEqual(["over", "over"]);
    expect(lookingOf(survey(), NOW)).toEqual([]);
  });

  it("has a code in fours, and tells a document from a code", () => {
    expect(inFours("26112201aabb")).toBe("2611 2201 AABB");
    expect([documentIn("2611 2201\n"), documentIn(" takan errand v1\r\n{}")]).toEqual([null, "takan errand v1\n{}\n"]);
    expect([routeOf("/errand").kind, routeOf("/errand/").kind, routeOf("/errands").kind]).toEqual(["errand", "errand", "nowhere"]);
  });
});

describe("the applicant", () => {
  it("sees who just came in for a while, and everybody on a tap", async () => {
    const open = vi.fn();
    const { queryByTestId, getByTestId } = show(app(), <LookingInCall survey={looked()} onOpen={open} />);
    expect(getByTestId("looking-news").textContent).toContain("林审查员、符专家");
    await later(15_001);
    expect(queryByTestId("looking-news")).toBeNull();
    fireEvent.click(getByTestId("looking-open"));
    expect(open).toHaveBeenCalled();
  });

  it("is told who looks once they are in the call, and then of all of them", async () => {
    const came = (connected: boolean): SurveyView => {
      const view = looked();
      return { ...view, participants: view.participants.map((one) => (one.id === "p3" ? { ...one, connected } : one)) };
    };
    const on = app();
    const { getByTestId, rerender } = show(on, <LookingInCall survey={came(false)} onOpen={() => undefined} />);
    expect(getByTestId("looking-news").textContent).toContain("林审查员");
    expect(getByTestId("looking-news").textContent).not.toContain("符专家");
    await later(15_001);
    expect(getByTestId("looking-open").textContent).toContain("1");
    rerender(
      <AppContext.Provider value={on}>
        <LookingInCall survey={came(true)} onOpen={() => undefined} />
      </AppContext.Provider>,
    );
    expect(getByTestId("looking-news").textContent).toContain("林审查员、符专家");
  });

  it("sees what each errand says, and the code of it", () => {
    const { getByTestId } = show(app(), <LookingSheet survey={looked({ errands: [errand("p2"), errand("p3", { valid_until: "2026-11-22T01:30:00Z" })] })} onClose={() => undefined} />);
    const first = getByTestId("errand-p2");
    for (const words of ["市场监督管理局", "46010000123", "校外培训机构设立", "ML-1", "审查员", "2611 2201 AABB CCDD 0000 0002"]) expect(first.textContent).toContain(words);
    expect(first.textContent).not.toContain("启明教育");
    expect(first.querySelector("img")?.getAttribute("src")).toBe("/api/errands/26112201aabbccdd00000002/qr.svg");
    expect(getByTestId("errand-p3").dataset["state"]).toBe("expired");
  });

  it("sees nothing where nobody came on an errand", () => {
    expect(show(app(), <Looking survey={survey()} />).container.textContent).toBe("");
  });
});

it("the reviewer is told that they are shown, and when that has run out", () => {
  const me = { id: "p2", role: "reviewer" as const };
  const { getByTestId, getByText } = show(app(), <OwnErrand survey={looked()} me={me} />);
  fireEvent.click(getByTestId("own-errand"));
  expect(getByText("申请人看到以下内容，任何人都可以扫码核验。")).toBeTruthy();
  cleanup();
  expect(show(app(), <OwnErrand survey={looked({ errands: [errand("p2", { valid_until: "2026-11-22T01:30:00Z" })] })} me={me} />).getByTestId("own-errand").dataset["state"]).toBe("expired");
  cleanup();
  expect(show(app(), <OwnErrand survey={survey()} me={me} />).queryByTestId("own-errand")).toBeNull();
});

describe("anybody's check", () => {
  const words = { zh: "有效：此人现在受派参加这次踏勘。", en: "Valid" };
  const facts = { name: "林审查员", role: "reviewer" as const, credential: "1", department: { zh: "局", en: "Bureau" }, item: { zh: "事项", en: "item" }, case_no: "ML-1", valid_from: "2026-11-22T01:00:00Z", valid_until: "2026-11-22T13:00:00Z" };

  function page(check: ErrandCheck) {
    const on = app();
    const asked: string[] = [];
    on.api.errand = async (code) => (asked.push(code), check);
    on.api.errandOf = async (document) => (asked.push(document), check);
    const shown = render(
      <AppContext.Provider value={on}>
        <Errand />
      </AppContext.Provider>,
    );
    return { ...shown, asked };
  }

  it("asks about the code in the address at once", async () => {
    history.replaceState(null, "", "#26112201aabbccdd00000002");
    const { getByTestId, asked } = page({ state: "valid", words, at: "2026-11-22T02:00:00Z", errand: facts, document: "takan errand v1\n" });
    await later(200);
    expect(asked).toEqual(["26112201aabbccdd00000002"]);
    expect(getByTestId("errand-answer").dataset["state"]).toBe("valid");
    expect(getByTestId("errand-answer").textContent).toContain("林审查员");
    expect(getByTestId("errand-save")).toBeTruthy();
  });

  it("takes a document too, and says nothing of a person where it was never issued", async () => {
    const { getByTestId, asked, container } = page({ state: "forged", words: { zh: "没有签发过", en: "Never issued" }, at: "2026-11-22T02:00:00Z" });
    expect(asked).toEqual([]);
    fireEvent.input(getByTestId("errand-written"), { target: { value: "takan errand v1\n{}\n\n— x y" } });
    fireEvent.click(getByTestId("errand-send"));
    await later(200); // the question goes out
    await later(200); // and its answer is shown
    expect(asked).toEqual(["takan errand v1\n{}\n\n— x y\n"]);
    expect(getByTestId("errand-answer").dataset["state"]).toBe("forged");
    expect(container.querySelector("dl")).toBeNull();
  });
});
