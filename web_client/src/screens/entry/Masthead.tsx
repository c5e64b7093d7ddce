import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { t } from "../../text";

/** Name and language, on every page that is not the call. */
export function Masthead() {
  return (
    <header class="masthead">
      <span class="brand">
        <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
          <use href="#seal" />
        </svg>
        {t("product")}
      </span>
      <LanguageSwitch />
    </header>
  );
}
