/** The photo and the live video's picture of the same place, matching points joined by lines. Pressing it shows it large. */

import { useEffect, useState } from "preact/hooks";
import { drawing, type LiveMatchFacts } from "../../core/live_match";
import { clock } from "../../core/times";
import type { PhotoView } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";
import { useBlob, type PhotoBytes } from "./PhotoPicture";
import { useWidth } from "./useSize";

export interface LiveMatchProps {
  readonly survey: string;
  readonly photo: PhotoView;
  readonly match: LiveMatchFacts;
  readonly photoBytes: PhotoBytes;
  /** Where the video's moment can be jumped to; absent at the desk. */
  readonly onJump?: ((seconds: number) => void) | undefined;
}

export function LiveMatch({ survey, photo, match, photoBytes, onJump }: LiveMatchProps) {
  const [open, setOpen] = useState(false);
  const one = useAspect(useBlob(() => photoBytes.preview(survey, photo.id), `${survey}/${photo.id}`).url);
  const other = useAspect(useBlob(() => photoBytes.livePicture(survey, photo.id), `${survey}/${photo.id}`).url);
  if (one === null || other === null) return null;
  const at = clock(match.moment);
  const pictures = { photo: one, live: other, match };
  return (
    <>
      <button type="button" class="d-match" aria-label={say(desk.liveOpen(photo.name, at))} onClick={() => setOpen(true)} data-testid="live-match">
        <Drawn {...pictures} />
      </button>
      {open && (
        <Dialog label={say(desk.liveSame(match.inliers))} wide onClose={() => setOpen(false)}>
          <h2 class="d-match-title">{say(desk.liveSame(match.inliers))}</h2>
          <p class="d-quiet">
            {photo.name} · {say(desk.liveVideo(at))} · {say(desk.liveShown(match.pairs.length))}
          </p>
          <Drawn {...pictures} large />
          <div class="d-row d-end">
            {onJump && (
              <button type="button" class="d-btn" onClick={() => (setOpen(false), onJump(match.moment))}>
                <Icon name="pin" size={15} />
                {say(desk.liveJump)}
              </button>
            )}
            <button type="button" class="d-btn d-primary" onClick={() => setOpen(false)}>
              {say(desk.close)}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

interface Picture {
  readonly url: string;
  readonly aspect: number;
}

/** Under this width two landscapes stand one above the other. */
const STACKED_PX = 620;

function Drawn({ photo, live, match, large = false }: { photo: Picture; live: Picture; match: LiveMatchFacts; large?: boolean }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const stacked = large && width < STACKED_PX && photo.aspect > 1 && live.aspect > 1;
  const drawn = drawing(photo.aspect, live.aspect, match.pairs, stacked);
  const dot = (large ? 4.5 : 7) * (drawn.width / 1280);
  return (
    <div ref={ref}>
      <div class={`d-match-drawn${large ? " d-large" : ""}`} style={large ? { maxWidth: `calc(66dvh * ${drawn.width / drawn.height})` } : {}}>
        <svg viewBox={`0 0 ${drawn.width} ${drawn.height}`} aria-hidden="true">
          <image href={photo.url} {...drawn.photo} preserveAspectRatio="none" />
          <image href={live.url} {...drawn.live} preserveAspectRatio="none" />
          {drawn.lines.map((line, number) => (
            <g key={number} style={{ "--hue": `${Math.round((number * 360) / drawn.lines.length)}` }}>
              <line {...line} />
              <circle cx={line.x1} cy={line.y1} r={dot} />
              <circle cx={line.x2} cy={line.y2} r={dot} />
            </g>
          ))}
        </svg>
        <span class="d-match-of">{say(desk.livePhoto)}</span>
        <span class={`d-match-of ${stacked ? "d-below" : "d-right"} tabular`} style={stacked ? { top: `${(100 * drawn.live.y) / drawn.height}%` } : { left: `${(100 * drawn.live.x) / drawn.width}%` }}>
          {say(desk.liveVideo(clock(match.moment)))}
        </span>
      </div>
    </div>
  );
}

/** A picture and its width by its height, once the browser knows it. */
function useAspect(url: string | null): Picture | null {
  const [picture, setPicture] = useState<Picture | null>(null);
  useEffect(() => {
    if (url === null) return;
    const image = new Image();
    let gone = false;
    image.addEventListener("load", () => {
      if (!gone) setPicture({ url, aspect: image.naturalWidth / Math.max(1, image.naturalHeight) });
    });
    image.src = url;
    return () => {
      gone = true;
    };
  }, [url]);
  return picture;
}
