/** A site video's picture; pressing it plays the preserved file, put together by the server as it goes. */

import { useState } from "preact/hooks";
import type { VideoLink, VideoView } from "../../core/wire.gen";
import type { Api } from "../../device/http";
import { desk } from "../../text/desk";
import { say } from "../../text";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";
import { useBlob } from "./PhotoPicture";

/** Where a video's bytes come from. Each rejects when the server refuses. */
export type VideoBytes = Pick<Api, "frame" | "videoLink">;

export interface VideoPictureProps {
  readonly survey: string;
  readonly video: VideoView;
  readonly bytes: VideoBytes;
}

export function VideoPicture({ survey, video, bytes }: VideoPictureProps) {
  const [link, setLink] = useState<VideoLink | "failed" | null>(null);
  const judged = video.result !== null;
  const preview = useBlob(() => bytes.frame(survey, video.id), `${survey}/${video.id}/${judged}`);
  const open = (): void => {
    bytes.videoLink(survey, video.id).then(setLink, () => setLink("failed"));
  };
  return (
    <>
      <button type="button" class="d-thumb d-film" aria-label={say(desk.openVideo(video.name))} data-testid="open-video" onClick={open}>
        {preview.url !== null ? <img src={preview.url} alt="" /> : <span>{preview.failed ? say(desk.previewFailed) : ""}</span>}
        <span class="d-film-mark" aria-hidden="true">
          <Icon name="play" size={18} />
        </span>
      </button>
      {link !== null && (
        <Dialog label={video.name} wide onClose={() => setLink(null)}>
          {link === "failed" ? (
            <p role="alert">{say(video.archived ? desk.downloadFailed : desk.videoNotYet)}</p>
          ) : (
            <Film url={link.url} name={video.name} />
          )}
          <div class="d-row d-end">
            {link !== "failed" && (
              <a class="d-btn" href={link.url} download={video.name} data-testid="save-video">
                {say(desk.downloadOriginal)}
              </a>
            )}
            <button type="button" class="d-btn d-primary" onClick={() => setLink(null)}>
              {say(desk.close)}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Film({ url, name }: { url: string; name: string }) {
  const [unplayable, setUnplayable] = useState(false);
  return (
    <div class="d-whole">
      {unplayable ? (
        <p role="alert">{say(desk.videoUnplayable)}</p>
      ) : (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- what was filmed has no captions
        <video src={url} controls preload="metadata" aria-label={name} onError={() => setUnplayable(true)} />
      )}
    </div>
  );
}
