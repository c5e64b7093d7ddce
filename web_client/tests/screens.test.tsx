import { signal } from "@preact/signals";
import { act, cleanup, fireEvent, screen } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { problemOfStatus, Refusal } from "../src/core/problems";
import type { InvitationView } from "../src/core/wire.gen";
import { Album } from "../src/device/album";
import { MemoryShelf } from "../src/device/shelf";
import { Videos, type VideoFacts } from "../src/device/videos";
import { Consent } from "../src/screens/entry/Consent";
import { Devices } from "../src/screens/entry/Devices";
import { Start } from "../src/screens/entry/Start";
import { CallPage } from "../src/screens/phone/CallPage";
import { Finish } from "../src/screens/phone/Finish";
import { PhotoList } from "../src/screens/phone/PhotoList";
import { language, type Language } from "../src/text";
import { VERDICT } from "../src/text/desk";
import { en } from "../src/text/en";
import { zh } from "../src/text/zh";
import { app, photo, person, show, survey, videos } from "./support";

const WORDS = { zh, en };
const invitation: InvitationView = {
  role: "applicant",
  name: "王小明",
  state: "fresh",
  item: { zh: "校外培训机构设立", en: "Setting up a training centre" },
  case_no: "ML-1",
  address: "海甸五西路 12 号",
  survey_state: "admitted",
  now: "2026-11-22T02:00:00Z",
};

it("one verdict has one wording on phone and desk; what is to be looked at is nothing the applicant does", () => {
  for (const result of ["accepted", "rejected"] as const) {
    expect(zh[`photos.${result}`]).toBe(VERDICT[result].zh);
    expect(en[`photos.${result}`].toLowerCase()).toBe(VERDICT[result].en);
  }
});

function albumOf(on: ReturnType<typeof app>, films = videos(on.api)): Album {
  return new Album({ survey: "s1", api: on.api, shelf: new MemoryShelf<Blob>(), videos: films, say: (one) => on.said.push(one), position: () => null });
}

beforeEach(() => {
  // happy-dom plays nothing.
  vi.spyOn(HTMLMediaElement.prototype, "play").mockResolvedValue();
});
afterEach(() => {
  cleanup();
  language.value = "zh";
});

