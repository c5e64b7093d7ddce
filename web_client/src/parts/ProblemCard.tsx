import type { Problem } from "../core/wire.gen";
import { say, t } from "../text";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** A request that did not go through, in the words it came with. */
export function ProblemCard({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <section class="card seal problem" role="alert" data-testid="problem" data-type={problem.type}>
      <Icon name="alert" />
      <div>
        <h2>{say(problem.title)}</h2>
        <p>{say(problem.detail)}</p>
        {onRetry && (
          <Button kind="plain" icon="flip" onClick={onRetry}>
            {t("problem.retry")}
          </Button>
        )}
      </div>
    </section>
  );
}
