/** What screens stand on, with the device's powers left out and every message kept. */
import { signal } from "@preact/signals";
import { render } from "@testing-library/preact";
import type { ComponentChildren } from "preact";
import { AppContext, type App } from "../src/app";
import { createPageState } from "../src/core/state";
import type { Department, FromPerson, MaterialView, ParticipantView, PhotoView, SurveyView, VideoView } from "../src/core/wire.gen";
import { Call } from "../src/device/call";
import { Camera } from "../src/device/camera";
import { Api } from "../src/device/http";
import { keysIn } from "../src/device/keys";
import { Lot } from "../src/device/lot";
import { Whereabouts } from "../src/device/location";
import { MemoryShelf } from "../src/device/shelf";
import { Videos, type VideoFacts } from "../src/device/videos";

export function person(over: Partial<ParticipantView> = {}): ParticipantView {
  return { id: "p1", role: "applicant", name: "王小明", present: true, consented: true, connected: true, audio: true, video: true, interruptions: [], ...over };
}

export function photo(over: Partial<PhotoView> = {}): PhotoView {
  return {
    id: "001",
    name: "still.jpg",
    channel: "still",
    sha256: "a".repeat(64),
    size: 1_234_567,
    media_type: "image/jpeg",
    received_at: "2026-11-22T02:00:00Z",
    result: null,
    findings: [],
    position: null,
    archived: false,
    moment_s: 12,
    ...over,
  };
}

export function video(over: Partial<VideoView> = {}): VideoView {
  const { channel: _, ...same } = photo();
  return { ...same, id: "001-v", name: "walk.mp4", media_type: "video/mp4", size: 1_500_000_000, seconds: 75, ...over };
}

export function survey(over: Partial<SurveyView> = {}): SurveyView {
  const point = (id: string, zh: string, en: string) => ({ id, title: { zh, en }, hint: { zh: `看${zh}`, en: `Show the ${en}` } });
  return {
    id: "s1",
    case_no: "ML-1",
    state: "in_session",
    item: {
      code: "training",
      name: { zh: "校外培训机构设立", en: "Setting up a training centre" },
      kind: "remote_survey",
      department: { zh: "教育局", en: "Education bureau" },
      points: [point("door", "门牌", "house number"), point("exit", "安全出口", "exit")],
    },
    subject_name: "启明教育",
    tier: "red",
    site: { lat: 20, lon: 110, radius_m: 150 },
    window: { start: "2026-11-22T01:00:00Z", end: "2026-11-22T03:00:00Z" },
    participants: [person(), person({ id: "p2", role: "reviewer", name: "林审查员" })],
    photos: [],
    videos: [],
    coming: [],
    answers: [],
    signatures: [],
    conclusion: null,
    recording: null,
    seals: [],
    ...over,
  };
}

export const CITY: Department = { zh: "综合行政执法局", en: "Urban Management Bureau" };
export const FIRE: Department = { zh: "消防救援局", en: "Fire and Rescue Bureau" };

export function material(over: Partial<MaterialView> = {}): MaterialView {
  return { submitted_at: null, rounds: 0, with_applicant: true, explanations: [], asked: [], ...over };
}

/** A survey by photos alone. */
export function byPhotos(over: Partial<SurveyView> = {}): SurveyView {
  return survey({
    state: "admitted",
    mode: "upload_only",
    material: material(),
    participants: [
      person({ connected: false }),
      person({ id: "p2", role: "reviewer", name: "林审查员", department: CITY }),
      person({ id: "p3", role: "reviewer", name: "陈审查员", department: FIRE }),
    ],
    reviews: [CITY, FIRE].map((department) => ({ department, given: false, answers: [], opinion: null })),
    ...over,
  });
}

/** The queue of site videos, held back as during a call. */
export function videos(api: Api): Videos {
  return new Videos({ survey: "s1", api, shelf: new MemoryShelf<Blob | null, VideoFacts>(), position: () => null, busy: signal(true) });
}

/** An app whose applicant is `p1`; `said` collects what would go to the server. */
export function app(): App & { said: FromPerson[] } {
  const state = createPageState();
  const said: FromPerson[] = [];
  const call = new Call({ state, language: () => "zh", localTrack: () => null });
  call.send = (message) => void said.push(message);
  state.session.value = { session: "s", role: "applicant", name: "王小明", participant: "p1", survey: "s1" };
  state.connection.value = { kind: "open" };
  return {
    state,
    api: new Api(),
    call,
    camera: new Camera("environment"),
    whereabouts: new Whereabouts(),
    keys: keysIn(null),
    lot: new Lot({ storage: null, survey: () => "s1", send: (message) => void said.push(message) }),
    storage: null,
    said,
  };
}

export function show(on: App, children: ComponentChildren) {
  return render(<AppContext.Provider value={on}>{children}</AppContext.Provider>);
}
