/** The journal in words; pressing an entry goes to its moment. */

import type { ReadonlySignal } from "@preact/signals";
import { clock } from "../../core/times";
import type { ReplayView } from "../../core/wire.gen";
import { say } from "../../text";
import { audit } from "../../text/audit";
import { timeText } from "../desk/hours";

export interface EventsProps {
  readonly replay: ReplayView;
  readonly position: ReadonlySignal<number>;
  readonly onJump: (seconds: number) => void;
}

export function Events({ replay, position, onJump }: EventsProps) {
  if (replay.events.length === 0) return <p class="d-empty">{say(audit.eventsEmpty)}</p>;
  const t = position.value;
  const current = replay.events.findLastIndex((event) => inside(event.moment_s, replay.seconds) && event.moment_s <= t);
  return (
    <ol class="a-events">
      {replay.events.map((event, i) => {
        const at = event.moment_s;
        return (
          <li key={event.seq} data-kind={event.kind} aria-current={i === current ? "true" : undefined}>
            {inside(at, replay.seconds) ? (
              <button type="button" title={say(audit.jumpTo(clock(at)))} onClick={() => onJump(at)}>
                <span class="tabular d-pin">{clock(at)}</span>
                <span>{say(event.text)}</span>
              </button>
            ) : (
              <p>
                <time class="tabular d-quiet" dateTime={event.at}>
                  {timeText(event.at)}
                </time>
                <span>{say(event.text)}</span>
              </p>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function inside(moment: number | null, seconds: number): moment is number {
  return moment !== null && moment >= 0 && moment <= seconds;
}
