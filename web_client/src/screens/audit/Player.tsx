/** Every participant's lane in step: pictures, transport, and the time line with one row for each lane. */

import { useEffect, useRef, useState } from "preact/hooks";
import { place } from "../../core/desk_timeline";
import { blanks, covered, percent, strokes } from "../../core/replay";
import { SPEEDS } from "../../core/replay_clock";
import { clock } from "../../core/times";
import type { ReplayLane, ReplayView } from "../../core/wire.gen";
import { hue } from "../../parts/Tile";
import { say } from "../../text";
import { audit, causeText } from "../../text/audit";
import { desk, ROLE } from "../../text/desk";
import { Icon } from "../desk/Icon";
import { labelPixels } from "../desk/TimeLine";
import { useWidth } from "../desk/useSize";
import type { Conductor } from "./conductor";
import type { Evidence } from "./evidence";
import { LanePlayer, playable } from "./lane_player";

export interface PlayerProps {
  readonly replay: ReplayView;
  readonly conductor: Conductor;
  readonly evidence: Evidence;
}

export function Player({ replay, conductor, evidence }: PlayerProps) {
  const lanes = replay.lanes.filter((lane) => lane.epochs.length > 0);
  const [large, setLarge] = useState<string | null>(null);
  const [muted, setMuted] = useState<ReadonlySet<string>>(new Set());
  const first = lanes.find((lane) => lane.role === "applicant") ?? lanes[0];
  useKeys(conductor);
  useEffect(() => conductor.seek(firstMoment(lanes)), [conductor]);
  if (!first)
    return (
      <main class="a-main">
        <div class="d-stage d-stage-empty">
          <div class="d-stage-word">
            <p>{say(audit.noMedia)}</p>
            <p>{say(audit.noMediaHint)}</p>
          </div>
        </div>
      </main>
    );
  const shown = large ?? first.participant;
  const flip = (id: string): void => {
    const next = new Set(muted);
    if (!next.delete(id)) next.add(id);
    setMuted(next);
  };
  return (
    <main class="a-main">
      {!playable(lanes) && (
        <p class="d-note d-warn" role="alert">
          {say(audit.cannotPlay)}
        </p>
      )}
      <div class="a-pictures" data-many={lanes.length > 1} style={{ "--small": Math.max(1, lanes.length - 1) }}>
        {lanes.map((lane) => (
          <LaneView
            key={lane.participant}
            lane={lane}
            conductor={conductor}
            evidence={evidence}
            seconds={replay.seconds}
            large={lane.participant === shown}
            muted={muted.has(lane.participant)}
            onEnlarge={() => setLarge(lane.participant)}
            onMute={() => flip(lane.participant)}
          />
        ))}
      </div>
      <div class="a-time">
        <Transport conductor={conductor} />
        <Lines replay={replay} lanes={lanes} conductor={conductor} />
      </div>
    </main>
  );
}

/** Where anything is to be seen first. */
function firstMoment(lanes: readonly ReplayLane[]): number {
  const starts = lanes.flatMap((lane) => covered(lane).map((span) => span.start));
  return starts.length === 0 ? 0 : Math.min(...starts) + 0.1;
}

// ---------------------------------------------------------------- one lane's picture

interface LaneViewProps {
  readonly lane: ReplayLane;
  readonly conductor: Conductor;
  readonly evidence: Evidence;
  readonly seconds: number;
  readonly large: boolean;
  readonly muted: boolean;
  readonly onEnlarge: () => void;
  readonly onMute: () => void;
}

