import { Seal } from "../../parts/Seal";
import { t } from "../../text";

export function Brand() {
  return (
    <span class="d-brand">
      <Seal size={26} />
      <span>{t("product")}</span>
    </span>
  );
}
