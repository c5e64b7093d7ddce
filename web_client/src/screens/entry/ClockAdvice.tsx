import { useApp } from "../../app";
import { clockFault } from "../../core/guide";
import { Icon } from "../../parts/Icon";
import { t } from "../../text";

/** Tells a person whose clock is more than five minutes off what that does and how to mend it. */
export function ClockAdvice() {
  const { state } = useApp();
  const fault = clockFault(state.clockOffsetMs.value);
  if (fault === null) return null;
  return (
    <section class="card warn advice" data-testid="clock-warning">
      <Icon name="clock" />
      <div>
        <h2>{t("clock.title")}</h2>
        <p>{t("clock.text", { amount: t(`amount.${fault.unit}`, { n: fault.n }) })}</p>
      </div>
    </section>
  );
}
