/** Short words at the edge of the page: refused messages, and things that just happened. */

import { useEffect } from "preact/hooks";
import type { Text } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { Icon } from "./Icon";

export interface Toast {
  readonly key: string;
  readonly text: Text;
  readonly tone: "fault" | "news";
  readonly away: () => void;
}

const SHOWN_MS = { fault: 12_000, news: 5_000 } as const;

export function Toasts({ toasts }: { toasts: readonly Toast[] }) {
  return (
    <div class="d-toasts" role="log" aria-live="polite">
      {toasts.map((toast) => (
        <OneToast key={toast.key} toast={toast} />
      ))}
    </div>
  );
}

function OneToast({ toast }: { toast: Toast }) {
  useEffect(() => {
    const timer = setTimeout(toast.away, SHOWN_MS[toast.tone]);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`d-toast d-toast-${toast.tone}`} data-testid={`toast-${toast.tone}`}>
      <span>{say(toast.text)}</span>
      <button type="button" class="d-icon-btn" aria-label={say(desk.close)} onClick={toast.away}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
