import { useApp } from "../app";
import { t } from "../text";

/** One plain sentence for the applicant: the panel is drawn by lot, and this page has its part in that. */
export function LotNote() {
  const { state } = useApp();
  const drawn = (state.survey.value?.draws ?? []).some((draw) => draw.state !== "lapsed");
  if (!drawn || state.session.value?.role !== "applicant") return null;
  return (
    <p class="lot muted" data-testid="lot">
      {t("lot.part")}
    </p>
  );
}
