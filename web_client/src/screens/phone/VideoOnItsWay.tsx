import { size } from "../../core/times";
import type { Pending } from "../../core/uploads";
import type { VideoFacts, Videos } from "../../device/videos";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { say, t } from "../../text";

/** A video that is not yet with the server: how far it is, what holds it, what to do. */
export function VideoOnItsWay({ one, videos }: { one: Pending<Blob | null, VideoFacts>; videos: Videos }) {
  const { photo: video, sending } = one;
  const moving = sending.kind === "sending" || sending.kind === "preparing";
  const fraction = moving ? sending.fraction : 0;
  const stuck = sending.kind === "failed" || sending.kind === "absent";
  return (
    <li class="photo" data-testid="video-item" data-state={sending.kind} data-name={video.facts.name}>
      <span class="thumb">
        <Icon name="camera" size={22} />
      </span>
      <div class="about">
        <b>{video.facts.name}</b>
        <small>{sending.kind === "sending" ? `${size(fraction * video.size)} / ${size(video.size)}` : size(video.size)}</small>
        <span class={stuck ? "fate seal" : "fate"} role="status">
          {words(one)}
        </span>
      </div>
      {moving && <progress max={1} value={fraction} aria-label={words(one)} />}
      {stuck && (
        <div class="reasons">
          <p role="alert">
            {sending.kind === "failed" ? (
              <>
                <b>{say(sending.problem.title)}</b> {say(sending.problem.detail)}
              </>
            ) : (
              t("videos.absent.text", { name: video.facts.name })
            )}
          </p>
          <div class="pair">
            {sending.kind === "failed" ? (
              <Button kind="plain" icon="flip" onClick={() => videos.uploads.again(video.id)}>
                {t("photos.again")}
              </Button>
            ) : (
              <Button kind="plain" icon="upload" onClick={() => document.querySelector<HTMLInputElement>("#upload-input")?.click()}>
                {t("videos.choose")}
              </Button>
            )}
            <Button kind="quiet" onClick={() => void videos.uploads.remove(video.id)}>
              {t("photos.remove")}
            </Button>
          </div>
        </div>
      )}
    </li>
  );
}

function words({ sending }: Pending<Blob | null, VideoFacts>): string {
  switch (sending.kind) {
    case "sending":
    case "preparing":
      return t(`videos.${sending.kind}`, { percent: Math.floor(sending.fraction * 100) });
    default:
      return t(`videos.${sending.kind}`);
  }
}
