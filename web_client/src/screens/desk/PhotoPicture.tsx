/** A photo's thumbnail, fetched with the session's bearer token; pressing it shows the whole picture. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { PhotoView } from "../../core/wire.gen";
import { desk } from "../../text/desk";
import { Dialog } from "./Dialog";
import { say } from "./say";

/** GET of an own path with the session's token. Rejects when the server refuses. */
export type FetchBlob = (path: string) => Promise<Blob>;

export function photoPath(survey: string, photo: string, which: "preview" | "original"): string {
  return `/api/surveys/${encodeURIComponent(survey)}/photos/${encodeURIComponent(photo)}/${which}`;
}

export function PhotoPicture({ survey, photo, fetchBlob }: { survey: string; photo: PhotoView; fetchBlob: FetchBlob }) {
  const [open, setOpen] = useState(false);
  const preview = useBlob(photoPath(survey, photo.id, "preview"), fetchBlob);
  return (
    <>
      <button type="button" class="d-thumb" aria-label={`${say(desk.openOriginal)}: ${photo.name}`} onClick={() => setOpen(true)}>
        {preview.url !== null ? <img src={preview.url} alt="" /> : <span>{preview.failed ? say(desk.previewFailed) : ""}</span>}
      </button>
      {open && (
        <Dialog label={photo.name} wide onClose={() => setOpen(false)}>
          <div class="d-whole">{preview.url !== null && <img src={preview.url} alt={photo.name} />}</div>
          <div class="d-row d-end">
            <SaveOriginal survey={survey} photo={photo} fetchBlob={fetchBlob} />
            <button type="button" class="d-btn d-primary" onClick={() => setOpen(false)}>
              {say(desk.close)}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function SaveOriginal({ survey, photo, fetchBlob }: { survey: string; photo: PhotoView; fetchBlob: FetchBlob }) {
  const [busy, setBusy] = useState(false);
  const save = () => {
    setBusy(true);
    fetchBlob(photoPath(survey, photo.id, "original"))
      .then((blob) => saveBlob(blob, photo.name))
      .catch(() => undefined)
      .finally(() => setBusy(false));
  };
  return (
    <button type="button" class="d-btn" disabled={busy} onClick={save}>
      {say(desk.downloadOriginal)}
    </button>
  );
}

/** Hand bytes to the browser's own downloads under this name. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const AGAIN_MS = 2000;
const TRIES = 5;

/** The blob URL of a path, tried a few times: a preview is made a moment after the photo arrived. */
function useBlob(path: string, fetchBlob: FetchBlob): { url: string | null; failed: boolean } {
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const ask = useRef(fetchBlob);
  ask.current = fetchBlob;
  useEffect(() => {
    let gone = false;
    let made: string | null = null;
    const attempt = (left: number): void => {
      ask
        .current(path)
        .then((blob) => {
          if (gone) return;
          made = URL.createObjectURL(blob);
          setUrl(made);
        })
        .catch(() => {
          if (gone) return;
          if (left > 0) setTimeout(() => gone || attempt(left - 1), AGAIN_MS);
          else setFailed(true);
        });
    };
    attempt(TRIES);
    return () => {
      gone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [path]);
  return { url, failed };
}
