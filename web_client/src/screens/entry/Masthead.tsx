import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { LotNote } from "../../parts/LotNote";
import { Seal } from "../../parts/Seal";
import { t } from "../../text";

/** Name and language, on every page that is not the call; and a word about a draw where there is one. */
export function Masthead() {
  return (
    <>
      <header class="masthead">
        <span class="brand">
          <Seal />
          {t("product")}
        </span>
        <LanguageSwitch />
      </header>
      <LotNote />
    </>
  );
}
