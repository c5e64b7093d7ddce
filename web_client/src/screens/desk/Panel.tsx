/** Tabs beside (on a phone: below) the picture. Arrow keys move between them. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./Icon";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** A count or mark behind the label. */
  readonly extra?: string;
  /** What is wrong there, in words; a mark shows it. */
  readonly warn?: string;
}

export interface PanelProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly shown: Name;
  readonly onShow: (name: Name) => void;
  readonly children: ComponentChildren;
}

export function Panel<Name extends string>({ label, tabs, shown, onShow, children }: PanelProps<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const at = tabs.findIndex((tab) => tab.name === shown);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    onShow(next.name);
    list.current?.querySelector<HTMLButtonElement>(`[data-testid="tab-${next.name}"]`)?.focus();
  };
  return (
    <aside class="d-panel" aria-label={label}>
      <div class="d-tabs" role="tablist" aria-label={label} tabIndex={-1} ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`tab-${tab.name}`}
            data-testid={`tab-${tab.name}`}
            aria-selected={tab.name === shown}
            aria-controls="tab-panel"
            tabIndex={tab.name === shown ? 0 : -1}
            onClick={() => onShow(tab.name)}
          >
            {tab.label}
            {tab.extra !== undefined && <span class="tabular"> {tab.extra}</span>}
            {tab.warn !== undefined && (
              <span class="d-tab-warn" title={tab.warn}>
                <Icon name="warn" size={17} />
                <span class="unseen">{tab.warn}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      <div class="d-panel-body" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${shown}`} tabIndex={-1}>
        {children}
      </div>
    </aside>
  );
}
