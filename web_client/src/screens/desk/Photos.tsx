/** Photos and site videos as they arrive: picture, verdict, and every check with its reason. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { newestFirst } from "../../core/desk";
import { earlierPhotos, restrictedMatches } from "../../core/earlier_photos";
import { telling } from "../../core/findings";
import { liveMatch } from "../../core/live_match";
import { clock, lengthOf } from "../../core/times";
import type { Finding, PhotoView, SurveyView, Text, VideoView } from "../../core/wire.gen";
import { desk, FINDING, VERDICT } from "../../text/desk";
import { restricted } from "../../text/restricted";
import { FalseMaterial } from "./FalseMaterial";
import { kinds } from "../../text/kinds";
import { Icon, type IconName } from "./Icon";
import { LiveMatch } from "./LiveMatch";
import { PhotoPicture, type PhotoBytes } from "./PhotoPicture";
import { VideoPicture, type VideoBytes } from "./VideoPicture";
import { say } from "../../text";

const MARK: Record<Finding["result"], IconName> = { pass: "check", flag: "bang", fail: "cross", na: "bang" };

export interface PhotosProps {
  readonly survey: SurveyView;
  readonly bytes: PhotoBytes & VideoBytes;
  /** Where a photo's moment can be jumped to; absent at the desk. */
  readonly onJump?: (seconds: number) => void;
}

export function Photos({ survey, bytes, onJump }: PhotosProps) {
  const { photos, videos, coming } = survey;
  if (photos.length + videos.length + coming.length === 0)
    return (
      <div class="d-empty">
        <Icon name="camera" size={28} />
        <p>{say(desk.photosEmpty)}</p>
        {!onJump && <p>{say(desk.photosEmptyHint)}</p>}
      </div>
    );
  return (
    <div class="d-list">
      {coming.map((one) => (
        <p key={one.name} class="d-coming" role="status" data-testid="coming">
          <span>{one.name}</span>
          <progress max={one.size} value={one.received} aria-label={one.name} />
          <span class="d-quiet tabular">{say(desk.videoComing(Math.floor((100 * one.received) / one.size)))}</span>
        </p>
      ))}
      {newestFirst(videos).map((video) => (
        <VideoItem key={video.id} survey={survey.id} video={video} bytes={bytes} onJump={onJump} />
      ))}
      {newestFirst(photos).map((photo) => (
        <PhotoItem key={photo.id} survey={survey.id} photo={photo} shows={pointOf(survey, photo)} photoBytes={bytes} onJump={onJump} />
      ))}
    </div>
  );
}

/** The checklist point that a photo shows, by its title. */
export function pointOf(survey: SurveyView, photo: PhotoView): Text | undefined {
  return survey.item.points.find((point) => point.id === photo.point)?.title;
}

interface PhotoItemProps {
  readonly survey: string;
  readonly photo: PhotoView;
  /** Its checklist point, where the card itself has to name it. */
  readonly shows?: Text | undefined;
  readonly photoBytes: PhotoBytes;
  readonly onJump?: ((seconds: number) => void) | undefined;
}

export function PhotoItem({ survey, photo, shows, photoBytes, onJump }: PhotoItemProps) {
  const match = liveMatch(photo);
  const beside = match && <LiveMatch survey={survey} photo={photo} match={match} photoBytes={photoBytes} onJump={onJump} />;
  const way = say(photo.channel === "still" ? desk.channelStill : desk.channelUpload);
  return (
    <Item kind="photo" shown={photo} point={shows} way={way} onJump={onJump} beside={beside} act={<FalseMaterial survey={survey} photo={photo} />}>
      <PhotoPicture survey={survey} photo={photo} photoBytes={photoBytes} />
    </Item>
  );
}

interface VideoItemProps {
  readonly survey: string;
  readonly video: VideoView;
  readonly bytes: VideoBytes;
  readonly onJump?: ((seconds: number) => void) | undefined;
}

