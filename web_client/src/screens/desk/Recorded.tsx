/** What the people who sign have on record: how much of each person, and what is missing. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import type { RecordedTrack, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { recorded as words } from "../../text/recorded";

const KINDS = ["video", "audio"] as const satisfies RecordedTrack["kind"][];
/** Percent. */
const WORTH_A_WARNING = 98;

/** The applicant's tracks, and everybody's with holes. Asked for when the recording's seal is there, and anew with each further seal. */
export function Recorded({ survey }: { survey: SurveyView }) {
  const { api } = useApp();
  const [tracks, setTracks] = useState<readonly RecordedTrack[] | null>(null);
  const kept = survey.seals.filter((seal) => seal.kept).length;
  const live = survey.mode === "live" && kept > 0;
  useEffect(() => {
    if (live) void api.recorded(survey.id).then(setTracks, () => setTracks(null));
  }, [survey.id, kept, live]);
  if (!live || tracks === null) return null;
  const name = (id: string): string => survey.participants.find((person) => person.id === id)?.name ?? id;
  const applicant = survey.participants.find((person) => person.role === "applicant");
  const absent = KINDS.filter((kind) => applicant && !tracks.some((track) => track.participant === applicant.id && track.kind === kind));
  const holed = absent.length > 0 || tracks.some((track) => track.coverage < WORTH_A_WARNING);
  return (
    <section class={holed ? "d-note d-warn" : "d-note"} data-testid="recorded" data-holed={holed}>
      <strong>{say(holed ? words.holed : words.whole)}</strong>
      {applicant && absent.map((kind) => <span key={kind}>{say(words.absent(applicant.name, kind))}</span>)}
      {tracks.filter((track) => track.participant === applicant?.id || track.coverage < WORTH_A_WARNING).map((track) => (
        <span key={`${track.participant} ${track.kind}`}>{say(words.track(name(track.participant), track))}</span>
      ))}
      {holed && survey.state === "ended" && <span>{say(words.advice)}</span>}
    </section>
  );
}
