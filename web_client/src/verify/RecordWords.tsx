/** What a record that was not refused says of itself. */

import type { About, Coverage, Person, Received, Signature } from "../core/verify/about";
import type { Text } from "../core/wire.gen";
import { Card } from "../parts/Card";
import { say } from "../text";
import { coded, CONCLUSIONS, ROLES, SEAL_KINDS, TRACKS, verifying, VERDICTS } from "../text/verify";
import { Fact } from "./AnswerCard";
import { at, hour } from "./times";

export function RecordWords({ about }: { about: About }) {
  const { site } = about;
  return (
    <Card>
      <h3>{say(verifying.about)}</h3>
      <p class="muted v-note">{say(verifying.aboutLead)}</p>
      <dl class="v-facts" data-testid="about">
        {about.caseNo && <Fact name={verifying.caseNo}>{about.caseNo}</Fact>}
        {about.subject && <Fact name={verifying.subject}>{about.subject}</Fact>}
        {about.item && <Fact name={verifying.item}>{say(about.item)}</Fact>}
        {(about.address || site) && (
          <Fact name={verifying.place}>
            {about.address && <span class="v-line">{about.address}</span>}
            {site && <span class="v-line">{say(verifying.placeOf(site.lat.toFixed(5), site.lon.toFixed(5), site.radius, site.datum.toUpperCase()))}</span>}
          </Fact>
        )}
        {about.began && <Fact name={verifying.recorded}>{say(verifying.span(at(about.began), at(about.ended)))}</Fact>}
        {about.people.length > 0 && <Fact name={verifying.people}>{about.people.map(PersonLine)}</Fact>}
        {about.coverage.length > 0 && <Fact name={verifying.coverage}>{about.coverage.map(CoverageLine)}</Fact>}
        <Fact name={verifying.photos}>{receivedText(about.photos, verifying.photosOf)}</Fact>
        {about.videos.count > 0 && <Fact name={verifying.videos}>{receivedText(about.videos, verifying.videosOf)}</Fact>}
        <Fact name={verifying.conclusion}>
          {say(about.conclusion ? coded(CONCLUSIONS, about.conclusion) : verifying.noConclusion)}
          {about.signatures.map(SignatureLine)}
        </Fact>
        <Fact name={verifying.seals}>
          {about.seals.map((seal) => (
            <span key={seal.number} class="v-line">
              {say(verifying.sealOf(seal.number, coded(SEAL_KINDS, seal.kind), seal.objects))}
              <small>{at(seal.at)}</small>
            </span>
          ))}
        </Fact>
      </dl>
    </Card>
  );
}

function receivedText({ count, verdicts }: Received, counted: (n: number) => Text): string {
  if (count === 0) return say(verifying.noneReceived);
  const counts = [...verdicts].map(([result, n]) => say(VERDICTS[result]?.(n) ?? { zh: `${result} ${n}`, en: `${n} ${result}` }));
  return [say(counted(count)), ...counts].join(" · ");
}

function PersonLine(person: Person, key: number) {
  const was: Text =
    person.joined && !person.consented ? verifying.personOpened(hour(person.joined))
    : person.joined && person.left ? verifying.personWas(hour(person.joined), hour(person.left))
    : person.joined ? verifying.personJoined(hour(person.joined))
    : verifying.personNever;
  return (
    <span key={key} class="v-line">
      {person.name} · {say(coded(ROLES, person.role))}
      <small>{[say(was), ...(person.consented ? [say(verifying.consented)] : [])].join(" · ")}</small>
    </span>
  );
}

function CoverageLine({ person, kind, percent, gaps, gapSeconds }: Coverage, key: number) {
  return (
    <span key={key} class="v-line">
      {person} · {say(coded(TRACKS, kind))}
      <small>{say(verifying.coverageOf(percent.toFixed(1), gaps, gapSeconds.toFixed(1)))}</small>
    </span>
  );
}

function SignatureLine({ person, department, result, reason, at: signed }: Signature, key: number) {
  const who = department ? [person, say(department)] : [person];
  return (
    <span key={key} class="v-line">
      {[...who, say(coded(CONCLUSIONS, result))].join(" · ")}
      <small>{[at(signed), ...(reason ? [reason] : [])].join(" · ")}</small>
    </span>
  );
}
