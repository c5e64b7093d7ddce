import { cleanup, fireEvent, screen, within } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conclusionStanding, maySign, nextPoint } from "../src/core/desk";
import { freshQuestion } from "../src/core/guide";
import { groups, isMine, ownPoints } from "../src/core/joint";
import type { AnswerView, DepartmentConclusionView, SignatureView, SurveyView } from "../src/core/wire.gen";
import { AskStill } from "../src/screens/desk/AskStill";
import { Checklist } from "../src/screens/desk/Checklist";
import { Conclusion } from "../src/screens/desk/Conclusion";
import { language, type Language } from "../src/text";
import { RESULT, VALUE } from "../src/text/desk";
import { kinds } from "../src/text/kinds";
import { app, CITY, FIRE, person, photo, show, survey } from "./support";

const NOTHING_ELSE = { onOpinion: () => undefined, onStandAside: () => undefined };

const ME = { id: "p2", role: "reviewer" } as const;
const OTHER = { id: "p3", role: "reviewer" } as const;
const people = [person(), person({ id: "p2", role: "reviewer", name: "林", department: CITY }), person({ id: "p3", role: "reviewer", name: "陈", department: FIRE })];
const answer = (point: string, value: AnswerView["value"] = "ok", by = "p3"): AnswerView => ({ point, value, note: "", by, at: "2026-11-22T02:00:00Z", moment_s: 1 });
const signed = (participant: string, result: SignatureView["result"]): SignatureView => ({ participant, name: participant, result, reason: "", at: "2026-11-22T03:00:00Z" });

function joint(over: Partial<SurveyView> = {}, ...results: (DepartmentConclusionView["result"] | "differ")[]): SurveyView {
  const plain = survey();
  const [door, exit] = plain.item.points;
  const points = [{ ...door!, department: CITY }, { ...exit!, department: FIRE }];
  const conclusions = [CITY, FIRE].map((department, n) => {
    const result = results[n] ?? null;
    return { department, result: result === "differ" ? null : result, signed: result === null ? 0 : result === "differ" ? 2 : 1 };
  });
  return survey({ participants: people, item: { ...plain.item, kind: "joint_inspection", points, departments: [CITY, FIRE] }, conclusions, ...over });
}

afterEach(() => {
  cleanup();
  language.value = "zh";
});

describe("a joint inspection at one desk", () => {
  it("groups points by department and knows one's own", () => {
    const now = joint();
    expect(groups(now).map((group) => [group.department, group.points.map((point) => point.id)])).toEqual([[CITY, ["door"]], [FIRE, ["exit"]]]);
    expect(ownPoints(now, ME).map((point) => point.id)).toEqual(["door"]);
    expect(groups(survey())).toHaveLength(1);
    expect(survey().item.points.every((point) => isMine(survey(), ME, point))).toBe(true);
    expect([nextPoint(now, OTHER), nextPoint(joint({ answers: [answer("exit")] }), OTHER)]).toEqual(["exit", null]);
  });

  it("is signed by each department, anew only while its own reviewers differ", () => {
    const mine = { state: "ended", signatures: [signed("p2", "pass")] } as const;
    expect(conclusionStanding(joint({ state: "ended" })).is).toBe("departments");
    expect(maySign(ME, joint({ state: "ended" }))).toBe(true);
    expect(maySign(ME, joint({ ...mine, signatures: [...mine.signatures] }, "pass"))).toBe(false);
    expect(maySign(OTHER, joint({ ...mine, signatures: [...mine.signatures] }, "pass"))).toBe(true);
    expect(maySign(ME, joint({ ...mine, signatures: [...mine.signatures] }, "differ"))).toBe(true);
    expect(maySign({ id: "p1", role: "reviewer" }, joint({ state: "ended" })), "of no department").toBe(false);
  });
});

