/** What an errand says, and its code: the same on the phone, at the desk and on the check page. */
import { inFours, type Looking } from "../core/errands";
import type { ErrandFacts as Facts, SurveyView, Text } from "../core/wire.gen";
import { dayText } from "../screens/desk/hours";
import { say } from "../text";
import { ROLE } from "../text/desk";
import { errands as words } from "../text/errands";
import "./errand.css";

export function factsOf(survey: SurveyView, { person, errand }: Looking): Facts {
  return {
    name: person.name,
    role: person.role,
    credential: errand.credential,
    department: errand.department,
    item: survey.item.name,
    case_no: survey.case_no,
    valid_from: errand.valid_from,
    valid_until: errand.valid_until,
  };
}

export function ErrandFacts({ facts }: { facts: Facts }) {
  const rows: readonly (readonly [Text, string])[] = [
    [words.role, say(ROLE[facts.role])],
    [words.credential, facts.credential],
    [words.department, say(facts.department)],
    [words.item, say(facts.item)],
    [words.caseNo, facts.case_no],
    [words.valid, say(words.until(dayText(facts.valid_from), dayText(facts.valid_until)))],
  ];
  return (
    <dl class="errand-facts">
      {rows
        .filter(([, said]) => said !== "")
        .map(([name, said]) => (
          <div key={name.en}>
            <dt>{say(name)}</dt>
            <dd>{said}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The QR code and the same in letters. */
export function ErrandCode({ one, onPage = true }: { one: Looking; onPage?: boolean }) {
  const { code, address } = one.errand;
  return (
    <figure class="errand-code">
      <img src={`/api/errands/${code}/qr.svg`} alt={say(words.picture(one.person.name))} width={176} height={176} data-testid="errand-qr" />
      <figcaption>
        <small>{say(words.code)}</small>
        <b class="tabular" data-testid="errand-code">
          {inFours(code)}
        </b>
        <span class="muted">{say(words.scan)}</span>
        {onPage && (
          <a href={address} target="_blank" rel="noopener">
            {say(words.check)}
          </a>
        )}
      </figcaption>
    </figure>
  );
}
