import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { Button } from "../../parts/Button";
import { Icon, type IconName } from "../../parts/Icon";
import type { Mode } from "../../core/wire.gen";
import { say, t } from "../../text";
import { shots } from "../../text/shots";
import { Masthead } from "./Masthead";

const TERMS = [
  ["what", "record"],
  ["keep", "shield"],
  ["who", "eye"],
  ["place", "pin"],
  ["basis", "building"],
] as const satisfies readonly (readonly [string, IconName])[];

/** Said otherwise where nothing but photos is kept. */
const OTHER = { what: shots.consentWhatText, keep: shots.consentKeepText, who: shots.consentWhoText, basis: shots.consentBasisText } as const;

/** The recording notice. Nobody is seen or heard before they agreed to it; the answer is a recorded fact. */
export function Consent({ mode = "live", plans, visit }: { mode?: Mode | undefined; plans?: ComponentChildren; visit?: ComponentChildren }) {
  useScreen("consent");
  const { call, state } = useApp();
  const [agreed, setAgreed] = useState(false);
  const [declined, setDeclined] = useState(false);
  const notice = state.notice.value ?? "";
  if (declined) return <Declined mode={mode} visit={visit} onBack={() => setDeclined(false)} />;
  return (
    <main class="page">
      <Masthead />
      <h1>{mode === "live" ? t("consent.title") : say(shots.consentTitle)}</h1>
      <p class="lead">{mode === "live" ? t("consent.lead") : say(shots.consentLead)}</p>
      <ul class="terms">
        {TERMS.map(([term, icon]) => (
          <li key={term}>
            <span class={icon === "record" && mode === "live" ? "dot rec" : "dot"}>
              <Icon name={icon === "record" && mode !== "live" ? "images" : icon} size={22} />
            </span>
            <div>
              <b>{mode !== "live" && term === "what" ? say(shots.consentWhat) : t(`consent.${term}`)}</b>
              <span>{mode !== "live" && term in OTHER ? say(OTHER[term as keyof typeof OTHER]) : t(`consent.${term}.text`)}</span>
            </div>
          </li>
        ))}
      </ul>
      <p class="notice-version">{t("consent.version", { version: notice })}</p>
      {plans}
      <footer class="foot">
        <Button
          testid="consent-agree"
          icon="check"
          busy={agreed}
          onClick={() => {
            setAgreed(true);
            call.send({ type: "consent", notice });
          }}
        >
          {mode === "live" ? t("consent.agree") : say(shots.consentAgree)}
        </Button>
        <Button kind="quiet" testid="consent-decline" onClick={() => setDeclined(true)}>
          {t("consent.decline")}
        </Button>
      </footer>
    </main>
  );
}

function Declined({ mode, visit, onBack }: { mode: Mode; visit: ComponentChildren; onBack: () => void }) {
  return (
    <main class="page">
      <Masthead />
      <h1>{t("consent.declined.title")}</h1>
      <p class="lead">{mode === "live" ? t("consent.declined.text") : say(shots.consentDeclined)}</p>
      <footer class="foot">
        {visit}
        <Button kind="plain" icon="back" onClick={onBack}>
          {t("consent.reconsider")}
        </Button>
      </footer>
    </main>
  );
}
