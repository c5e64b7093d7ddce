/** What every screen may use: built once in main.tsx, handed down by context. */
import { createContext } from "preact";
import { useContext, useLayoutEffect } from "preact/hooks";
import type { PageState } from "./core/state";
import type { Call } from "./device/call";
import type { Camera } from "./device/camera";
import type { Api } from "./device/http";
import type { Keys } from "./device/keys";
import type { Lot } from "./device/lot";
import type { Whereabouts } from "./device/location";

export type App = {
  readonly state: PageState;
  readonly api: Api;
  readonly call: Call;
  readonly camera: Camera;
  readonly whereabouts: Whereabouts;
  readonly keys: Keys;
  readonly lot: Lot;
  /** Local storage, or null where the browser forbids it. */
  readonly storage: Storage | null;
};

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("no App above this component");
  return app;
}

export type ScreenName =
  | "loading"
  | "trouble"
  | "start"
  | "consent"
  | "devices"
  | "call"
  | "finish"
  | "desk"
  | "audit"
  | "elsewhere"
  | (string & {});

/** Names the screen on `body[data-screen]`: styles and browser tests go by it. */
export function useScreen(name: ScreenName): void {
  useLayoutEffect(() => {
    document.body.dataset["screen"] = name;
    window.scrollTo(0, 0);
  }, [name]);
}
