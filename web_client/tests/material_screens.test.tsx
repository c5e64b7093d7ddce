import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReviewView, SurveyView } from "../src/core/wire.gen";
import { Album } from "../src/device/album";
import { MemoryShelf } from "../src/device/shelf";
import { MaterialDesk } from "../src/screens/desk/MaterialDesk";
import { OpinionForm } from "../src/screens/desk/OpinionForm";
import { Consent } from "../src/screens/entry/Consent";
import { Start } from "../src/screens/entry/Start";
import { Shots } from "../src/screens/phone/Shots";
import { Submitted } from "../src/screens/phone/Submitted";
import { language, type Language } from "../src/text";
import { review as deskWords } from "../src/text/review";
import { shots as words } from "../src/text/shots";
import { app, byPhotos, CITY, FIRE, material, photo, show, videos } from "./support";

const AT = "2026-11-22T02:00:00Z";

function phone(survey: SurveyView = byPhotos()) {
  const on = app();
  on.state.survey.value = survey;
  vi.spyOn(on.api, "preview").mockRejectedValue(new Error("none"));
  const send = vi.spyOn(on.api, "uploadPhoto").mockImplementation((_survey, form) => Promise.resolve(photo({ id: "009", channel: "upload", point: form.point ?? null })));
  const album = new Album({ survey: "s1", api: on.api, shelf: new MemoryShelf<Blob>(), videos: videos(on.api), say: (one) => on.said.push(one), position: () => null });
  return { on, album, send, survey };
}

function desk(over: Partial<SurveyView>, me = { id: "p2", role: "reviewer" as const }) {
  const on = app();
  const survey = byPhotos(over);
  on.state.survey.value = survey;
  on.state.session.value = { session: "s", role: me.role, name: "林", participant: me.id, survey: "s1" };
  vi.spyOn(on.api, "preview").mockRejectedValue(new Error("none"));
  show(on, <MaterialDesk survey={survey} me={me} onTheme={() => undefined} />);
  return on;
}

beforeEach(() => {
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
  vi.stubGlobal("scrollTo", () => undefined);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  language.value = "zh";
});

