/** The camera as the page, for one shot: what it must show above, the round button below. */
import { useRef, useState } from "preact/hooks";
import { useApp } from "../../app";
import type { Shot } from "../../core/shots";
import type { Still } from "../../device/camera";
import { Icon } from "../../parts/Icon";
import { Picture } from "../../parts/Picture";
import { say } from "../../text";
import { shots as words } from "../../text/shots";

export interface ShotCameraProps {
  readonly shot: Shot;
  /** Keeps it; on return it is on the shelf. */
  readonly onTaken: (still: Still) => Promise<void>;
  readonly onClose: () => void;
}

export function ShotCamera({ shot, onTaken, onClose }: ShotCameraProps) {
  const { camera } = useApp();
  const shown = useRef<HTMLVideoElement>(null);
  const [at, setAt] = useState<"rest" | "taking" | "failed">("rest");
  const take = async (): Promise<void> => {
    if (!shown.current || at === "taking") return;
    setAt("taking");
    try {
      await onTaken(await camera.takeStill(shown.current));
      onClose();
    } catch {
      setAt("failed");
    }
  };
  return (
    <main class="shot-camera">
      <Picture stream={camera.stream.value} label={say(shot.point.title)} videoRef={shown} />
      {at === "taking" && <div class="flash" aria-hidden="true" />}
      <header>
        <h1>{say(shot.point.title)}</h1>
        <p role="status">{say(at === "taking" ? words.holdStill : at === "failed" ? words.shotFailed : (shot.point.shot ?? shot.point.hint))}</p>
      </header>
      <footer>
        <button type="button" class="control" data-testid="shot-close" aria-label={say(words.closeCamera)} onClick={onClose}>
          <span class="disc">
            <Icon name="close" />
          </span>
        </button>
        <button type="button" class="shutter" data-testid="shot-shutter" disabled={at === "taking"} aria-label={say(words.shutter)} onClick={() => void take()}>
          <i />
        </button>
        <span class="control" aria-hidden="true" />
      </footer>
    </main>
  );
}
