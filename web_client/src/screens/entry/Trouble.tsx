import { useScreen } from "../../app";
import type { Problem } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { t } from "../../text";
import { Masthead } from "./Masthead";

/** The link could not be opened: why, and what to do. */
export function Trouble({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  useScreen("trouble");
  return (
    <main class="page">
      <Masthead />
      <ProblemCard problem={problem} {...(problem.status === 0 || problem.status >= 500 ? { onRetry } : {})} />
    </main>
  );
}

/** The page was opened without a link. */
export function Nowhere() {
  useScreen("trouble");
  return (
    <main class="page">
      <Masthead />
      <h1>{t("nowhere.title")}</h1>
      <p>{t("nowhere.text")}</p>
    </main>
  );
}
