/** The answer: one of three, then what it rests on, and only of a bundle that was not refused what it says. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { size } from "../core/times";
import type { Problem, Result } from "../core/verify/findings";
import type { Report } from "../core/verify/verify";
import type { Text } from "../core/wire.gen";
import { Button } from "../parts/Button";
import { Card } from "../parts/Card";
import { Icon, type IconName } from "../parts/Icon";
import { say } from "../text";
import { verifying } from "../text/verify";
import type { Answer, KeyLine } from "./examination";
import { RecordWords } from "./RecordWords";
import { at } from "./times";

type Headline = { readonly tone: "ok" | "warn" | "seal"; readonly icon: IconName; readonly title: Text; readonly lead: Text };

export function AnswerCard({ answer, keys }: { answer: Answer; keys: readonly KeyLine[] }) {
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    shown.current?.scrollIntoView({ block: "start" });
    shown.current?.focus({ preventScroll: true });
  }, [answer]);
  if (answer.is === "unreadable") {
    return (
      <div ref={shown} tabIndex={-1} class="v-answer" data-testid="answer" data-result="unreadable">
        <Head tone="warn" icon="alert" title={verifying.unreadable} lead={verifying.unreadableLead} />
      </div>
    );
  }
  const { report } = answer;
  return (
    <div ref={shown} tabIndex={-1} class="v-answer" data-testid="answer" data-result={report.result}>
      <Head {...headline(report.result, report.problems.length)} />
      {report.problems.length > 0 && <Problems problems={report.problems} />}
      <Found answer={answer} />
      {report.about && <RecordWords about={report.about} />}
      {report.result !== "refused" && <Checked withKeys={keys.length > 0} stamped={report.stamps.length > 0} />}
      <div class="v-print">
        <Button kind="plain" onClick={() => window.print()}>
          {say(verifying.print)}
        </Button>
      </div>
    </div>
  );
}

function headline(result: Result, problems: number): Headline {
  switch (result) {
    case "verified":
      return { tone: "ok", icon: "shield", title: verifying.verified, lead: verifying.verifiedLead };
    case "consistent, signer unchecked":
      return { tone: "warn", icon: "info", title: verifying.consistent, lead: verifying.consistentLead };
    case "refused":
      return { tone: "seal", icon: "alert", title: verifying.refused, lead: verifying.refusedLead(problems) };
    default:
      return result satisfies never;
  }
}

function Head({ tone, icon, title, lead }: Headline) {
  return (
    <Card tone={tone}>
      <div class={`v-head ${tone}`}>
        <Icon name={icon} size={40} />
        <div>
          <h2>{say(title)}</h2>
          <p>{say(lead)}</p>
        </div>
      </div>
    </Card>
  );
}

const SHOWN_AT_FIRST = 12;

function Problems({ problems }: { problems: readonly Problem[] }) {
  const [all, setAll] = useState(false);
  const rest = problems.length - SHOWN_AT_FIRST;
  return (
    <Card>
      <h3>{say(verifying.problems)}</h3>
      <ul class="v-problems" data-testid="problems">
        {problems.map(({ file, problem }, number) => (
          <li key={number} hidden={!all && number >= SHOWN_AT_FIRST} data-file={file}>
            <code>{file}</code>
            <span>{say(problem)}</span>
          </li>
        ))}
      </ul>
      {rest > 0 && !all && (
        <Button kind="quiet" onClick={() => setAll(true)}>
          {say(verifying.moreProblems(rest))}
        </Button>
      )}
    </Card>
  );
}

function Found({ answer }: { answer: Extract<Answer, { is: "report" }> }) {
  const { report } = answer;
  const sure = report.result === "verified";
  return (
    <Card>
      <h3>{say(verifying.facts)}</h3>
      <dl class="v-facts">
        {report.result !== "refused" && <Proven report={report} sure={sure} />}
        <Fact name={verifying.file}>{say(verifying.fileOf(answer.file, answer.bytes))}</Fact>
        <Fact name={verifying.examined}>{say(verifying.examinedAt(at(answer.at), answer.seconds.toFixed(1)))}</Fact>
      </dl>
    </Card>
  );
}

function Proven({ report, sure }: { report: Report; sure: boolean }) {
  return (
    <>
      <Fact name={sure ? verifying.signedBy : verifying.signedBySelf}>
        {report.signedBy.map((key) => (
          <span key={`${key.name}+${key.id}`} class="v-line">
            {say(verifying.keyGood(key.name, key.id))}
          </span>
        ))}
      </Fact>
      <Fact name={verifying.survey}>{report.survey}</Fact>
      <Fact name={verifying.log}>
        {report.logs.map(({ origin, size: entries }) => (
          <span key={origin} class="v-line">
            {say(verifying.logOf(origin, entries))}
          </span>
        ))}
      </Fact>
      <Fact name={verifying.entries}>{say(verifying.entriesUntil(report.entries, at(report.until)))}</Fact>
      {report.stamps.length > 0 && (
        <Fact name={verifying.stamp}>
          {report.stamps.map((stamp) => (
            <span key={stamp.origin} class="v-line">
              {say(verifying.stampOf(at(new Date(stamp.at)), stamp.authority))}
              <small>{say(verifying.stampRoot(stamp.root, stamp.fingerprint))}</small>
            </span>
          ))}
        </Fact>
      )}
      <Fact name={verifying.payload}>{say(verifying.payloadOf(report.files, size(report.bytes)))}</Fact>
    </>
  );
}

export function Fact({ name, children }: { name: Text; children: ComponentChildren }) {
  return (
    <div>
      <dt>{say(name)}</dt>
      <dd class="tabular">{children}</dd>
    </div>
  );
}

function Checked({ withKeys, stamped }: { withKeys: boolean; stamped: boolean }) {
  const checked = [...verifying.checkedList, ...(withKeys ? [verifying.checkedSigner] : []), ...(stamped ? [verifying.checkedStamp] : [])];
  const time = stamped ? verifying.notCheckedStamp : verifying.notCheckedTime;
  const notChecked = [...(withKeys ? [] : [verifying.uncheckedSigner]), ...verifying.notCheckedList, time];
  return (
    <Card>
      <h3>{say(verifying.checked)}</h3>
      <ul class="v-list v-done">
        {checked.map((text) => (
          <li key={text.en}>
            <Icon name="check" size={18} />
            {say(text)}
          </li>
        ))}
      </ul>
      <h3>{say(verifying.notChecked)}</h3>
      <ul class="v-list v-open">
        {notChecked.map((text) => (
          <li key={text.en}>
            <span aria-hidden="true">–</span>
            {say(text)}
          </li>
        ))}
      </ul>
    </Card>
  );
}
