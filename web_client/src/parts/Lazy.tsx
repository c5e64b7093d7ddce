import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { UNREACHABLE } from "../core/problems";
import { t } from "../text";
import { ProblemCard } from "./ProblemCard";

type Loaded = ComponentType | "loading" | "failed";

/** A screen whose code is fetched when it is needed. */
export function Lazy({ load }: { load: () => Promise<{ default: ComponentType }> }) {
  const [loaded, setLoaded] = useState<Loaded>("loading");
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setLoaded("loading");
    load().then(
      (module) => setLoaded(() => module.default),
      () => setLoaded("failed"),
    );
  }, [load, attempt]);
  if (loaded === "loading") return <p class="loading">{t("loading")}</p>;
  if (loaded === "failed") return <ProblemCard problem={UNREACHABLE} onRetry={() => setAttempt(attempt + 1)} />;
  const Screen = loaded;
  return <Screen />;
}
