/** The large picture, what is to be said about it, and the tools that float on it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ParticipantView } from "../../core/wire.gen";
import { Standings } from "../../parts/Standings";
import { hue } from "../../parts/Tile";
import { say } from "../../text";
import { desk, ROLE } from "../../text/desk";
import { Icon, type IconName } from "./Icon";
import { Face, Heard } from "./People";

export interface StageProps {
  readonly person: ParticipantView | null;
  readonly me: string;
  readonly stream: MediaStream | null;
  /** What to say over the picture, if anything. */
  readonly word: Word | null;
  /** Connection trouble, said in a bar along the top. */
  readonly trouble: string | null;
  readonly onBack: (() => void) | null;
  readonly children?: (full: { on: boolean; flip: () => void }) => ComponentChildren;
}

export interface Word {
  readonly title: string;
  readonly hint?: string;
  /** The picture, standing still perhaps, is left to be seen behind the words. */
  readonly veil?: boolean;
}

export function Stage({ person, me, stream, word, trouble, onBack, children }: StageProps) {
  const box = useRef<HTMLElement>(null);
  const full = useFullScreen(box);
  return (
    <section ref={box} class="d-stage" data-hue={person ? hue(person.id) : 0} data-testid={person ? `person-${person.id}` : undefined}>
      {person && (!word || word.veil) && <Face person={person} stream={stream} mirrored={person.id === me} />}
      {word && (
        <div class={word.veil ? "d-stage-word d-veil" : "d-stage-word"} role="status">
          <p>{word.title}</p>
          {word.hint !== undefined && <p>{word.hint}</p>}
        </div>
      )}
      <div class="d-stage-top">
        {person && (
          <span class="d-tag">
            {person.name} <small>{say(ROLE[person.role])}</small>
            <Heard person={person} />
          </span>
        )}
        {person && <Standings person={person} />}
        {onBack && (
          <button type="button" class="d-tag d-tag-btn" onClick={onBack}>
            <Icon name="back" size={15} />
            {say(desk.backToSite)}
          </button>
        )}
        {trouble !== null && (
          <span class="d-tag d-trouble" role="status" data-testid="trouble">
            <span class="d-spin" aria-hidden="true" />
            {trouble}
          </span>
        )}
      </div>
      {children && (
        <div class="d-tools" role="toolbar" aria-label={say(desk.tools)}>
          {children(full)}
        </div>
      )}
    </section>
  );
}

export interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly on?: boolean;
  readonly off?: boolean;
  readonly disabled?: boolean;
  readonly testid?: string;
}

export function Tool({ icon, label, onClick, on, off, disabled, testid }: ToolProps) {
  return (
    <button
      type="button"
      class={`d-tool${on ? " d-on" : ""}${off ? " d-off" : ""}`}
      disabled={disabled}
      data-testid={testid}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}

function useFullScreen(box: { readonly current: HTMLElement | null }): { on: boolean; flip: () => void } {
  const [on, setOn] = useState(false);
  useEffect(() => {
    const changed = (): void => setOn(document.fullscreenElement === box.current && box.current !== null);
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, []);
  const flip = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void box.current?.requestFullscreen?.().catch(() => undefined);
  };
  return { on, flip };
}
