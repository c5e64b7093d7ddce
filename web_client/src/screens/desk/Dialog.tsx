/** A question over the page. The browser's own `<dialog>` keeps the focus inside and closes on Escape. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface DialogProps {
  readonly label: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ label, wide = false, onClose, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={box}
      class={`d-dialog${wide ? " d-wide" : ""}`}
      aria-label={label}
      onClose={onClose}
      closedby="any"
    >
      <div class="d-dialog-body">{children}</div>
    </dialog>
  );
}
