import { useApp } from "../app";
import { keepLanguage, language, t } from "../text";

export function LanguageSwitch() {
  const { storage } = useApp();
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      class="chip language"
      data-testid="lang"
      lang={other}
      aria-label={t("language.switch")}
      onClick={() => keepLanguage(storage, other)}
    >
      {t("language.other")}
    </button>
  );
}