function LaneView({ lane, conductor, evidence, seconds, large, muted, onEnlarge, onMute }: LaneViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [player, setPlayer] = useState<LanePlayer | null>(null);
  useEffect(() => {
    if (!video.current || !playable([lane])) return;
    const made = new LanePlayer(lane, seconds, video.current, (part) => evidence.bytes(part));
    const leave = conductor.join(made);
    setPlayer(made);
    return () => {
      leave();
      made.close();
    };
  }, [lane, conductor, evidence]);
  const state = player?.state.value ?? { is: "loading" as const };
  return (
    <figure class={`a-picture${large ? " a-large" : ""}`} data-testid={`lane-${lane.participant}`} data-state={state.is} data-hue={hue(lane.participant)}>
      <video ref={video} data-participant={lane.participant} aria-label={lane.name} muted={muted} playsInline preload="auto" />
      {state.is !== "shown" && (
        <div class={`a-blank a-b-${state.is === "blank" && state.cause === "not_here" ? "absent" : state.is}`} role={large ? "status" : undefined}>
          <span>
            {state.is === "blank" && say(audit.noPicture(say(causeText(state.cause))))}
            {state.is === "loading" && say(audit.laneLoading)}
            {state.is === "broken" && say(audit.laneBroken)}
          </span>
        </div>
      )}
      {!large && <button type="button" class="a-enlarge" aria-label={say(audit.showLarge(lane.name))} onClick={onEnlarge} />}
      <figcaption>
        <span>
          {lane.name} <small>{say(ROLE[lane.role])}</small>
        </span>
        <button type="button" class="a-mute" aria-pressed={muted} aria-label={say(muted ? audit.unmuteLane(lane.name) : audit.muteLane(lane.name))} onClick={onMute}>
          <Icon name={muted ? "soundOff" : "sound"} size={16} />
        </button>
      </figcaption>
    </figure>
  );
}

// ---------------------------------------------------------------- transport

function Transport({ conductor }: { conductor: Conductor }) {
  const playing = conductor.playing.value;
  const apart = conductor.apart.value;
  return (
    <div class="a-transport" role="toolbar" aria-label={say(audit.replay)}>
      <button
        type="button"
        class="a-play"
        data-testid="play"
        aria-label={say(playing ? audit.pause : audit.play)}
        aria-pressed={playing}
        onClick={() => (playing ? conductor.pause() : conductor.play())}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <button type="button" class="d-icon-btn" aria-label={say(audit.back10)} title={say(audit.back10)} onClick={() => conductor.seek(conductor.position.value - 10)}>
        <Icon name="again10" />
      </button>
      <button type="button" class="d-icon-btn" aria-label={say(audit.ahead10)} title={say(audit.ahead10)} onClick={() => conductor.seek(conductor.position.value + 10)}>
        <Icon name="ahead10" />
      </button>
      <span class="a-position tabular" data-testid="position">
        <strong>{clock(conductor.position.value)}</strong> / {clock(conductor.seconds)}
      </span>
      <span class="a-step d-quiet tabular" data-testid="apart" data-apart={apart ?? ""}>
        {conductor.waiting.value ? say(audit.buffering) : apart !== null ? say(audit.inStep(Math.max(10, Math.ceil(apart * 100) * 10))) : ""}
      </span>
      <span class="a-speeds" role="group" aria-label={say(audit.speed)}>
        {SPEEDS.map((speed) => (
          <button key={speed} type="button" class="tabular" data-testid={`speed-${speed}`} aria-pressed={conductor.rate.value === speed} onClick={() => conductor.pace(speed)}>
            {speed}×
          </button>
        ))}
      </span>
    </div>
  );
}

/** Space plays and pauses, arrows go 5 seconds; not while something that takes keys has the focus. */
function useKeys(conductor: Conductor): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const at = event.target as HTMLElement;
      if (at.closest("input, textarea, select, button, [role=tablist], dialog, summary") || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === " ") {
        event.preventDefault();
        if (conductor.playing.value) conductor.pause();
        else conductor.play();
      }
      if (event.key === "ArrowLeft") conductor.seek(conductor.position.value - 5);
      if (event.key === "ArrowRight") conductor.seek(conductor.position.value + 5);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [conductor]);
}

// ---------------------------------------------------------------- the time line

const ROWS = 2;
/** Shorter gaps are hatched and listed, but not labelled. */
const WORTH_WORDS_S = 0.1;

interface Label {
  readonly at: number;
  readonly words: string;
  readonly tone: "act" | "warn" | "plain";
}

