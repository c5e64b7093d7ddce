import { useApp } from "../app";
import { isLive } from "../core/desk";
import { standings } from "../core/standing";
import type { ParticipantView } from "../core/wire.gen";
import { say } from "../text";
import { STANDING, STANDING_IN_FULL } from "../text/standing";

/** What keeps a person from being seen or heard now, in words on their picture; nothing when all is well, or all is over. */
export function Standings({ person }: { person: ParticipantView }) {
  const { met, resting, survey } = useApp().state;
  const over = survey.value !== null && !isLive(survey.value);
  const now = over ? [] : standings(person, met.value, resting.value);
  if (now.length === 0) return null;
  return (
    <span class="standings" role="status" data-testid={`state-${person.id}`} data-state={now.join(" ")}>
      {now.map((one) => (
        <em key={one} class={`standing s-${one}`} title={say(STANDING_IN_FULL[one](person.name).title)}>
          {say(STANDING[one])}
        </em>
      ))}
    </span>
  );
}