describe.each<Language>(["zh", "en"])("screens in %s", (chosen) => {
  const words = WORDS[chosen];
  beforeEach(() => {
    language.value = chosen;
  });

  it("start shows what and where, and spends the link only on Start", async () => {
    const start = vi.fn(() => Promise.reject(new Refusal(problemOfStatus(409))));
    show(app(), <Start invitation={invitation} onStart={start} />);
    expect(document.body.dataset["screen"]).toBe("start");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(invitation.item[chosen]);
    expect(screen.getByText(invitation.address)).toBeTruthy();
    expect(start).not.toHaveBeenCalled();
    await act(async () => void fireEvent.click(screen.getByTestId("start")));
    expect(start).toHaveBeenCalledOnce();
    expect(screen.getByRole("alert").textContent).toContain(problemOfStatus(409).title[chosen]);
  });

  it.each(["spent", "expired"] as const)("a %s link has words and no button", (state) => {
    show(app(), <Start invitation={{ ...invitation, state }} onStart={() => Promise.resolve()} />);
    expect(screen.getByRole("alert").textContent).toContain(words[`start.${state}`]);
    expect(screen.queryByTestId("start")).toBeNull();
  });

  it("consent names the notice and sends its version", () => {
    const on = app();
    on.state.notice.value = "recording-1";
    show(on, <Consent />);
    for (const key of ["consent.what", "consent.keep", "consent.place", "consent.basis"] as const) {
      expect(screen.getByText(words[key])).toBeTruthy();
    }
    fireEvent.click(screen.getByTestId("consent-agree"));
    expect(on.said).toEqual([{ type: "consent", notice: "recording-1" }]);
  });

  it("a person who does not agree is told what to do, and nothing is sent", () => {
    const on = app();
    show(on, <Consent />);
    fireEvent.click(screen.getByTestId("consent-decline"));
    expect(screen.getByText(words["consent.declined.text"])).toBeTruthy();
    expect(on.said).toEqual([]);
  });

  it("the device check explains first, then says what is wrong and how to mend it", async () => {
    const on = app();
    on.camera.open = async () => {
      on.camera.access.value = { camera: "denied", microphone: "ok" };
      return { camera: "denied", microphone: "ok" };
    };
    on.whereabouts.ask = async () => {
      on.whereabouts.access.value = "missing";
      return "missing";
    };
    const join = vi.fn();
    show(on, <Devices onJoin={join} />);
    expect(screen.getByText(words["devices.lead"])).toBeTruthy();
    expect(screen.queryByTestId("join")).toBeNull();
    fireEvent.click(screen.getByTestId("devices-continue"));
    await screen.findByTestId("join");
    expect(on.said).toEqual([{ type: "device_report", camera: "denied", microphone: "ok", location: "missing" }]);
    expect(screen.getByText(words["devices.fix.camera.denied"])).toBeTruthy();
    expect(screen.getByText(words["devices.fix.location.missing"])).toBeTruthy();
    fireEvent.click(screen.getByTestId("join"));
    expect(join).toHaveBeenCalledOnce();
  });

  it("warns of a clock that is off", () => {
    const on = app();
    on.state.clockOffsetMs.value = -12 * 60_000;
    show(on, <Devices onJoin={() => undefined} />);
    expect(screen.getByTestId("clock-warning").textContent).toContain("12");
  });

  it("the call waits for reviewers, guides, and puts a request above all", () => {
    const on = app();
    const alone = survey({ participants: [person(), person({ id: "p2", role: "reviewer", present: false })] });
    on.state.survey.value = alone;
    const album = albumOf(on);
    show(on, <CallPage survey={alone} album={album} onLeave={() => undefined} />);
    expect(screen.getByTestId("waiting").textContent).toContain(words["call.waiting"]);
    act(() => {
      on.state.survey.value = survey();
    });
    expect(screen.queryByTestId("waiting")).toBeNull();
    expect(screen.getByTestId("guide").textContent).toContain(survey().item.points[0]?.title[chosen]);
    expect(screen.getAllByTestId("tile")).toHaveLength(1);
    act(() => {
      const expires_at = new Date(Date.now() + 60_000).toISOString();
      on.state.stillRequest.value = { type: "still_requested", nonce: "n", by: "林", note: "请拍门牌", expires_at };
    });
    expect(screen.getByTestId("still-request").textContent).toContain("请拍门牌");
    expect(screen.queryByTestId("guide")).toBeNull();
    // Without a camera there is nothing to take.
    expect(screen.getByTestId<HTMLButtonElement>("shutter").disabled).toBe(true);
  });

  it("a photo asked for without words is named after its point", () => {
    const on = app();
    on.state.survey.value = survey();
    const [point] = survey().item.points;
    show(on, <CallPage survey={survey()} album={albumOf(on)} onLeave={() => undefined} />);
    act(() => {
      const expires_at = new Date(Date.now() + 60_000).toISOString();
      on.state.stillRequest.value = { type: "still_requested", nonce: "n", by: "林", note: "", expires_at, point: point?.id ?? null };
    });
    expect(screen.getByTestId("still-request").textContent).toContain(point?.title[chosen]);
  });

  it("back asks whether to leave, and stays or leaves as told", async () => {
    const on = app();
    on.state.survey.value = survey();
    const leave = vi.fn();
    show(on, <CallPage survey={survey()} album={albumOf(on)} onLeave={leave} />);
    const back = (): void => {
      history.replaceState(null, "");
      act(() => void globalThis.dispatchEvent(new PopStateEvent("popstate")));
    };
    back();
    fireEvent.click(screen.getByTestId("leave-stay"));
    expect(screen.queryByTestId("leave-stay")).toBeNull();
    back();
    fireEvent.click(screen.getByTestId("leave-confirm"));
    expect(leave).toHaveBeenCalledOnce();
  });

  it("without camera and microphone it says what to do instead of the round button, and that nobody hears", async () => {
    const on = app();
    on.state.survey.value = survey();
    on.camera.open = async () => (on.camera.access.value = { camera: "denied", microphone: "denied" });
    await on.camera.open();
    show(on, <CallPage survey={survey()} album={albumOf(on)} onLeave={() => undefined} />);
    act(() => {
      const expires_at = new Date(Date.now() + 60_000).toISOString();
      on.state.stillRequest.value = { type: "still_requested", nonce: "n", by: "林", note: "", expires_at };
    });
    expect(screen.getByTestId("still-request").textContent).toContain(words["call.request.nocamera"]);
    expect(screen.getByTestId<HTMLButtonElement>("mute-mic").disabled).toBe(true);
    expect(screen.getByTestId("mute-mic").textContent).toContain(words["call.nomic"]);
    await act(async () => void fireEvent.click(screen.getByText(words["call.camera.again"])));
    expect((await screen.findByRole("alert")).textContent).toBe(words["devices.fix.camera.denied"]);
  });

  it("back after a reload, one press goes straight on where all works, and to the check where it does not", async () => {
    const on = app();
    on.whereabouts.ask = async () => "ok";
    const join = vi.fn();
    on.camera.open = async () => (on.camera.access.value = { camera: "denied", microphone: "ok" });
    show(on, <Devices returning onJoin={join} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(words["devices.back.title"]);
    await act(async () => void fireEvent.click(screen.getByTestId("devices-continue")));
    expect(join).not.toHaveBeenCalled();
    await screen.findByText(words["devices.fix.camera.denied"]);
    on.camera.open = async () => (on.camera.access.value = { camera: "ok", microphone: "ok" });
    cleanup();
    show(on, <Devices returning onJoin={join} />);
    await act(async () => void fireEvent.click(screen.getByTestId("devices-continue")));
    expect(join).toHaveBeenCalledOnce();
    expect(on.said.at(-1)).toEqual({ type: "device_report", camera: "ok", microphone: "ok", location: "ok" });
  });

  it("the recording chip shows this person's own bytes on disk and nothing before", () => {
    const others = { participant: "p2", bytes: 21_500_000, seconds: 200, age_s: 0.2 };
    const on = app();
    on.state.survey.value = survey();
    show(on, <CallPage survey={survey()} album={albumOf(on)} onLeave={() => undefined} />);
    expect(screen.queryByTestId("rec")).toBeNull();
    act(() => {
      const light = { type: "recording" as const, bytes: 41_600_000, archived_bytes: 0, archiving_pending: false, seconds: 200, participants: [others] };
      on.state.light.value = { light, receivedMs: Date.now() };
    });
    expect(screen.getByTestId("rec").textContent).toBe(words["call.rec.none"]);
    act(() => {
      const own = { participant: "p1", bytes: 20_100_000, seconds: 192, age_s: 0.4 };
      const light = { type: "recording" as const, bytes: 41_600_000, archived_bytes: 0, archiving_pending: false, seconds: 200, participants: [others, own] };
      on.state.light.value = { light, receivedMs: Date.now() };
    });
    expect(screen.getByTestId("rec").textContent).toContain("03:12");
    expect(screen.getByTestId("rec").textContent).toContain("20.1 MB");
  });

  it("says at the end what was recorded from this phone, and what was not", () => {
    const said = (site_seen: boolean, site_heard: boolean): string => {
      const on = app();
      const ended = survey({ state: "ended", recording: { started_at: "2026-11-22T02:00:00Z", ended_at: "2026-11-22T02:01:05Z", end: "applicant", site_seen, site_heard } });
      on.state.survey.value = ended;
      show(on, <Finish survey={ended} album={albumOf(on)} />);
      const lead = document.querySelector(".lead")?.textContent ?? "";
      cleanup();
      return lead;
    };
    const filled = (key: "finish.lead" | "finish.lead.heard" | "finish.lead.none"): string => words[key].replace("{time}", "01:05");
    expect(said(true, true)).toBe(filled("finish.lead"));
    expect(said(false, true)).toBe(filled("finish.lead.heard"));
    expect(said(false, false)).toBe(filled("finish.lead.none"));
  });

  it("mutes, and ends only after it was confirmed", () => {
    const on = app();
    on.state.survey.value = survey();
    show(on, <CallPage survey={survey()} album={albumOf(on)} onLeave={() => undefined} />);
    fireEvent.click(screen.getByTestId("mute-mic"));
    expect(on.said).toEqual([{ type: "mute", kind: "audio", muted: true }]);
    expect(screen.getByTestId("mute-mic").getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(screen.getByTestId("finish"));
    expect(on.said).toHaveLength(1);
    fireEvent.click(screen.getByTestId("finish-confirm"));
    expect(on.said.at(-1)).toEqual({ type: "end_session" });
  });

  it("before a reviewer has been there, finishing is leaving", () => {
    const on = app();
    const alone = survey({ recording: { started_at: "2026-11-22T02:00:00Z", ended_at: null, attended: false } });
    on.state.survey.value = alone;
    show(on, <CallPage survey={alone} album={albumOf(on)} onLeave={() => undefined} />);
    fireEvent.click(screen.getByTestId("finish"));
    expect(screen.queryByTestId("finish-confirm")).toBeNull();
    expect(screen.getByTestId("leave-confirm")).toBeTruthy();
  });

  it("a judged photo shows its verdict and every reason, the deciding one first", () => {
    const on = app();
    on.api.preview = () => Promise.reject(new Error("none"));
    const reason = (chinese: string, english: string) => ({ zh: chinese, en: english });
    const judged = photo({
      result: "rejected",
      findings: [
        { id: "place", result: "pass", reason: reason("在现场", "On the spot") },
        { id: "time", result: "fail", reason: reason("时间不对", "Wrong time") },
        { id: "reuse", result: "na", reason: reason("没有位置", "No place") },
      ],
    });
    show(on, <PhotoList survey={survey({ photos: [judged] })} album={albumOf(on)} />);
    const item = screen.getByTestId("photo-item");
    expect(item.dataset["result"]).toBe("rejected");
    expect(item.textContent).toContain(words["photos.rejected"]);
    expect(item.textContent).toContain(chosen === "zh" ? "时间不对" : "Wrong time");
    const first = item.querySelector(".reasons li");
    expect(first?.className).toBe("fail");
    expect(item.textContent).not.toContain(chosen === "zh" ? "没有位置" : "No place");
    fireEvent.click(screen.getByLabelText(words["photos.reasons"]));
    expect(item.textContent).toContain(chosen === "zh" ? "没有位置" : "No place");
  });

  it("an accepted photo keeps its reasons folded away, and what did not apply out of them", () => {
    const on = app();
    on.api.preview = () => Promise.reject(new Error("none"));
    const findings = [
      { id: "place", result: "pass" as const, reason: { zh: "在现场", en: "On the spot" } },
      { id: "reuse", result: "na" as const, reason: { zh: "没有位置", en: "No place" } },
    ];
    show(on, <PhotoList survey={survey({ photos: [photo({ result: "accepted", findings })] })} album={albumOf(on)} />);
    const item = screen.getByTestId("photo-item");
    expect(item.textContent).not.toContain(findings[0]?.reason[chosen]);
    fireEvent.click(screen.getByLabelText(words["photos.reasons"]));
    expect(item.textContent).toContain(findings[0]?.reason[chosen]);
    expect(item.textContent).not.toContain(findings[1]?.reason[chosen]);
  });

  it("a video says in words what holds it: the call, or the file itself after a reload", async () => {
    const on = app();
    const album = albumOf(on);
    await album.addFiles([new File(["x"], "walk.mp4", { type: "video/mp4", lastModified: 5 })]);
    show(on, <PhotoList survey={survey()} album={album} />);
    expect(screen.getByTestId("video-item").dataset["state"]).toBe("held");
    expect(screen.getByTestId("video-item").textContent).toContain(words["videos.held"]);
    cleanup();
    const shelf = new MemoryShelf<Blob | null, VideoFacts>();
    await shelf.put({ id: "v", survey: "s1", facts: { name: "huge.mov", position: null, taken_at: null }, size: 3e8, bytes: null });
    const left = new Videos({ survey: "s1", api: on.api, shelf, position: () => null, busy: signal(false) });
    await left.uploads.resume("s1");
    const reloaded = albumOf(on, left);
    show(on, <PhotoList survey={survey()} album={reloaded} />);
    expect(screen.getByTestId("video-item").dataset["state"]).toBe("absent");
    expect(screen.getByText(words["videos.choose"])).toBeTruthy();
    expect(screen.getByTestId("video-item").textContent).toContain("huge.mov");
  });

  it("a video over 2 GB is refused in words", async () => {
    const on = app();
    const album = albumOf(on);
    const file = new File(["x"], "long.mp4", { type: "video/mp4" });
    Object.defineProperty(file, "size", { value: 2 * 2 ** 30 + 1 });
    await album.addFiles([file]);
    show(on, <PhotoList survey={survey()} album={album} />);
    expect(screen.getByTestId("photo-declined").textContent).toContain("2 GB");
  });

  it("a file that is too large is refused in words, before anything is sent", async () => {
    const on = app();
    const album = albumOf(on);
    const file = new File(["x"], "film.jpg");
    Object.defineProperty(file, "size", { value: 200 * 1024 * 1024 });
    await album.addFiles([file]);
    show(on, <PhotoList survey={survey()} album={album} />);
    expect(screen.getByTestId("photo-declined").textContent).toContain("film.jpg");
    expect(screen.getByTestId("photo-declined").textContent).toContain("30 MB");
  });

  it("the last page thanks, tells the state of things, and shows the conclusion when it comes", () => {
    const on = app();
    const signature = { participant: "p2", name: "林审查员", result: "pass" as const, reason: "属实", at: "" };
    const { unmount } = show(on, <Finish survey={survey({ state: "ended" })} album={albumOf(on)} />);
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(words["finish.title"]);
    expect(screen.queryByTestId("conclusion")).toBeNull();
    unmount();
    const done = survey({ state: "concluded", conclusion: "pass", signatures: [signature] });
    show(on, <Finish survey={done} album={albumOf(on)} />);
    expect(screen.getByTestId("conclusion").textContent).toContain(words["result.pass"]);
    expect(screen.getByTestId("conclusion").textContent).toContain("林审查员");
  });

  it("the last page says so where the server ended it for want of room", () => {
    const on = app();
    const recording = { started_at: "2026-11-22T02:00:00Z", ended_at: "2026-11-22T02:03:12Z", end: "disk_full" as const };
    show(on, <Finish survey={survey({ state: "ended", recording })} album={albumOf(on)} />);
    expect(document.querySelector(".lead")?.textContent).toBe(words["finish.lead.disk"].replace("{time}", "03:12"));
  });
});
