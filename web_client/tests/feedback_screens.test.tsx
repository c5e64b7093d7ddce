import { act, cleanup, fireEvent, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FeedbackView, Role, RulesView } from "../src/core/wire.gen";
import { Photos } from "../src/screens/desk/Photos";
import Feedback from "../src/screens/feedback/Feedback";
import { language, type Language } from "../src/text";
import { feedback as words } from "../src/text/feedback";
import { GROUND, restricted } from "../src/text/restricted";
import { app, photo, show, survey } from "./support";

const RULES: RulesView = {
  version: "1",
  digest: "d",
  answer_days: 5,
  repair_days: 5,
  authority: { zh: "某局", en: "Bureau" },
  rules: [
    { number: "XK-78", rule: "《法》第七十八条", severity: "general", kind: { zh: "虚假材料", en: "false material" } },
    { number: "XK-79", rule: "《法》第七十九条", severity: "serious", kind: { zh: "欺骗", en: "deceit" } },
  ],
};

function view(over: Partial<FeedbackView> = {}): FeedbackView {
  return {
    feedback: "f1",
    seq: 4,
    state: "answered",
    stands: { zh: "已陈述申辩，待决定", en: "answered, to be decided" },
    survey: "s1",
    case_no: "琼-1",
    subject_name: "某公司",
    rule: "XK-78",
    words: "消防照片不是本店",
    recorded_at: "2026-11-23T02:00:00Z",
    evidence: [{ what: { zh: "照片 001", en: "photo 001" }, sha256: "a".repeat(64), photo: "001" }],
    steps: [{ at: "2026-11-23T02:00:00Z", act: { zh: "记录虚假材料", en: "record a finding" }, by: "李审查", words: "…", kept: true }],
    notices: [],
    open: [],
    due: null,
    event: "",
    application: "",
    deliveries: [],
    ...over,
  };
}

function at(role: Role, all: FeedbackView[]) {
  const on = app();
  on.state.session.value = { session: "s", role, name: "何科长", participant: "o1", survey: role === "reviewer" ? "s1" : null };
  on.api.feedbacks = () => Promise.resolve(all);
  on.api.rules = () => Promise.resolve(RULES);
  return on;
}

const settled = () => act(() => new Promise<void>((done) => setTimeout(done)));

beforeEach(() => {
  location.hash = "#f1";
});
afterEach(() => {
  cleanup();
  language.value = "zh";
  location.hash = "";
});

