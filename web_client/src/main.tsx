import { effect } from "@preact/signals";
import { render } from "preact";
import { AppContext, type App } from "./app";
import { routeOf } from "./core/route";
import { createPageState } from "./core/state";
import { Call } from "./device/call";
import { Camera } from "./device/camera";
import { Api } from "./device/http";
import { keysIn } from "./device/keys";
import { Lot } from "./device/lot";
import { watchPresence } from "./device/presence";
import { Whereabouts } from "./device/location";
import { Entry } from "./screens/entry/Entry";
import { chooseLanguage, language } from "./text";
import "./styles/tokens.css";
import "./styles/app.css";

/** Reading `localStorage` throws where the browser forbids it. */
function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function build(storage: Storage | null): App {
  const state = createPageState();
  const camera = new Camera("environment");
  const call: Call = new Call({
    state,
    language: () => language.value,
    localTrack: (kind) => camera.track(kind),
    lot: (wanted) => void lot.answer(wanted),
  });
  const lot = new Lot({ storage, survey: () => state.session.value?.survey ?? null, send: (message) => call.send(message) });
  watchPresence(call, camera, state);
  return { state, api: new Api(), call, camera, whereabouts: new Whereabouts(), keys: keysIn(storage), lot, storage };
}

const storage = storageOf(window);
language.value = chooseLanguage(storage, navigator.languages);
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  document.title = language.value === "zh" ? "踏勘 Takan" : "Takan site survey";
});

const root = document.querySelector("#app");
if (root) {
  render(
    <AppContext.Provider value={build(storage)}>
      <Entry route={routeOf(location.pathname)} />
    </AppContext.Provider>,
    root,
  );
}
