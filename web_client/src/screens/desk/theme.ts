/** Light or dark for desk and archive: the person's earlier choice, else the system's. */

import { signal, type Signal } from "@preact/signals";
import { useLayoutEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

const THEME_KEPT = "takan.theme";

function chosen(storage: Storage | null): Theme {
  const kept = storage?.getItem(THEME_KEPT);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Puts the theme on the page while the screen is there and `on`; `flip` changes and keeps it. */
export function useTheme(storage: Storage | null, on = true): { theme: Theme; flip: () => void } {
  const [theme] = useState<Signal<Theme>>(() => signal(chosen(storage)));
  const shown = theme.value;
  useLayoutEffect(() => {
    if (!on) return;
    const page = document.documentElement;
    const before = page.dataset["theme"];
    page.dataset["theme"] = shown;
    return () => {
      if (before === undefined) delete page.dataset["theme"];
      else page.dataset["theme"] = before;
    };
  }, [shown, on]);
  const flip = (): void => {
    theme.value = shown === "dark" ? "light" : "dark";
    try {
      storage?.setItem(THEME_KEPT, theme.value);
    } catch {
      // Not kept: the choice lasts as long as the page.
    }
  };
  return { theme: shown, flip };
}
