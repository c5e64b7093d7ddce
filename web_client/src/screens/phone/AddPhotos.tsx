import { useRef } from "preact/hooks";
import type { Album } from "../../device/album";
import { Button } from "../../parts/Button";
import { t } from "../../text";

/**
 * Android's photo picker removes the place from a picture, its file chooser does not: a type that is no picture beside the
 * others makes Chrome open the chooser, with the camera in it. On iOS naming HEIC keeps Safari from turning it into JPEG.
 */
const ANDROID = /Android/i.test(navigator.userAgent);
const CHOOSER = "application/octet-stream";
const ACCEPT = ANDROID ? `image/*,.heic,.heif,${CHOOSER}` : "image/jpeg,image/heic,image/heif,image/png,image/webp,.heic,.heif";
const FILMS = ANDROID ? `video/*,${CHOOSER}` : "video/*";
export const WITH_FILMS = `${ACCEPT},video/*`;

/** Opens the browser's chooser through the one hidden input of the page. */
function Open() {
  const open = (): void => document.querySelector<HTMLInputElement>("#upload-input")?.click();
  return (
    <>
      <Button kind="plain" icon="upload" testid="add-photos" onClick={open}>
        {t("photos.add")}
      </Button>
      <p class="muted small">{t("photos.add.text")}</p>
    </>
  );
}

function Input({ album, onAdded }: { album: Album; onAdded?: () => void }) {
  return (
    <input
      id="upload-input"
      data-testid="upload-input"
      class="unseen"
      type="file"
      multiple
      accept={WITH_FILMS}
      tabIndex={-1}
      aria-label={t("photos.add")}
      onChange={(event) => {
        const input = event.currentTarget;
        const files = [...(input.files ?? [])];
        if (files.length === 0) return;
        void album.addFiles(files);
        input.value = "";
        onAdded?.();
      }}
    />
  );
}

/** A button that asks for videos alone. */
function Film({ album }: { album: Album }) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button kind="plain" icon="upload" testid="add-video" onClick={() => chooser.current?.click()}>
        {t("videos.add")}
      </Button>
      <input
        ref={chooser}
        id="upload-input"
        class="unseen"
        data-testid="video-input"
        type="file"
        multiple
        accept={FILMS}
        tabIndex={-1}
        aria-label={t("videos.add")}
        onChange={(event) => {
          const input = event.currentTarget;
          void album.addFiles([...(input.files ?? [])]);
          input.value = "";
        }}
      />
    </>
  );
}

export const AddPhotos = { Open, Input, Film };
