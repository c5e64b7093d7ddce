/** Experts of a live survey and standing aside, as the desk shows it. */
import { panel } from "../src/text/panel";
import { cleanup, fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import { mayAnswer, maySign, mayStandAside } from "../src/core/desk";
import type { FromPerson, Role, SurveyView } from "../src/core/wire.gen";
import { Conclusion } from "../src/screens/desk/Conclusion";
import { app, person, show, survey } from "./support";

afterEach(cleanup);

const PEOPLE = [
  person(),
  person({ id: "p2", role: "reviewer", name: "林审查员" }),
  person({ id: "p3", role: "reviewer", name: "陈审查员" }),
  person({ id: "p4", role: "expert", name: "符专家" }),
  person({ id: "p5", role: "expert", name: "黄专家" }),
];
const opinion = (by: string) => ({ value: "rectify" as const, reason: "通道堆物", by, at: "2026-11-22T02:00:00Z" });

function ended(over: Partial<SurveyView> = {}): SurveyView {
  const experts = ["p4", "p5"].map((participant) => ({ participant, given: false, opinion: null }));
  return survey({ state: "ended", participants: PEOPLE, experts, experts_open: false, ...over });
}

function desk(view: SurveyView, id: string, role: Role) {
  const said: FromPerson[] = [];
  const shown = show(
    app(),
    <Conclusion
      survey={view}
      me={{ id, role }}
      onConclude={(signed) => said.push({ type: "conclude", ...signed })}
      onOpinion={(value, reason) => said.push({ type: "give_opinion", value, reason })}
      onStandAside={(cause, reason) => said.push({ type: "stand_aside", cause, reason })}
    />,
  );
  return { ...shown, said };
}

describe("experts of a live survey", () => {
  it("give an opinion with a reason, without seeing the other's", () => {
    const mine = { participant: "p5", given: true, opinion: null };
    const { getByTestId, getAllByTestId, queryByText, said } = desk(ended({ experts: [{ participant: "p4", given: false, opinion: null }, mine] }), "p4", "expert");
    expect(getAllByTestId("expert").map((one) => one.dataset["given"])).toEqual(["false", "true"]);
    expect(queryByText("专家都提出意见后才公开")).not.toBeNull();
    fireEvent.click(getByTestId("opinion-rectify").querySelector("input") as HTMLInputElement);
    expect((getByTestId("give-opinion") as HTMLButtonElement).disabled).toBe(true);
    fireEvent.input(getByTestId("opinion-reason"), { target: { value: " 通道堆物 " } });
    fireEvent.click(getByTestId("give-opinion"));
    fireEvent.submit(getByTestId("opinion-reason").closest("form")!);
    expect(said, "once, however often it is pressed").toEqual([{ type: "give_opinion", value: "rectify", reason: "通道堆物" }]);
  });

  it("are waited for by who signs", () => {
    const { queryByTestId, queryByText } = desk(ended(), "p2", "reviewer");
    expect([queryByTestId("conclude"), queryByTestId("give-opinion")]).toEqual([null, null]);
    expect(queryByText(panel.waits.zh)).not.toBeNull();
    expect(maySign({ id: "p2", role: "reviewer" }, ended())).toBe(false);
    cleanup();
    const open = ended({ experts: ["p4", "p5"].map((one) => ({ participant: one, given: true, opinion: opinion(one) })), experts_open: true });
    const after = desk(open, "p2", "reviewer");
    expect(after.queryByTestId("conclude")).not.toBeNull();
    expect(after.getAllByText("通道堆物")).toHaveLength(2);
    cleanup();
    expect(desk(open, "p4", "expert").queryByTestId("give-opinion")).toBeNull();
  });

  it("that never came hold nobody up", () => {
    expect(maySign({ id: "p2", role: "reviewer" }, ended({ experts: [] }))).toBe(true);
  });
});

describe("standing aside", () => {
  it("takes a reason and is asked twice", () => {
    const { getByTestId, said } = desk(survey({ participants: PEOPLE }), "p4", "expert");
    fireEvent.click(getByTestId("stand-aside"));
    expect((getByTestId("aside-confirm") as HTMLButtonElement).disabled).toBe(true);
    fireEvent.input(getByTestId("aside-reason"), { target: { value: "亲属" } });
    fireEvent.click(getByTestId("aside-confirm"));
    expect(said).toEqual([{ type: "stand_aside", cause: "conflict", reason: "亲属" }]);
  });

  it("leaves nothing to do", () => {
    const view = ended({ experts: [], participants: PEOPLE.map((one) => (one.id === "p2" ? { ...one, recused: true } : one)) });
    const me = { id: "p2", role: "reviewer" as const };
    expect([mayAnswer(me, view), maySign(me, view), mayStandAside(me, view)]).toEqual([false, false, false]);
    expect(desk(view, "p2", "reviewer").queryByTestId("recused")).not.toBeNull();
    expect(mayStandAside({ id: "p1", role: "applicant" }, view)).toBe(false);
    expect(mayStandAside({ id: "p3", role: "reviewer" }, ended({ state: "concluded" }))).toBe(false);
  });
});
