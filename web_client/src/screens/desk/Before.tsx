/** What the survey before found and photographed of a point that is looked at again. */

import type { CheckValue, EarlierView, PhotoView } from "../../core/wire.gen";
import { say } from "../../text";
import { VALUE } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { PhotoPicture, type PhotoBytes } from "./PhotoPicture";
import "./material.css";

export function Before({ earlier, point, photoBytes }: { earlier: EarlierView; point: string; photoBytes: PhotoBytes }) {
  const answers = earlier.answers.filter((answer) => answer.point === point);
  const photos = earlier.photos.filter((photo) => photo.point === point);
  const named = earlier.rectification.points.includes(point);
  if (answers.length + photos.length === 0 && !named) return null;
  return (
    <div class="d-before" data-testid={`before-${point}`}>
      <p class="d-row d-tight">
        <strong>{say(kinds.before)}</strong>
        {named && <span class="d-pill d-r-rectify">{say(kinds.toPutRight)}</span>}
        {answers.map((answer) => (
          <Value key={`${answer.by}:${answer.at}`} value={answer.value} note={answer.note} />
        ))}
      </p>
      <Pictures earlier={earlier} photos={photos} photoBytes={photoBytes} />
    </div>
  );
}

/** Photos from before that were tied to no point. */
export function OtherPhotos({ earlier, photoBytes }: { earlier: EarlierView; photoBytes: PhotoBytes }) {
  const photos = earlier.photos.filter((photo) => (photo.point ?? null) === null);
  if (photos.length === 0) return null;
  return (
    <section>
      <h3 class="d-h">{say(kinds.otherPhotos)}</h3>
      <Pictures earlier={earlier} photos={photos} photoBytes={photoBytes} />
    </section>
  );
}

function Value({ value, note }: { value: CheckValue; note: string }) {
  return (
    <>
      <span class={`d-pill d-${value}`}>{say(VALUE[value])}</span>
      {note !== "" && <span class="d-quiet">{note}</span>}
    </>
  );
}

function Pictures({ earlier, photos, photoBytes }: { earlier: EarlierView; photos: readonly PhotoView[]; photoBytes: PhotoBytes }) {
  return (
    <div class="d-before-photos">
      {photos.map((photo) => (
        <PhotoPicture key={photo.id} survey={earlier.survey} photo={photo} photoBytes={photoBytes} />
      ))}
    </div>
  );
}
