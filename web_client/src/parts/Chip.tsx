import type { ComponentChildren } from "preact";

/** A short state in words, with colour as a second sign only. */
export type Tone = "plain" | "ok" | "warn" | "seal" | "act";

export function Chip({ tone = "plain", children, live }: { tone?: Tone; children: ComponentChildren; live?: boolean }) {
  return (
    <span class={`chip ${tone}`} role={live ? "status" : undefined}>
      {children}
    </span>
  );
}
