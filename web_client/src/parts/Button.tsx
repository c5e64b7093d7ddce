import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./Icon";

export type ButtonProps = {
  children: ComponentChildren;
  onClick: () => void;
  kind?: "primary" | "plain" | "quiet" | "link" | "final";
  icon?: IconName;
  disabled?: boolean;
  /** Busy: the act is under way, the button says so and takes no second press. */
  busy?: boolean;
  testid?: string;
};

export function Button({ children, onClick, kind = "primary", icon, disabled, busy, testid }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      disabled={disabled || busy}
      aria-busy={busy ?? false}
      data-testid={testid}
      onClick={onClick}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={20} />}
      <span>{children}</span>
    </button>
  );
}