function Lines({ replay, lanes, conductor }: { replay: ReplayView; lanes: readonly ReplayLane[]; conductor: Conductor }) {
  const [bar, width, area] = useWidth<HTMLDivElement>();
  const { seconds } = replay;
  const labels = labelsOf(replay, lanes);
  const placed = place(labels, seconds, (label) => (labelPixels(label.words) / Math.max(width, 200)) * 100, ROWS);
  const grab = (event: PointerEvent): void => {
    if (!area.current || (event.type === "pointermove" && event.buttons === 0)) return;
    const { left, width: wide } = area.current.getBoundingClientRect();
    conductor.seek(((event.clientX - left) / wide) * seconds);
  };
  return (
    <div class="a-lines">
      <span />
      <div class="a-seek" ref={bar}>
        <Seek conductor={conductor} />
      </div>
      {lanes.map((lane) => (
        <LaneLine key={lane.participant} lane={lane} seconds={seconds} onGrab={grab} />
      ))}
      <span class="a-line-name">{say(audit.laneEvents)}</span>
      <ol class="d-events" style={{ "--rows": ROWS }}>
        {placed.map(({ what, left, moment, row }) => (
          <li
            key={`${what.at}:${what.words}`}
            class={`${row === null ? "d-ev-dot" : "d-ev"} d-ev-${what.tone}`}
            style={row === null ? { left: `${moment}%` } : { left: `${left}%`, "--row": row }}
          >
            <button type="button" title={`${clock(what.at)} ${what.words}`} onClick={() => conductor.seek(what.at)}>
              {what.words}
            </button>
          </li>
        ))}
      </ol>
      <Head conductor={conductor} />
    </div>
  );
}

function Seek({ conductor }: { conductor: Conductor }) {
  const t = conductor.position.value;
  return (
    <input
      type="range"
      data-testid="seek"
      min={0}
      max={conductor.seconds}
      step={0.1}
      value={t}
      aria-label={say(audit.position)}
      aria-valuetext={say(audit.positionAt(clock(t), clock(conductor.seconds)))}
      onInput={(event) => conductor.seek(Number(event.currentTarget.value))}
    />
  );
}

/** The play head through all lanes. */
function Head({ conductor }: { conductor: Conductor }) {
  return (
    <div class="a-head" aria-hidden="true">
      <i style={{ left: `${percent(conductor.position.value, conductor.seconds)}%` }} />
    </div>
  );
}

function LaneLine({ lane, seconds, onGrab }: { lane: ReplayLane; seconds: number; onGrab: (event: PointerEvent) => void }) {
  return (
    <>
      <span class="a-line-name">{lane.name}</span>
      <div class="d-lane a-lane" data-testid={`line-${lane.participant}`} data-role={lane.role} onPointerDown={onGrab} onPointerMove={onGrab}>
        {strokes(lane, seconds)
          .filter((stroke) => stroke.as !== "absent")
          .map((stroke) => (
            <i
              key={`${stroke.as}:${stroke.kind}:${stroke.start}`}
              class={`d-lane-${stroke.as}${stroke.kind === "audio" ? " d-lane-sound" : ""}`}
              title={stroke.as === "gap" ? say(audit.laneBlank(lane.name, clock(stroke.start), clock(stroke.end), say(causeText(stroke.cause)))) : undefined}
              style={{ left: `${stroke.left}%`, width: `${stroke.as === "gap" ? Math.max(0.4, stroke.width) : stroke.width}%` }}
            />
          ))}
      </div>
    </>
  );
}

function labelsOf({ survey, events, seconds }: ReplayView, lanes: readonly ReplayLane[]): Label[] {
  const name = (id: string | null): string => survey.participants.find((person) => person.id === id)?.name ?? "";
  const inside = (at: number | null): at is number => at !== null && at >= 0 && at <= seconds;
  const labels: Label[] = [
    ...survey.answers.flatMap((answer) => {
      const point = survey.item.points.find((one) => one.id === answer.point);
      return point && inside(answer.moment_s) ? [{ at: answer.moment_s, words: say(point.title), tone: "act" as const }] : [];
    }),
    ...survey.photos.flatMap((photo, i) => (inside(photo.moment_s) ? [{ at: photo.moment_s, words: say(desk.photoMark(i + 1)), tone: "act" as const }] : [])),
    ...events.flatMap((event) => {
      if (!inside(event.moment_s)) return [];
      if (event.kind === "joined") return [{ at: event.moment_s, words: say(desk.joined(name(event.participant))), tone: "plain" as const }];
      if (event.kind === "left") return [{ at: event.moment_s, words: say(desk.left(name(event.participant))), tone: "plain" as const }];
      return [];
    }),
    ...lanes
      .filter((lane) => lane.role === "applicant")
      .flatMap((lane) => blanks(lane, seconds))
      .filter((blank) => blank.cause !== "not_here" && blank.kind !== "audio" && blank.end - blank.start >= WORTH_WORDS_S)
      .map((blank) => ({ at: blank.start, words: say(audit.gapMark((blank.end - blank.start).toFixed(1))), tone: "warn" as const })),
  ];
  return labels.sort((a, b) => a.at - b.at);
}