describe.each<Language>(["zh", "en"])("a survey by photos alone, in %s", (chosen) => {
  beforeEach(() => {
    language.value = chosen;
  });

  it("the way in tells of photos and of no call", () => {
    const invitation = { role: "applicant" as const, name: "王", state: "fresh" as const, item: { zh: "事项", en: "Item" }, case_no: "1", address: "x", survey_state: "admitted" as const, now: AT, mode: "upload_only" as const };
    show(app(), <Start invitation={invitation} onStart={() => Promise.resolve()} />);
    expect(screen.getByText(words.stepShots[chosen])).toBeTruthy();
    expect(screen.getByText(words.invited.applicant[chosen])).toBeTruthy();
    cleanup();
    show(app(), <Consent mode="upload_only" />);
    expect(screen.getByText(words.consentWhatText[chosen])).toBeTruthy();
  });

  it("a shot says where it stands, what to take and how to get past it", async () => {
    const { on, album, survey } = phone();
    show(on, <Shots survey={survey} album={album} />);
    expect(screen.getByTestId("shot-count").textContent).toBe(words.count(1, 2)[chosen]);
    expect(screen.getByText(survey.item.points[0]!.hint[chosen])).toBeTruthy();
    expect(screen.queryByTestId("shot-next")).toBeNull();
    fireEvent.click(screen.getByTestId("shot-cannot"));
    const reason = screen.getByTestId<HTMLTextAreaElement>("explain-reason");
    expect(screen.getByTestId<HTMLButtonElement>("explain-send").disabled).toBe(true);
    fireEvent.input(reason, { target: { value: " 装修中 " } });
    fireEvent.click(screen.getByTestId("explain-send"));
    expect(on.said).toEqual([{ type: "explain_shot", point: "door", reason: "装修中" }]);
  });

  it("a chosen photo goes to its point, and the next point follows", async () => {
    const { on, album, send, survey } = phone();
    show(on, <Shots survey={survey} album={album} />);
    const input = screen.getByTestId<HTMLInputElement>("shot-input");
    Object.defineProperty(input, "files", { value: [new File(["x"], "门.jpg", { type: "image/jpeg" })] });
    await act(async () => void fireEvent.change(input));
    await waitFor(() => expect(send).toHaveBeenCalled());
    expect(send.mock.calls[0]![1]).toMatchObject({ channel: "upload", point: "door" });
    fireEvent.click(await screen.findByTestId("shot-next"));
    expect(screen.getByTestId("shot-count").textContent).toBe(words.count(2, 2)[chosen]);
  });

  it("is submitted when nothing is missing", () => {
    const lacking = phone(byPhotos({ photos: [photo({ point: "door" })] }));
    show(lacking.on, <Shots survey={lacking.survey} album={lacking.album} />);
    fireEvent.click(screen.getByTestId("shot-overview"));
    expect(screen.getByTestId<HTMLButtonElement>("submit-material").disabled).toBe(true);
    expect(screen.getByText(words.submitLacks(1)[chosen])).toBeTruthy();
    cleanup();
    const whole = phone(byPhotos({ photos: [photo({ point: "door" })], material: material({ explanations: [{ point: "exit", reason: "x", at: AT }] }) }));
    show(whole.on, <Shots survey={whole.survey} album={whole.album} />);
    fireEvent.click(screen.getByTestId("submit-material"));
    expect(whole.on.said).toEqual([{ type: "submit_material" }]);
  });

  it("a department's request is the first thing to be seen", () => {
    const asked = [{ point: "exit", department: FIRE, reason: "看不清标识", at: AT, open: true, answered: false }];
    const survey = byPhotos({ state: "ended", photos: [photo({ point: "door" }), photo({ id: "002", point: "exit" })], material: material({ rounds: 1, asked }) });
    const { on, album } = phone(survey);
    show(on, <Shots survey={survey} album={album} />);
    expect(screen.getByTestId("shot-exit").dataset["done"]).toBe("false");
    expect(screen.getByTestId("shot-asked").textContent).toContain("看不清标识");
    expect(screen.getByTestId("shot-count").textContent).toBe(words.askedCount(1, 1)[chosen]);
  });

  it("afterwards it says where the review stands, and the outcome", () => {
    const handed = material({ rounds: 1, with_applicant: false, submitted_at: AT });
    const reviews: ReviewView[] = [{ department: CITY, given: true, answers: [], opinion: null }, { department: FIRE, given: false, answers: [], opinion: null }];
    const { on, album } = phone();
    const { rerender } = show(on, <Submitted survey={byPhotos({ state: "ended", material: handed, reviews })} material={handed} album={album} />);
    expect(screen.getByText(words.reviewed(1, 2)[chosen])).toBeTruthy();
    cleanup();
    void rerender;
    const signatures = [{ participant: "p2", name: "林", result: "pass" as const, reason: "齐全", at: AT }];
    show(on, <Submitted survey={byPhotos({ state: "concluded", conclusion: "pass", signatures, material: handed })} material={handed} album={album} />);
    expect(screen.getByTestId("conclusion").textContent).toContain("齐全");
  });

  it("the desk asks for another photo with a reason, and answers for its own department", () => {
    const on = desk({ state: "ended", material: material({ rounds: 1, with_applicant: false, submitted_at: AT }), photos: [photo({ point: "door" })] });
    fireEvent.click(screen.getByTestId("point-door-ok"));
    fireEvent.click(screen.getByTestId("ask-shot-exit"));
    expect(screen.getByTestId<HTMLButtonElement>("ask-shot-send").disabled).toBe(true);
    fireEvent.input(screen.getByTestId("ask-shot-reason"), { target: { value: "请靠近拍" } });
    fireEvent.click(screen.getByTestId("ask-shot-send"));
    expect(on.said).toEqual([{ type: "answer_point", point: "door", value: "ok", note: "" }, { type: "ask_shot", point: "exit", reason: "请靠近拍" }]);
    fireEvent.click(screen.getByTestId("tab-opinion"));
    expect(screen.getByTestId("opinion-standing").dataset["standing"]).toBe("points_open");
    fireEvent.click(screen.getByTestId("tab-conclusion"));
    expect(screen.getByText(deskWords.conclusionNotYet[chosen])).toBeTruthy();
  });

  it("an opinion but approval gives its reason, and nothing is approved that is still asked for", () => {
    const answers = ["door", "exit"].map((point) => ({ point, value: "ok" as const, note: "", by: "p2", at: AT, moment_s: null }));
    const reviews: ReviewView[] = [{ department: CITY, given: false, answers, opinion: null }, { department: FIRE, given: true, answers: [], opinion: null }];
    const on = desk({ state: "ended", reviews, material: material({ rounds: 1, with_applicant: true, submitted_at: AT }) });
    fireEvent.click(screen.getByTestId("tab-opinion"));
    expect(screen.getByText(deskWords.sealedUntil[chosen])).toBeTruthy();
    const radio = (name: string) => screen.getByTestId(`opinion-${name}`).querySelector("input")!;
    expect(radio("approve").disabled).toBe(true);
    fireEvent.click(radio("rectify"));
    expect(screen.getByTestId<HTMLButtonElement>("give-opinion").disabled).toBe(true);
    fireEvent.input(screen.getByTestId("opinion-reason"), { target: { value: "少标识" } });
    fireEvent.click(screen.getByTestId("give-opinion"));
    fireEvent.submit(screen.getByTestId("opinion-reason").closest("form")!);
    expect(on.said, "once, however often it is pressed").toEqual([{ type: "give_opinion", value: "rectify", reason: "少标识" }]);
  });

  it("what was refused can be sent again, when a double click is over", () => {
    vi.useFakeTimers();
    const on = app();
    show(on, <OpinionForm legend="" known={{ value: "approve", reason: "", by: "p2", at: AT }} notice="" onOpinion={() => on.said.push({ type: "submit_material" })} />);
    const press = () => fireEvent.click(screen.getByTestId("give-opinion"));
    press();
    act(() => {
      on.state.faults.value = [{ type: "fault", code: "too_early", text: CITY }];
    });
    press();
    expect(on.said).toHaveLength(1);
    act(() => void vi.advanceTimersByTime(1_001));
    press();
    expect(on.said).toHaveLength(2);
    vi.useRealTimers();
  });

  it("once open, both departments stand beside each other", () => {
    const both = (value: "ok" | "not_ok") => ["door", "exit"].map((point) => ({ point, value, note: "", by: "p2", at: AT, moment_s: null }));
    const opinion = { value: "approve" as const, reason: "", by: "p2", at: AT };
    const reviews: ReviewView[] = [{ department: CITY, given: true, answers: both("ok"), opinion }, { department: FIRE, given: true, answers: both("not_ok"), opinion: { ...opinion, value: "on_site", by: "p3" } }];
    desk({ state: "ended", reviews, reviews_open: true, material: material({ rounds: 1, with_applicant: false, submitted_at: AT }) });
    expect(screen.getByTestId("conclude")).toBeTruthy();
    fireEvent.click(screen.getByTestId("tab-opinion"));
    expect(document.querySelectorAll(".d-apart")).toHaveLength(2);
  });
});
