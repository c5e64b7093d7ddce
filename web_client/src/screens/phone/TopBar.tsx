import { useApp } from "../../app";
import { ownLightAt } from "../../core/light";
import type { Quality } from "../../core/quality";
import { clock, size } from "../../core/times";
import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { useNow } from "../../parts/useNow";
import { t } from "../../text";

/** Whether this person is recorded and how much of it rests on the server's disk; the network; the language. */
export function TopBar() {
  const { call } = useApp();
  return (
    <header class="topbar">
      <Rec />
      <Bars quality={call.media.value === "connected" ? call.quality.value : "unknown"} />
      <span class="space" />
      <LanguageSwitch />
    </header>
  );
}

function Rec() {
  const { camera, state } = useApp();
  const sends = camera.track("audio") !== null || camera.track("video") !== null;
  const light = ownLightAt(state.light.value, useNow(), state.session.value?.participant ?? null, sends);
  if (light.kind === "off") return <span class="chip rec off">{t("call.rec.soon")}</span>;
  if (light.kind === "none")
    return (
      <span class="chip rec stalled none" data-testid="rec" data-light="none">
        {t("call.rec.none")}
      </span>
    );
  const time = clock(light.seconds);
  const bytes = size(light.bytes);
  return (
    <span class={`chip rec ${light.kind} tabular`} data-testid="rec" data-light={light.kind}>
      <i aria-hidden="true" />
      <span class="unseen">{t("call.rec.words", { time, size: bytes })}</span>
      <span aria-hidden="true">{light.kind === "on" ? `${t("call.rec.on")} ${time}` : t("call.rec.stalled")}</span>
      <small aria-hidden="true">{bytes}</small>
    </span>
  );
}

const LIT: Readonly<Record<Quality, number>> = { good: 4, fair: 3, poor: 1, unknown: 0 };

function Bars({ quality }: { quality: Quality }) {
  return (
    <span class={`chip bars ${quality}`} role="img" aria-label={t(`call.net.${quality}`)} data-testid="network">
      {[5, 8, 11, 14].map((height, index) => (
        <i key={height} class={index < LIT[quality] ? "lit" : ""} style={{ height: `${height}px` }} />
      ))}
    </span>
  );
}