export function VideoItem({ survey, video, bytes, onJump }: VideoItemProps) {
  return (
    <Item kind="video" shown={video} way={say(wayOf(video))} onJump={onJump}>
      <VideoPicture survey={survey} video={video} bytes={bytes} />
    </Item>
  );
}

function wayOf(video: VideoView): Text {
  return video.seconds ? desk.videoSeconds(lengthOf(video.seconds)) : desk.channelVideo;
}

interface ItemProps {
  readonly kind: "photo" | "video";
  readonly shown: PhotoView | VideoView;
  /** How it came, or how long it is. */
  readonly way: string;
  readonly onJump?: ((seconds: number) => void) | undefined;
  /** What it is shown with, above the findings. */
  readonly beside?: ComponentChildren;
  /** The checklist point it shows. */
  readonly point?: Text | undefined;
  /** What can be done about it. */
  readonly act?: ComponentChildren;
  readonly children: ComponentChildren;
}

function Item({ kind, shown: photo, point, way, onJump, beside, act, children }: ItemProps) {
  const [all, setAll] = useState(false);
  const { first, rest } = telling(photo);
  const more = rest.every((finding) => finding.result === "pass") ? desk.findingsPassed : desk.findingsMore;
  const moment = photo.moment_s;
  return (
    <article class="d-photo" data-testid={`${kind}-item`} data-photo={photo.id} data-result={photo.result ?? "checking"}>
      {children}
      <div class="d-photo-facts">
        <h3>{point ? say(point) : photo.name}</h3>
        {point && <p class="d-file-name">{photo.name}</p>}
        <p class="d-row d-tight">
          <span class={`d-pill d-${photo.result ?? "checking"}`}>{say(photo.result ? VERDICT[photo.result] : desk.checking)}</span>
          <span class="d-quiet">{way}</span>
          {"outside" in photo && photo.outside === true && (
            <span class="d-pill d-unsure" data-testid="outside">
              {say(kinds.outside)}
            </span>
          )}
          {moment !== null &&
            (onJump ? (
              <button type="button" class="d-link tabular" onClick={() => onJump(moment)}>
                <Icon name="pin" size={14} />
                {clock(moment)}
              </button>
            ) : (
              <span class="d-pin tabular">
                <Icon name="pin" size={14} />
                {clock(moment)}
              </span>
            ))}
        </p>
      </div>
      {beside}
      {first.length > 0 && <Findings list={all ? [...first, ...rest] : first} />}
      {rest.length > 0 && (
        <button type="button" class="d-link d-more" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? say(desk.lessFindings) : `+ ${say(more(rest.length))}`}
        </button>
      )}
      <p class="d-photo-foot">
        <span class="tabular" title={photo.sha256}>
          {say(desk.digest)} <code>{photo.sha256.slice(0, 12)}</code>
        </span>
        <span class={photo.archived ? "d-good" : ""}>{say(photo.archived ? desk.archived : desk.notArchived)}</span>
      </p>
      {act}
    </article>
  );
}

function Findings({ list }: { list: readonly Finding[] }) {
  return (
    <ul class="d-findings">
      {list.map((finding) => (
        <li key={finding.id} class={`d-f-${finding.result}`}>
          <span class="d-mark" role="img" aria-label={say(FINDING[finding.result])}>
            <Icon name={MARK[finding.result]} size={15} />
          </span>
          <span>
            {say(finding.reason)}
            {restrictedMatches(finding) > 0 && <span class="d-earlier">{say(restricted.match)}</span>}
            {earlierPhotos(finding).map((earlier) => (
              <span key={earlier.survey + earlier.photo} class="d-earlier" data-testid="earlier-photo">
                {say(desk.earlierPhoto(earlier.receivedAt.slice(0, 10), earlier.photo))} <code>{earlier.survey}</code>
                {earlier.sameApplicant && <> · {say(desk.earlierOwn)}</>}
                {earlier.mirrored && <> · {say(desk.earlierMirrored)}</>}
                {earlier.inliers !== null && <> · {say(desk.earlierPoints(earlier.inliers))}</>}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
