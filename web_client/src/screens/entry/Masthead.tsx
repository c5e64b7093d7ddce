import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { Seal } from "../../parts/Seal";
import { t } from "../../text";

/** Name and language, on every page that is not the call. */
export function Masthead() {
  return (
    <header class="masthead">
      <span class="brand">
        <Seal />
        {t("product")}
      </span>
      <LanguageSwitch />
    </header>
  );
}
