/** The people of the survey, small: picture or initial, name, role, and whether they can be heard. */

import type { ParticipantView } from "../../core/wire.gen";
import { Picture } from "../../parts/Picture";
import { Standings } from "../../parts/Standings";
import { hue } from "../../parts/Tile";
import { say } from "../../text";
import { desk, ROLE } from "../../text/desk";
import { Icon } from "./Icon";

export type Streams = ReadonlyMap<string, MediaStream>;

export interface PeopleProps {
  readonly people: readonly ParticipantView[];
  readonly me: string;
  readonly streams: Streams;
  readonly onEnlarge: (id: string) => void;
}

export function People({ people, me, streams, onEnlarge }: PeopleProps) {
  return (
    <ul class="d-people" aria-label={say(desk.people)}>
      {people.map((person) => (
        <li key={person.id}>
          <button
            type="button"
            class={`d-tile${person.present ? "" : " d-away"}`}
            data-testid={`person-${person.id}`}
            data-hue={hue(person.id)}
            aria-label={say(desk.showLarge(person.name))}
            onClick={() => onEnlarge(person.id)}
          >
            <Face person={person} stream={streams.get(person.id) ?? null} mirrored={person.id === me} />
            <Standings person={person} />
            <span class="d-tile-name">
              <span>
                {person.name} <small>
                  {say(person.id === me ? desk.me : ROLE[person.role])}
                  {person.department && ` · ${say(person.department)}`}
                </small>
              </span>
              <Heard person={person} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A person's picture, marked with whose it is; without one, the first character of their name. */
export function Face({ person, stream, mirrored = false }: { person: ParticipantView; stream: MediaStream | null; mirrored?: boolean }) {
  const seen = stream !== null && person.video && stream.getVideoTracks().length > 0;
  if (!seen) return <span class="d-initial">{[...person.name][0] ?? "?"}</span>;
  return (
    <Picture
      stream={stream}
      label={person.name}
      mirrored={mirrored}
      videoRef={(video: HTMLVideoElement | null) => {
        if (video) video.dataset["participant"] = person.id;
      }}
    />
  );
}

/** Says so when a person is away or can't be heard; nothing when all is well. */
export function Heard({ person }: { person: ParticipantView }) {
  if (!person.present) return <em class="d-tile-mark">{say(desk.away)}</em>;
  // Who is not connected yet is said to be so, not to be mute.
  if (person.audio || !person.connected) return null;
  return (
    <em class="d-tile-mark" title={say(desk.muted)} role="img" aria-label={say(desk.muted)}>
      <Icon name="micOff" size={15} />
    </em>
  );
}
