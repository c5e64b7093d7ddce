/** Time along the bottom of the desk: the site's picture with its gaps, and what happened when. */

import { applicantOf, isOver } from "../../core/desk";
import { endOf, marks, place, type Line, type Mark } from "../../core/desk_timeline";
import { percent } from "../../core/replay";
import { clock } from "../../core/times";
import type { SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { useWidth } from "./useSize";

/** The line's label width follows the text: 13 px a Han character, 7 px a Latin one, and the label's padding. */
export function labelPixels(words: string): number {
  return [...words].reduce((sum, one) => sum + (one > "\u2e80" ? 12.5 : 7), 18);
}

const ROWS = 2;

interface Label {
  readonly at: number;
  readonly words: string;
  readonly tone: "act" | "warn" | "plain";
}

export function TimeLine({ survey, line, seconds }: { survey: SurveyView; line: Line; seconds: number }) {
  const [bar, width] = useWidth<HTMLDivElement>();
  const site = applicantOf(survey)?.id;
  if (seconds <= 0) return <footer class="d-time d-time-empty">{say(desk.timelineEmpty)}</footer>;
  const holes = line.holes.filter((hole) => hole.participant === site);
  const begun = site === undefined ? null : mediaFrom(line, survey, site);
  const silent = line.begun !== null && begun === null;
  const labels: Label[] = [
    ...marks(line, survey).map((mark) => ({ at: mark.at, words: markWords(mark, survey), tone: mark.kind === "photo" || mark.kind === "answer" ? ("act" as const) : ("plain" as const) })),
    ...holes.map((hole) => ({ at: hole.start, words: say(desk.gapMark((endOf(hole, seconds) - hole.start).toFixed(1))), tone: "warn" as const })),
    ...(silent ? [{ at: 0, words: say(desk.nothingSent), tone: "warn" as const }] : []),
  ].sort((a, b) => a.at - b.at);
  const placed = place(labels, seconds, (label) => (labelPixels(label.words) / Math.max(width, 200)) * 100, ROWS);
  return (
    <footer class="d-time" aria-label={say(desk.timeline)}>
      <span>{say(desk.lanePicture)}</span>
      <div class="d-lane" ref={bar}>
        {begun !== null && <i class="d-lane-media" style={{ left: `${percent(begun, seconds)}%`, right: 0 }} />}
        {holes.map((hole) => {
          const end = endOf(hole, seconds);
          return (
            <i
              key={hole.start}
              class="d-lane-gap"
              title={say(desk.gapMark((end - hole.start).toFixed(1)))}
              style={{ left: `${percent(hole.start, seconds)}%`, width: `${Math.max(0.4, percent(end, seconds) - percent(hole.start, seconds))}%` }}
            />
          );
        })}
      </div>
      <span class="tabular d-time-end">{clock(seconds)}</span>
      <span>{say(desk.laneEvents)}</span>
      <ol class="d-events" style={{ "--rows": ROWS }}>
        {placed.map(({ what, left, moment, row }) => (
          <li
            key={`${what.at}:${what.words}`}
            class={`${row === null ? "d-ev-dot" : "d-ev"} d-ev-${what.tone}`}
            style={row === null ? { left: `${moment}%` } : { left: `${left}%`, "--row": row }}
            title={`${clock(what.at)} ${what.words}`}
          >
            <span>{what.words}</span>
          </li>
        ))}
      </ol>
    </footer>
  );
}

/** From when on the site is on record; null if nothing of it is. After the end a desk that saw no light knows no better. */
function mediaFrom(line: Line, survey: SurveyView, site: string): number | null {
  if (line.begun === null) return isOver(survey) ? 0 : null;
  return line.begun.get(site) ?? null;
}

function markWords(mark: Mark, survey: SurveyView): string {
  const name = survey.participants.find((person) => person.id === mark.of)?.name ?? mark.of;
  switch (mark.kind) {
    case "join":
      return say(desk.joined(name));
    case "leave":
      return say(desk.left(name));
    case "photo":
      return say(desk.photoMark(survey.photos.findIndex((photo) => photo.id === mark.of) + 1));
    case "answer": {
      const point = survey.item.points.find((one) => one.id === mark.of);
      return point ? say(point.title) : mark.of;
    }
    default:
      return mark.kind satisfies never;
  }
}
