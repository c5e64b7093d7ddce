import type { ParticipantView } from "../core/wire.gen";
import { Picture } from "./Picture";
import { Standings } from "./Standings";

export type TileProps = { person: ParticipantView; stream: MediaStream | null; note?: string };

/** A person: their picture if they send one, else the first character of their name on their own colour. */
export function Tile({ person, stream, note }: TileProps) {
  const seen = stream !== null && person.video && stream.getVideoTracks().length > 0;
  return (
    <figure class="tile" data-testid="tile" data-participant={person.id} data-hue={hue(person.id)}>
      {seen ? <Picture stream={stream} label={person.name} /> : <div class="initial">{[...person.name][0] ?? "?"}</div>}
      <Standings person={person} />
      <figcaption>
        <span>{person.name}</span>
        {note && <small>{note}</small>}
      </figcaption>
    </figure>
  );
}

/** One of six colours, the same for the same person everywhere. */
export function hue(id: string): number {
  let sum = 0;
  for (const one of id) sum = (sum * 31 + (one.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