describe.each<Language>(["zh", "en"])("the screens in %s", (chosen) => {
  it("one's own points can be answered, the others' are read", () => {
    language.value = chosen;
    const onAnswer = vi.fn();
    show(app(), <Checklist survey={joint({ answers: [answer("exit", "not_ok")] })} me={ME} onAnswer={onAnswer} />);
    const [own, other] = screen.getAllByTestId("department-points");
    expect(within(own!).getByText(kinds.ownDepartment[chosen])).toBeTruthy();
    expect(within(own!).getByText(CITY[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("point-door-ok"));
    expect(onAnswer).toHaveBeenCalledWith("door", "ok", "");
    expect(within(other!).getByText(VALUE.not_ok[chosen])).toBeTruthy();
    expect(within(other!).queryByRole("button")).toBeNull();
  });

  it("each department's conclusion stands for itself; a pass waits for the own answers", () => {
    language.value = chosen;
    const onConclude = vi.fn();
    show(app(), <Conclusion survey={joint({ state: "ended", signatures: [signed("p3", "rectify")] }, null, "rectify")} me={ME} onConclude={onConclude} {...NOTHING_ELSE} />);
    const [city, fire] = screen.getAllByTestId("department-conclusion");
    expect(city!.textContent).toContain(kinds.departmentOpen[chosen]);
    expect(fire!.textContent).toContain(RESULT.rectify[chosen]);
    fireEvent.click(within(screen.getByTestId("result-pass")).getByRole("radio"));
    expect((screen.getByTestId("conclude") as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByText(kinds.answerFirst(1)[chosen])).toBeTruthy();
    fireEvent.click(within(screen.getByTestId("result-rectify")).getByRole("radio"));
    expect(screen.queryByTestId("rectify-exit"), "another department's point").toBeNull();
    fireEvent.click(within(screen.getByTestId("rectify-door")).getByRole("checkbox"));
    fireEvent.input(screen.getByTestId("rectify-days"), { target: { value: "5" } });
    fireEvent.input(screen.getByTestId("conclusion-reason"), { target: { value: "堆物" } });
    fireEvent.click(screen.getByTestId("conclude"));
    fireEvent.click(screen.getByTestId("conclude-confirm"));
    expect(onConclude).toHaveBeenCalledWith({ result: "rectify", reason: "堆物", points: ["door"], days: 5 });
  });

  it("a still is asked of a point, or marked as outside the checklist", () => {
    language.value = chosen;
    const [onAsk, onQuestion] = [vi.fn(), vi.fn()];
    show(app(), <AskStill points={survey().item.points} first="exit" onAsk={onAsk} onQuestion={onQuestion} onClose={() => undefined} />);
    fireEvent.click(screen.getByTestId("still-send"));
    expect(onAsk).toHaveBeenLastCalledWith("", "exit");
    fireEvent.change(screen.getByTestId("still-point"), { target: { value: "" } });
    expect(screen.getByText(kinds.outsideHint[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("still-send"));
    expect(onAsk).toHaveBeenLastCalledWith("", null);
    expect((screen.getByTestId("question-send") as HTMLButtonElement).disabled, "a question has words").toBe(true);
    fireEvent.input(screen.getByTestId("still-note"), { target: { value: "谁值夜班" } });
    fireEvent.click(screen.getByTestId("question-send"));
    expect(onQuestion).toHaveBeenLastCalledWith("谁值夜班", null);
  });

  it("lists what was asked for outside the checklist, and shows the phone the newest question for a minute", () => {
    language.value = chosen;
    const asked = { kind: "question", by: "p2", text: "谁值夜班", point: null, outside: true, at: "2026-11-22T02:00:00Z", moment_s: 65 } as const;
    const now = survey({ requests: [asked, { ...asked, kind: "still", text: "门后", point: "exit", outside: false }] });
    show(app(), <Checklist survey={now} me={ME} onAnswer={() => undefined} />);
    const told = screen.getByTestId("outside-requests").textContent;
    expect(told).toContain("谁值夜班");
    expect(told).toContain("01:05");
    expect(told).not.toContain("门后");
    const at = Date.parse(asked.at);
    expect([freshQuestion(now, at + 59_000)?.text, freshQuestion(now, at + 61_000)]).toEqual(["谁值夜班", null]);
  });

  it("a re-survey shows what was found before beside each point", () => {
    language.value = chosen;
    const rectification = { points: ["exit"], days: 10, due: "2026-12-04" };
    const before = {
      survey: "s0", case_no: "TK-0", concluded_at: "2026-11-20T02:00:00Z", rectification,
      answers: [answer("exit", "not_ok")], photos: [photo({ id: "a", point: "exit" }), photo({ id: "b" })],
    };
    const preview = vi.fn(() => Promise.resolve(new Blob()));
    const bytes = { preview, original: preview, livePicture: preview };
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
    show(app(), <Checklist survey={survey({ earlier: before })} me={ME} onAnswer={() => undefined} photoBytes={bytes} />);
    expect(within(screen.getByTestId("before-exit")).getByText(kinds.toPutRight[chosen])).toBeTruthy();
    expect(within(screen.getByTestId("before-exit")).getByText(VALUE.not_ok[chosen])).toBeTruthy();
    expect(screen.queryByTestId("before-door")).toBeNull();
    expect(screen.getByText(kinds.otherPhotos[chosen])).toBeTruthy();
    expect(preview.mock.calls).toEqual([["s0", "a"], ["s0", "b"]]);
    vi.unstubAllGlobals();
  });

  it("says what is to be put right and until when", () => {
    language.value = chosen;
    const rectification = { points: ["exit"], days: 10, due: "2026-12-04" };
    show(app(), <Conclusion survey={survey({ state: "concluded", conclusion: "rectify", rectification, re_surveys: ["s9"] })} me={ME} onConclude={() => undefined} {...NOTHING_ELSE} />);
    const told = screen.getByTestId("to-rectify").textContent;
    expect(told).toContain(kinds.within(10)[chosen]);
    expect(told).toContain("2026-12-04");
    expect(told).toContain("s9");
  });
});