describe.each<Language>(["zh", "en"])("false material in %s", (chosen) => {
  beforeEach(() => {
    language.value = chosen;
  });

  it("marks a period only when it is over", async () => {
    const due = { day: "2026-11-27", at: "2026-11-28T00:00:00+08:00", left: 4, note: null };
    vi.useFakeTimers({ now: Date.parse("2026-11-23T02:00:00Z"), toFake: ["Date"] });
    show(at("officer", [view({ due })]), <Feedback />);
    await settled();
    const line = screen.getByTestId("feedback-record").querySelector(".limit");
    expect(line?.className).toBe("limit");
    expect(line?.textContent).toContain(chosen === "zh" ? "还剩 4 个工作日" : "4 working days left");
    cleanup();
    vi.setSystemTime(Date.parse("2026-11-27T16:00:00Z"));
    show(at("officer", [view({ due: { ...due, left: 0 } })]), <Feedback />);
    await settled();
    expect(screen.getByTestId("feedback-record").querySelector(".limit")?.className).toBe("limit over");
    vi.useRealTimers();
  });

  it("lets an officer decide about what they saw, citing a rule, and shows a refusal in words", async () => {
    const on = at("officer", [view({ open: ["dropped", "deducted", "linked"] })]);
    const deduct = vi.fn().mockRejectedValue(new Error("away"));
    on.api.deduct = deduct;
    show(on, <Feedback />);
    await settled();
    fireEvent.click(screen.getByTestId("act-deducted"));
    await settled();
    expect((screen.getByTestId("act-send") as HTMLButtonElement).disabled).toBe(true);
    fireEvent.change(screen.getByTestId("rule"), { target: { value: "XK-79" } });
    fireEvent.input(screen.getByTestId("act-code"), { target: { value: "9146" } });
    fireEvent.input(screen.getByTestId("act-words"), { target: { value: "属实" } });
    fireEvent.submit(screen.getByTestId("act-send").closest("form")!);
    await settled();
    expect(deduct).toHaveBeenCalledWith("f1", { rule: "XK-79", code: "9146", words: "属实", seen: 4 });
    expect(screen.getByTestId("problem")).toBeTruthy();
  });

  it("gives the subject's link once, and the subject the answer and one submission for several records", async () => {
    const on = at("officer", [view({ open: ["notified"] })]);
    on.api.giveNotice = () => Promise.resolve({ link: "https://node/j/secret", expires_at: "2026-12-23T00:00:00Z", feedback: view() });
    show(on, <Feedback />);
    await settled();
    fireEvent.click(screen.getByTestId("give-notice"));
    await settled();
    expect(screen.getByTestId("notice-link").textContent).toBe("https://node/j/secret");
    cleanup();

    const charged = ["f1", "f2"].map((feedback) => view({ feedback, state: "deducted", event: `TK-${feedback}`, open: ["appealed", "repair_asked"] }));
    const subject = at("subject", charged);
    const asked = vi.fn().mockResolvedValue(charged);
    subject.api.askRepair = asked;
    show(subject, <Feedback />);
    await settled();
    expect(screen.getByText(words.subjectTitle[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("act-repair_asked"));
    const boxes = screen.getAllByRole("checkbox");
    expect(boxes).toHaveLength(2);
    fireEvent.click(boxes[1]!);
    fireEvent.input(screen.getByTestId("act-words"), { target: { value: "已改正" } });
    fireEvent.submit(screen.getByTestId("act-send").closest("form")!);
    await settled();
    expect(asked).toHaveBeenCalledWith({ feedback: ["f1", "f2"], words: "已改正" });
  });

  it("lets an officer restrict a case by its number, and lift that", async () => {
    location.hash = "";
    const on = at("officer", []);
    const standing = { survey: "s1", case_no: "琼-1", state: "concluded", officer: "周科长", ground: "minors", ground_words: GROUND.minors, reason: "幼儿园", since: "2026-11-23T02:00:00Z" } as const;
    const order = vi.fn().mockResolvedValueOnce([standing]).mockResolvedValueOnce([]);
    on.api.asked = () => Promise.resolve([]);
    on.api.restrictions = () => Promise.resolve([]);
    on.api.orderRestriction = order;
    show(on, <Feedback />);
    await settled();
    expect(screen.getByText(restricted.none[chosen])).toBeTruthy();
    expect(screen.getByTestId<HTMLButtonElement>("restrict-send").disabled).toBe(true);
    fireEvent.input(screen.getByTestId("restrict-case"), { target: { value: " 琼-1 " } });
    fireEvent.change(screen.getByTestId("restrict-ground"), { target: { value: "minors" } });
    fireEvent.input(screen.getByTestId("restrict-reason"), { target: { value: "幼儿园" } });
    fireEvent.submit(screen.getByTestId("restrict-send").closest("form")!);
    await settled();
    expect(order).toHaveBeenLastCalledWith({ order: "restrict", case_no: "琼-1", ground: "minors", reason: "幼儿园" });
    expect(screen.getByTestId("restricted-item").textContent).toContain(GROUND.minors[chosen]);
    fireEvent.input(screen.getByTestId("lift-reason"), { target: { value: "已遮挡" } });
    fireEvent.submit(screen.getByTestId("lift-send").closest("form")!);
    await settled();
    expect(order).toHaveBeenLastCalledWith({ order: "lift", case_no: "琼-1", reason: "已遮挡" });
    expect(screen.queryByTestId("restricted-item")).toBeNull();
  });

  it("lets a reviewer record it from a photo, and nobody else", async () => {
    const on = at("reviewer", []);
    const recorded = vi.fn().mockResolvedValue(view());
    on.api.recordFeedback = recorded;
    const shown = survey({ photos: [photo()] });
    const bytes = { preview: () => Promise.reject(new Error("none")), original: () => Promise.reject(new Error("none")) } as never;
    show(on, <Photos survey={shown} bytes={bytes} />);
    fireEvent.click(screen.getByTestId("false-material"));
    await settled();
    fireEvent.input(screen.getByTestId("false-words"), { target: { value: " 不是本店 " } });
    fireEvent.submit(screen.getByTestId("false-send").closest("form")!);
    await settled();
    expect(recorded).toHaveBeenCalledWith("s1", { rule: "XK-78", words: "不是本店", evidence: [{ of: "photo", photo: "001" }] });
    expect(screen.getByText(words.recorded[chosen])).toBeTruthy();
    cleanup();
    show(at("auditor", []), <Photos survey={shown} bytes={bytes} />);
    expect(screen.queryByTestId("false-material")).toBeNull();
  });
});
