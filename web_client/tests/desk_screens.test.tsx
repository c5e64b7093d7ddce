import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "../src/core/problems";
import type { ReplayView, Role, SurveyCard } from "../src/core/wire.gen";
import { Archive } from "../src/screens/audit/Archive";
import { CaseFile } from "../src/screens/audit/CaseFile";
import Desk from "../src/screens/desk/Desk";
import { Room } from "../src/screens/desk/Room";
import { language, type Language } from "../src/text";
import { audit, causeText } from "../src/text/audit";
import { desk, ENDED_BY, RESULT, STATE, tierText, VALUE, VERDICT } from "../src/text/desk";
import { restricted } from "../src/text/restricted";
import { elsewhere, STANDING, STANDING_IN_FULL } from "../src/text/standing";
import { app, person, photo, show, survey, video } from "./support";

function at(role: Role, participant = "p2") {
  const on = app();
  on.state.session.value = { session: "s", role, name: "林审查员", participant, survey: "s1" };
  on.api.preview = () => Promise.reject(new Error("no preview here"));
  return on;
}

const two = [person(), person({ id: "p2", role: "reviewer", name: "林审查员" }), person({ id: "p3", role: "reviewer", name: "陈审查员", audio: false })];

beforeEach(() => {
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  language.value = "zh";
});

