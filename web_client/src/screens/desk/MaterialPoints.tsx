/** The material point by point: what was to be shown, the photos of it, and what was said about it. */

import { photosOf, videosOf } from "../../core/review";
import type { CheckPoint, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { review } from "../../text/review";
import { Icon } from "./Icon";
import { timeText } from "./hours";
import type { PhotoBytes } from "./PhotoPicture";
import { PhotoItem, VideoItem } from "./Photos";
import type { VideoBytes } from "./VideoPicture";
import "./material.css";

export interface MaterialPointsProps {
  readonly survey: SurveyView;
  readonly photoBytes: PhotoBytes & VideoBytes;
  /** Asks for another shot of a point; absent where nobody may. */
  readonly onAsk?: ((point: CheckPoint) => void) | null;
}

export function MaterialPoints({ survey, photoBytes, onAsk }: MaterialPointsProps) {
  const others = photosOf(survey, null);
  const films = videosOf(survey, null);
  return (
    <ol class="d-shots">
      {survey.item.points.map((point, index) => (
        <Point key={point.id} survey={survey} point={point} number={index + 1} photoBytes={photoBytes} onAsk={onAsk ?? null} />
      ))}
      {others.length + films.length > 0 && (
        <li class="d-shot">
          <h3>{say(review.other)}</h3>
          <div class="d-shot-photos">
            {films.map((video) => (
              <VideoItem key={video.id} survey={survey.id} video={video} bytes={photoBytes} />
            ))}
            {others.map((photo) => (
              <PhotoItem key={photo.id} survey={survey.id} photo={photo} photoBytes={photoBytes} />
            ))}
          </div>
        </li>
      )}
    </ol>
  );
}

interface PointProps {
  readonly survey: SurveyView;
  readonly point: CheckPoint;
  readonly number: number;
  readonly photoBytes: PhotoBytes & VideoBytes;
  readonly onAsk: ((point: CheckPoint) => void) | null;
}

function Point({ survey, point, number, photoBytes, onAsk }: PointProps) {
  const photos = photosOf(survey, point.id);
  const films = videosOf(survey, point.id);
  const explanation = survey.material?.explanations.find((one) => one.point === point.id);
  const asked = survey.material?.asked.filter((one) => one.point === point.id) ?? [];
  return (
    <li class="d-shot" data-testid={`material-${point.id}`}>
      <header>
        <h3>
          <span class="tabular">{number}</span> {say(point.title)}
        </h3>
        {onAsk && (
          <button type="button" class="d-btn" data-testid={`ask-shot-${point.id}`} onClick={() => onAsk(point)}>
            <Icon name="camera" size={17} />
            {say(review.askShot)}
          </button>
        )}
      </header>
      <p class="d-quiet">{say(point.shot ?? point.hint)}</p>
      {explanation && (
        <p class="d-note">
          <strong>{say(review.explained)}</strong>
          <span>{explanation.reason}</span>
        </p>
      )}
      {asked.map((one) => (
        <p key={one.at} class={one.answered ? "d-note" : "d-note d-warn"} data-testid="asked">
          <strong>
            {say(review.askedFor(say(one.department)))} · {say(one.answered ? review.askedSettled : review.askedOpen)}
          </strong>
          <span>
            {one.reason} <time class="tabular">{timeText(one.at)}</time>
          </span>
        </p>
      ))}
      {photos.length + films.length > 0 ? (
        <div class="d-shot-photos">
          {films.map((video) => (
            <VideoItem key={video.id} survey={survey.id} video={video} bytes={photoBytes} />
          ))}
          {photos.map((photo) => (
            <PhotoItem key={photo.id} survey={survey.id} photo={photo} photoBytes={photoBytes} />
          ))}
        </div>
      ) : (
        !explanation && <p class="d-quiet d-shot-none">{say(review.noPhoto)}</p>
      )}
    </li>
  );
}
