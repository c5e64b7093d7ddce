/** A photo's thumbnail, fetched with the session's bearer token; pressing it shows the whole picture. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import type { PhotoView } from "../../core/wire.gen";
import type { Api } from "../../device/http";
import { saveBlob } from "../../device/save";
import { desk } from "../../text/desk";
import { Dialog } from "./Dialog";
import { say } from "../../text";

/** Where a photo's bytes come from. Each rejects when the server refuses. */
export type PhotoBytes = Pick<Api, "preview" | "original" | "livePicture">;

export function PhotoPicture({ survey, photo, photoBytes }: { survey: string; photo: PhotoView; photoBytes: PhotoBytes }) {
  const [open, setOpen] = useState(false);
  const preview = useBlob(() => photoBytes.preview(survey, photo.id), `${survey}/${photo.id}`);
  return (
    <>
      <button type="button" class="d-thumb" aria-label={say(desk.openPhoto(photo.name))} onClick={() => setOpen(true)}>
        {preview.url !== null ? <img src={preview.url} alt="" /> : <span>{preview.failed ? say(desk.previewFailed) : ""}</span>}
      </button>
      {open && (
        <Dialog label={photo.name} wide onClose={() => setOpen(false)}>
          <div class="d-whole">{preview.url !== null && <img src={preview.url} alt={photo.name} />}</div>
          <div class="d-row d-end">
            <SaveOriginal survey={survey} photo={photo} photoBytes={photoBytes} />
            <button type="button" class="d-btn d-primary" onClick={() => setOpen(false)}>
              {say(desk.close)}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function SaveOriginal({ survey, photo, photoBytes }: { survey: string; photo: PhotoView; photoBytes: PhotoBytes }) {
  const { state } = useApp();
  const [at, setAt] = useState<"rest" | "busy" | "failed">("rest");
  if (state.session.value?.role === "officer") return null;
  const save = (): void => {
    setAt("busy");
    photoBytes.original(survey, photo.id).then(
      (blob) => {
        saveBlob(blob, photo.name);
        setAt("rest");
      },
      () => setAt("failed"),
    );
  };
  return (
    <>
      {at === "failed" && (
        <span class="d-bad" role="alert">
          {say(desk.downloadFailed)}
        </span>
      )}
      <button type="button" class="d-btn" disabled={at === "busy"} onClick={save}>
        {say(desk.downloadOriginal)}
      </button>
    </>
  );
}

const AGAIN_MS = 2000;
const TRIES = 5;

/** A picture as a blob URL, tried a few times: a preview is made a moment after the photo arrived. Anew for another `of`. */
export function useBlob(load: () => Promise<Blob>, of: string): { url: string | null; failed: boolean } {
  const [url, setUrl] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    let made: string | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const attempt = async (left: number): Promise<void> => {
      const blob = await load().catch(() => null);
      if (gone) return;
      if (blob !== null) setUrl((made = URL.createObjectURL(blob)));
      else if (left > 0) again = setTimeout(() => void attempt(left - 1), AGAIN_MS);
      else setFailed(true);
    };
    void attempt(TRIES);
    return () => {
      gone = true;
      clearTimeout(again);
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [of]);
  return { url, failed };
}