describe.each<Language>(["zh", "en"])("the desk in %s", (chosen) => {
  beforeEach(() => {
    language.value = chosen;
  });

  function room(role: Role = "reviewer", over: Parameters<typeof survey>[0] = {}) {
    const on = at(role);
    const now = survey({ participants: two, ...over });
    on.state.survey.value = now;
    show(on, <Room survey={now} me={{ id: "p2", role }} onTheme={() => undefined} />);
    return on;
  }

  it("leads through notice, devices and door, and says so to the server", async () => {
    const on = at("reviewer");
    on.state.notice.value = "recording-1";
    on.state.survey.value = survey({ participants: [person(), person({ id: "p2", role: "reviewer", consented: false })] });
    on.camera.open = async () => (on.camera.access.value = { camera: "missing", microphone: "denied" });
    const join = vi.spyOn(on.call, "join").mockImplementation(() => undefined);
    show(on, <Desk />);
    fireEvent.click(screen.getByTestId("consent-agree"));
    await act(() => Promise.resolve());
    expect(screen.getByText(desk.deviceDenied[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("devices-continue"));
    expect(on.said).toEqual([
      { type: "consent", notice: "recording-1" },
      { type: "device_report", camera: "missing", microphone: "denied", location: "missing" },
    ]);
    fireEvent.click(screen.getByTestId("join"));
    expect(join).toHaveBeenCalledOnce();
    expect(screen.getByTestId("tab-checklist")).toBeTruthy();
  });

  it("says the tier and the stage in words and waits for the applicant", () => {
    room("reviewer", { participants: [person({ present: false }), ...two.slice(1)], tier: "orange" });
    expect(screen.getByText(tierText("orange")[chosen])).toBeTruthy();
    expect(screen.getByText(STATE.in_session[chosen])).toBeTruthy();
    expect(screen.getByText(desk.waitingApplicant[chosen])).toBeTruthy();
    expect(within(screen.getByTestId("person-p3")).getByLabelText(desk.muted[chosen])).toBeTruthy();
    expect(screen.getByText(desk.recordingNotYet[chosen])).toBeTruthy();
    expect((screen.getByTestId("ask-still") as HTMLButtonElement).disabled).toBe(true);
  });

  it("the light counts bytes on disk, and says when they stop", () => {
    const on = room();
    const light = { type: "recording", bytes: 41_600_000, archived_bytes: 20_800_000, archiving_pending: false, seconds: 192, participants: [{ participant: "p1", bytes: 1, seconds: 192, age_s: 0.3 }] } as const;
    act(() => {
      on.state.light.value = { light: { ...light, participants: [...light.participants] }, receivedMs: Date.now() };
    });
    expect(screen.getByTestId("recording-light").textContent).toContain("03:12");
    expect(screen.getByTestId("recording-light").textContent).toContain(desk.onDisk("41.6 MB")[chosen]);
    act(() => {
      on.state.light.value = { light: { ...light, participants: [...light.participants] }, receivedMs: Date.now() - 9000 };
    });
    expect(screen.getByTestId("recording-light").textContent).toContain(desk.recordingStalled[chosen]);
  });

  it("the light says when the archive has to wait, and what is safe meanwhile", () => {
    const on = room();
    const light = { type: "recording" as const, bytes: 9, archived_bytes: 3, seconds: 10, participants: [] };
    const shine = (archiving_pending: boolean) =>
      act(() => {
        on.state.light.value = { light: { ...light, archiving_pending }, receivedMs: Date.now() };
      });
    shine(true);
    expect(screen.getByTestId("archiving-pending").textContent).toContain(desk.archivingPending[chosen]);
    shine(false);
    expect(screen.queryByTestId("archiving-pending")).toBeNull();
  });

  it("says so where the server ended the session for want of room", () => {
    room("reviewer", { state: "ended", recording: { started_at: "2026-11-22T02:00:00Z", ended_at: "2026-11-22T02:03:12Z", end: "disk_full" } });
    expect(screen.getByText(desk.sessionEndedDisk[chosen])).toBeTruthy();
    expect(screen.queryByText(desk.sessionEndedHint[chosen])).toBeNull();
  });

  it("says who ended the session", () => {
    room("reviewer", { state: "ended", recording: { started_at: "2026-11-22T02:00:00Z", ended_at: "2026-11-22T02:03:12Z", end: "applicant" } });
    expect(screen.getByText(ENDED_BY.applicant[chosen])).toBeTruthy();
  });

  it("pins answers, and shows the moment they are pinned to", () => {
    const on = room("reviewer", { answers: [{ point: "door", value: "not_ok", note: "", by: "p3", at: "2026-11-22T02:00:00Z", moment_s: 75 }] });
    expect(screen.getByTestId("point-door-not_ok").getAttribute("aria-pressed")).toBe("true");
    expect(screen.getByText("01:15")).toBeTruthy();
    fireEvent.click(screen.getByTestId("point-exit-unsure"));
    expect(on.said).toEqual([{ type: "answer_point", point: "exit", value: "unsure", note: "" }]);
  });

  it("takes a note beside one's own answer that is not in order, and shows what a colleague had answered", () => {
    const given = { at: "2026-11-22T02:00:00Z", moment_s: 75 };
    const before = { value: "unsure", note: "看不清", by: "p3", ...given } as const;
    const on = room("reviewer", {
      answers: [
        { point: "door", value: "not_ok", note: "", by: "p2", ...given, others: [before] },
        { point: "exit", value: "unsure", note: "", by: "p3", ...given },
      ],
    });
    expect(screen.queryByTestId("note-exit"), "another's answer").toBeNull();
    const name = on.state.survey.value?.participants.find((one) => one.id === "p3")?.name ?? "p3";
    expect(screen.getByTestId("answer-before").textContent).toBe(`${desk.answeredBefore(VALUE.unsure[chosen], name, "01:15")[chosen]} 看不清`);
    fireEvent.input(screen.getByTestId("note-door"), { target: { value: " 招牌被遮挡 " } });
    fireEvent.change(screen.getByTestId("note-door"));
    expect(on.said).toEqual([{ type: "answer_point", point: "door", value: "not_ok", note: "招牌被遮挡" }]);
  });

  it("experts read the checklist and can't end or answer", () => {
    room("expert", { answers: [{ point: "door", value: "ok", note: "", by: "p3", at: "2026-11-22T02:00:00Z", moment_s: 5 }] });
    expect(screen.queryByTestId("point-door-ok")).toBeNull();
    expect(screen.queryByTestId("end-session")).toBeNull();
    expect(screen.getByText(VALUE.ok[chosen])).toBeTruthy();
  });

  it("asks for a still with a note", () => {
    const on = room();
    fireEvent.click(screen.getByTestId("ask-still"));
    fireEvent.input(screen.getByTestId("still-note"), { target: { value: " gauge " } });
    fireEvent.click(screen.getByTestId("still-send"));
    expect(on.said).toEqual([{ type: "ask_still", note: "gauge", point: "door" }]);
    expect(screen.getByText(desk.stillAsked[chosen])).toBeTruthy();
  });

  it("ends only after a question that names what is open", () => {
    const on = room();
    fireEvent.click(screen.getByTestId("end-session"));
    expect(screen.getByText(desk.endOpenPoints(2)[chosen])).toBeTruthy();
    expect(on.said).toEqual([]);
    fireEvent.click(screen.getByTestId("end-confirm"));
    expect(on.said).toEqual([{ type: "end_session" }]);
  });

  it("shows each photo's verdict and every check that did not pass with its reason", () => {
    const why = { zh: "像是 GCJ-02 坐标", en: "Looks like GCJ-02" };
    const fine = (id: string) => ({ id, result: "pass" as const, reason: { zh: id, en: id } });
    room("reviewer", { photos: [photo({ result: "needs_review", findings: [fine("a"), fine("b"), fine("c"), { id: "datum", result: "flag", reason: why }] })] });
    fireEvent.click(screen.getByTestId("tab-photos"));
    const item = within(screen.getByTestId("photo-item"));
    expect(item.getByText(VERDICT.needs_review[chosen])).toBeTruthy();
    expect(item.getByText(why[chosen])).toBeTruthy();
    expect(item.getByText("a".repeat(12))).toBeTruthy();
    expect(item.getByText(desk.notArchived[chosen])).toBeTruthy();
    expect(item.queryByText("c")).toBeNull();
    fireEvent.click(item.getByText(new RegExp(desk.findingsPassed(2)[chosen])));
    expect(item.getByText("c")).toBeTruthy();
  });

  it("lists site videos beside photos, plays the preserved file, and says what is still on its way", async () => {
    const on = room("reviewer", { videos: [video({ result: "needs_review" })], coming: [{ name: "stairs.mov", size: 200, received: 86 }] });
    on.api.frame = () => Promise.reject(new Error("none"));
    on.api.videoLink = async () => ({ url: "/api/videos/ticket/001-v", expires_at: "2026-11-22T06:00:00Z" });
    fireEvent.click(screen.getByTestId("tab-photos"));
    expect(screen.getByTestId("coming").textContent).toContain("stairs.mov");
    expect(screen.getByTestId("coming").textContent).toContain("43%");
    const item = within(screen.getByTestId("video-item"));
    expect(item.getByText(VERDICT.needs_review[chosen])).toBeTruthy();
    expect(item.getByText(desk.videoSeconds("01:15")[chosen])).toBeTruthy();
    await act(async () => {
      fireEvent.click(item.getByTestId("open-video"));
    });
    expect(screen.getByTestId("save-video").getAttribute("href")).toBe("/api/videos/ticket/001-v");
    expect(document.querySelector(".d-whole video")?.getAttribute("src")).toBe("/api/videos/ticket/001-v");
  });

  it("after the end asks for a signature and says that a second one is needed", () => {
    const on = room("reviewer", { state: "ended" });
    expect((screen.getByTestId("conclude") as HTMLButtonElement).disabled).toBe(true);
    fireEvent.click(within(screen.getByTestId("result-rectify")).getByRole("radio"));
    fireEvent.click(screen.getByTestId("conclude"));
    expect(screen.queryByTestId("conclude-confirm"), "what is to be put right is named first").toBeNull();
    fireEvent.click(within(screen.getByTestId("rectify-exit")).getByRole("checkbox"));
    fireEvent.input(screen.getByTestId("rectify-days"), { target: { value: "10" } });
    expect((screen.getByTestId("conclude") as HTMLButtonElement).disabled, "nothing but a pass goes without a reason").toBe(true);
    fireEvent.input(screen.getByTestId("conclusion-reason"), { target: { value: " 堆物 " } });
    fireEvent.click(screen.getByTestId("conclude"));
    const asked = screen.getByRole("dialog", { hidden: true });
    expect(asked.textContent).toContain(desk.sureFirst[chosen]);
    expect(asked.textContent).toContain(desk.endOpenPoints(2)[chosen]);
    expect(on.said, "asked first").toEqual([]);
    fireEvent.click(screen.getByTestId("conclude-confirm"));
    expect(on.said).toEqual([{ type: "conclude", result: "rectify", reason: "堆物", points: ["exit"], days: 10 }]);
    cleanup();
    const mine = { participant: "p2", name: "林审查员", result: "rectify", reason: "", at: "2026-11-22T03:00:00Z" } as const;
    room("reviewer", { state: "ended", signatures: [mine] });
    expect(screen.getByText(desk.conclusionSecond[chosen])).toBeTruthy();
    expect(screen.queryByTestId("conclude")).toBeNull();
    cleanup();
    room("expert", { state: "ended", signatures: [mine] });
    expect(screen.getByText(desk.conclusionExpert[chosen])).toBeTruthy();
    expect(screen.queryByTestId("conclude")).toBeNull();
    cleanup();
    room("reviewer", { state: "concluded", conclusion: "rectify", signatures: [mine, { ...mine, participant: "p3" }] });
    expect(screen.getByTestId("concluded").textContent).toContain(RESULT.rectify[chosen]);
  });

  it("marks two signatures that differ instead of counting them", () => {
    const mine = { participant: "p2", name: "林审查员", result: "rectify", reason: "", at: "2026-11-22T03:00:00Z" } as const;
    room("reviewer", { state: "ended", signatures: [mine, { ...mine, participant: "p3", result: "pass" }] });
    expect(screen.getByTestId("tab-conclusion").textContent).toContain(desk.signaturesDiffer[chosen]);
    expect(screen.getByTestId("tab-conclusion").textContent).not.toContain("2/2");
    expect(screen.getByText(desk.conclusionDiffers[chosen])).toBeTruthy();
  });

  it("says that the applicant sends no picture, on the stage and on the line", () => {
    const on = room("reviewer", { participants: [person({ audio: false, video: false }), ...two.slice(1)] });
    expect(screen.getByText(desk.noPicture("王小明")[chosen])).toBeTruthy();
    expect(within(screen.getByTestId("person-p1")).getByLabelText(desk.muted[chosen])).toBeTruthy();
    act(() => {
      const participants = [{ participant: "p1", bytes: 0, seconds: 0, age_s: 0 }, { participant: "p2", bytes: 9, seconds: 10, age_s: 0.2 }];
      on.state.light.value = { light: { type: "recording", bytes: 9, archived_bytes: 0, archiving_pending: false, seconds: 10, participants }, receivedMs: Date.now() };
    });
    expect(screen.getByText(desk.nothingSent[chosen])).toBeTruthy();
    expect(document.querySelector(".d-lane-media")).toBeNull();
  });

  it("says on stage and tile what keeps people from being seen, and that it ends by itself", () => {
    const on = room("reviewer", { participants: [person({ connected: false, audio: false, video: false }), two[1] ?? person(), person({ id: "p3", role: "expert", interruptions: ["hidden", "microphone_taken"] })] });
    expect(screen.getByText(STANDING_IN_FULL.connecting("王小明").title[chosen])).toBeTruthy();
    expect(screen.getByTestId("state-p3").dataset["state"]).toBe("hidden microphone_taken");
    expect(screen.getByTestId("state-p3").textContent).toContain(STANDING.hidden[chosen]);
    expect(screen.queryByTestId("state-p2")).toBeNull();
    act(() => {
      on.state.met.value = new Set(["p1"]);
    });
    expect(screen.getByText(STANDING_IN_FULL.reconnecting("王小明").title[chosen])).toBeTruthy();
    expect(screen.getByTestId("state-p1").textContent).toBe(STANDING.reconnecting[chosen]);
    expect(screen.queryByText(desk.noPicture("王小明")[chosen])).toBeNull();
    act(() => {
      on.state.survey.value = survey({ state: "ended", participants: [person({ connected: false }), ...two.slice(1)] });
    });
    expect(screen.queryByTestId("state-p1"), "after the end nobody comes back").toBeNull();
  });

  it("says its own trouble, and that the recording goes on while media flow", () => {
    const on = room();
    act(() => {
      on.call.media.value = "lost";
    });
    expect(screen.getByTestId("trouble").textContent).toContain(desk.mediaLost[chosen]);
    act(() => {
      on.call.media.value = "connected";
      on.state.connection.value = { kind: "reconnecting", attempt: 3, sinceMs: Date.now() - 60_000 };
    });
    expect(screen.getByTestId("trouble").textContent).toContain(desk.reconnectingFlows[chosen]);
  });

  it("steps back for another page, with one button to come back", async () => {
    const on = at("reviewer");
    on.state.survey.value = survey({ participants: two });
    on.state.connection.value = { kind: "refused", code: "replaced", text: { zh: "断", en: "gone" } };
    const open = vi.spyOn(on.call, "open").mockImplementation(() => undefined);
    const asked = vi.spyOn(on.camera, "open");
    show(on, <Desk />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(elsewhere.title[chosen]);
    expect(screen.getAllByRole("button")).toHaveLength(1);
    await act(async () => void fireEvent.click(screen.getByTestId("use-this-page")));
    expect(open).toHaveBeenCalledWith(on.state.session.value);
    expect(asked).not.toHaveBeenCalled();
  });

  it("back after a reload, one press leads in", async () => {
    const on = at("reviewer");
    on.state.survey.value = survey({ participants: two });
    on.camera.open = async () => (on.camera.access.value = { camera: "ok", microphone: "ok" });
    const join = vi.spyOn(on.call, "join").mockImplementation(() => undefined);
    show(on, <Desk />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(desk.backTitle[chosen]);
    await act(() => Promise.resolve());
    fireEvent.click(screen.getByTestId("devices-continue"));
    expect(join).toHaveBeenCalledOnce();
  });

  it("says refused messages and lost lines in words", () => {
    const on = room();
    const text = { zh: "现在不在通话中。", en: "There is no live session." };
    act(() => {
      on.state.faults.value = [{ type: "fault", code: "not_live", text }];
      on.state.connection.value = { kind: "reconnecting", attempt: 1, sinceMs: 0 };
    });
    expect(screen.getByTestId("toast-fault").textContent).toContain(text[chosen]);
    expect(screen.getByText(desk.reconnecting[chosen])).toBeTruthy();
  });
});

describe.each<Language>(["zh", "en"])("the archive in %s", (chosen) => {
  beforeEach(() => {
    language.value = chosen;
  });
  const card: SurveyCard = { id: "s1", case_no: "ML-1", state: "concluded", item: { zh: "食品", en: "Food" }, subject_name: "椰风", tier: "red", created_at: "2026-11-20T00:00:00Z", seconds: 61, participants: 4, photos: 2, conclusion: "pass", sealed: true };

  it("lists surveys, narrows by words, and opens one", async () => {
    const on = at("auditor");
    on.api.surveys = () => Promise.resolve([card, { ...card, id: "s2", case_no: "ML-2" }]);
    const open = vi.fn();
    show(on, <Archive onOpen={open} onTheme={() => undefined} />);
    await screen.findByTestId("audit-row-s1");
    fireEvent.input(screen.getByTestId("audit-search"), { target: { value: "ml-2" } });
    expect(screen.queryByTestId("audit-row-s1")).toBeNull();
    expect(screen.getByText(audit.counted(1, 2)[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("audit-row-s2"));
    expect(open).toHaveBeenCalledWith("s2");
  });

  it("names nobody of a restricted case, and opens it for a purpose that goes with every request until one leaves", async () => {
    const on = at("auditor");
    on.api.surveys = () => Promise.resolve([{ ...card, subject_name: "", tier: "unknown", seconds: null, participants: 0, photos: 0, conclusion: null, restricted: true }]);
    show(on, <Archive onOpen={() => undefined} onTheme={() => undefined} />);
    const row = within(await screen.findByTestId("audit-row-s1"));
    expect(row.getByTestId("restricted").textContent).toBe(restricted.mark[chosen]);
    expect(row.queryByText(audit.people(0)[chosen])).toBeNull();
    cleanup();

    const why = { zh: "画面涉及未成年人", en: "minors are in view" };
    const admission = { survey: "s1", outcome: "admitted" as const, tier: "red", reasons: [], policy_digest: "d".repeat(64) };
    const asked: string[] = [];
    on.api.replay = () => {
      asked.push(on.api.purpose);
      if (on.api.purpose === "") return Promise.reject(new Refusal({ type: "urn:takan:restricted", status: 403, title: why, detail: why, errors: [] }));
      return Promise.resolve({ survey: survey({ state: "concluded", restricted: why }), seconds: 0, lanes: [], events: [], admission });
    };
    const { unmount } = show(on, <CaseFile survey="s1" onBack={() => undefined} onTheme={() => undefined} />);
    const field = await screen.findByTestId("purpose");
    const send = screen.getByTestId<HTMLButtonElement>("purpose-send");
    fireEvent.input(field, { target: { value: "不够十个字的用途" } });
    expect(send.disabled).toBe(true);
    fireEvent.input(field, { target: { value: " 复议机关调阅 2026-11 号 " } });
    expect(send.disabled).toBe(false);
    fireEvent.submit(field.closest("form")!);
    expect((await screen.findByTestId("restricted")).textContent).toBe(restricted.banner(why)[chosen]);
    expect(asked).toEqual(["", "复议机关调阅 2026-11 号"]);
    unmount();
    await waitFor(() => expect(on.api.purpose).toBe(""));
  });

  it("shows what share of each person's picture and sound was recorded, and every gap with its cause", async () => {
    const on = at("auditor");
    const track = (kind: "audio" | "video", coverage: number) => ({ kind, codec: "x", seconds: 50, gaps: [], coverage });
    const gaps = [{ start_s: 12, end_s: 17.2, kind: "video" as const, cause: "network" }, { start_s: 30, end_s: 40, kind: null, cause: "camera_taken" }];
    const lanes = [{ participant: "p1", name: "王小明", role: "applicant" as const, tracks: [track("video", 88.27), track("audio", 100)], epochs: [], gaps }];
    const admission = { survey: "s1", outcome: "admitted" as const, tier: "red", reasons: [], policy_digest: "d".repeat(64) };
    on.api.replay = () => Promise.resolve({ survey: survey({ state: "ended" }), seconds: 60, lanes, events: [], admission });
    show(on, <CaseFile survey="s1" onBack={() => undefined} onTheme={() => undefined} />);
    const shown = within(await screen.findByTestId("coverage-p1"));
    expect(shown.getByText("88.2 %")).toBeTruthy();
    expect(shown.getByText("100 %")).toBeTruthy();
    expect(shown.getByText(audit.gapAt("00:12", "5.2", audit.picture[chosen], causeText("network")[chosen])[chosen])).toBeTruthy();
    expect(shown.getByText(audit.gapAt("00:30", "10.0", audit.bothKinds[chosen], causeText("camera_taken")[chosen])[chosen])).toBeTruthy();
  });

  it("opens a file without media: decision with reasons, events, and no claim of integrity", async () => {
    const on = at("auditor");
    const reason = { zh: "蓝档须现场", en: "Blue tier: on site" };
    const view: ReplayView = {
      survey: survey({ state: "on_site", tier: "blue" }),
      seconds: 0,
      lanes: [],
      events: [{ seq: 1, at: "2026-11-20T00:00:00Z", moment_s: null, kind: "applied", participant: null, text: { zh: "收到申请", en: "Application received" } }],
      admission: { survey: "s1", outcome: "on_site", tier: "blue", reasons: [reason], policy_digest: "d".repeat(64) },
    };
    on.api.replay = () => Promise.resolve(view);
    show(on, <CaseFile survey="s1" onBack={() => undefined} onTheme={() => undefined} />);
    await screen.findByText(audit.noMedia[chosen]);
    expect(screen.getByText(reason[chosen])).toBeTruthy();
    expect(screen.getByTestId<HTMLButtonElement>("export").disabled).toBe(true);
    expect(screen.getByText(audit.exportNone[chosen])).toBeTruthy();
    expect(screen.getByTestId("integrity").dataset["state"]).toBe("untouched");
    expect(screen.getByText(audit.nothingToCheck[chosen])).toBeTruthy();
    fireEvent.click(screen.getByTestId("tab-events"));
    expect(screen.getByText(view.events[0]?.text[chosen] ?? "")).toBeTruthy();
  });
});

describe("words", () => {
  it("every sentence of desk and archive is there in both languages, and they differ", () => {
    const samples = [3, "3", "3", "3"] as const;
    for (const [name, entry] of Object.entries({ ...desk, ...audit })) {
      const text = typeof entry === "function" ? (entry as (...values: readonly unknown[]) => { zh: string; en: string })(...samples) : entry;
      expect(text.zh.trim(), name).not.toBe("");
      expect(text.en.trim(), name).not.toBe("");
      if (name !== "digest") expect(text.zh, name).toMatch(/[\u4e00-\u9fff]/);
      expect(text.en, name).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });

  it("names every cause the recorder writes", () => {
    for (const cause of ["lost", "left", "ended", "replaced", "mute", "loss", "silent", "server_restart", "disk_full", "network", "disconnected", "hidden", "camera_taken", "microphone_taken"]) expect(causeText(cause).zh, cause).not.toBe(cause);
    expect(causeText("something new")).toEqual({ zh: "something new", en: "something new" });
  });
});
