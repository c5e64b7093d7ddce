import type { Album } from "../../device/album";
import { Button } from "../../parts/Button";
import { t } from "../../text";

/**
 * Android's photo picker removes the place from a picture, its file chooser does not: asking for any file
 * there keeps the original. On iOS naming HEIC keeps Safari from turning it into JPEG.
 */
export const ACCEPT = /Android/i.test(navigator.userAgent) ? undefined : "image/jpeg,image/heic,image/heif,image/png,image/webp";

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
      accept={ACCEPT}
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

export const AddPhotos = { Open, Input };
