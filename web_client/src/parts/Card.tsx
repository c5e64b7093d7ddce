import type { ComponentChildren } from "preact";

export function Card({ children, tone }: { children: ComponentChildren; tone?: "warn" | "seal" | "ok" }) {
  return <section class={tone ? `card ${tone}` : "card"}>{children}</section>;
}
