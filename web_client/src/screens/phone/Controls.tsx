import { useApp } from "../../app";
import { listed } from "../../core/uploads";
import type { SurveyView } from "../../core/wire.gen";
import type { Album } from "../../device/album";
import { Icon, type IconName } from "../../parts/Icon";
import { t } from "../../text";

export type ControlsProps = {
  survey: SurveyView;
  album: Album;
  canShoot: boolean;
  onShoot: () => void;
  onPhotos: () => void;
  onFinish: () => void;
};

/** The round button in the middle, two helpers on each side of it. */
export function Controls({ survey, album, canShoot, onShoot, onPhotos, onFinish }: ControlsProps) {
  const { call, camera } = useApp();
  const muted = call.muted.value.audio;
  const access = camera.access.value?.microphone;
  const noMic = access !== undefined && access !== "ok";
  const pending = album.uploads.pending.value;
  const films = album.videos.uploads.pending.value.length;
  const photos = listed(survey.photos, album.uploads.received.value).length + pending.length + survey.videos.length + films;
  const failed = pending.some((one) => one.sending.kind === "failed");
  return (
    <nav class="controls">
      <Control
        testid="mute-mic"
        icon={noMic || muted ? "micOff" : "mic"}
        word={t(noMic ? "call.nomic" : muted ? "call.unmute" : "call.mute")}
        label={t(noMic ? "call.nomic.label" : muted ? "call.unmute.label" : "call.mute.label")}
        pressed={noMic || muted}
        disabled={noMic}
        onClick={() => call.mute("audio", !muted)}
      />
      <Control
        testid="photos"
        icon="images"
        word={t("call.photos")}
        label={`${t("call.photos")} ${photos}`}
        badge={failed ? "!" : photos > 0 ? String(photos) : ""}
        busy={pending.some((one) => one.sending.kind === "sending")}
        onClick={onPhotos}
      />
      <button
        type="button"
        class="shutter"
        data-testid="shutter"
        disabled={!canShoot}
        aria-label={t(canShoot ? "call.shutter" : "call.shutter.idle")}
        onClick={onShoot}
      >
        <i />
      </button>
      <Control testid="flip" icon="flip" word={t("call.flip")} label={t("call.flip.label")} onClick={() => void camera.flip()} />
      <Control testid="finish" icon="finish" word={t("call.finish")} label={t("call.finish.title")} onClick={onFinish} />
    </nav>
  );
}

type ControlProps = {
  testid: string;
  icon: IconName;
  word: string;
  label: string;
  pressed?: boolean;
  disabled?: boolean;
  badge?: string;
  busy?: boolean;
  onClick: () => void;
};

function Control({ testid, icon, word, label, pressed, disabled, badge, busy, onClick }: ControlProps) {
  return (
    <button
      type="button"
      class={busy ? "control busy" : "control"}
      data-testid={testid}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <span class="disc">
        <Icon name={icon} />
        {badge && <b class="tabular">{badge}</b>}
      </span>
      <span>{word}</span>
    </button>
  );
}
