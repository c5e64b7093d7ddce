/** After the conclusion: the record to read, its digests, and "I have read it", which is no signature. */
import { useApp } from "../../app";
import { acknowledgement, firstSeal } from "../../core/record";
import type { SurveyView, Text } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { RecordFiles } from "../../parts/RecordFiles";
import { useUnderWay } from "../../parts/useUnderWay";
import { say } from "../../text";
import { record } from "../../text/record";
import { dayText } from "../desk/hours";

export function Acknowledge({ survey }: { survey: SurveyView }) {
  const { call } = useApp();
  const reports = survey.reports ?? [];
  const seal = firstSeal(survey);
  const message = acknowledgement(survey);
  const { busy, begin } = useUnderWay();
  if (reports.length === 0)
    return (
      <section class="card" role="status" data-testid="record-making">
        <h2 class="section-title">{say(record.title)}</h2>
        <p class="muted">{say(record.making)}</p>
      </section>
    );
  return (
    <section class="card record" data-testid="record">
      <h2 class="section-title">{say(record.title)}</h2>
      <RecordFiles survey={survey} button="button plain" />
      <details>
        <summary>{say(record.digests)}</summary>
        <dl>
          {reports.map((one) => (
            <Digest key={one.language} name={one.language === "zh" ? record.ofZh : record.ofEn} sha256={one.sha256} />
          ))}
          {seal && <Digest name={record.ofSeal} sha256={seal.sha256} />}
        </dl>
      </details>
      {message && (
        <>
          <p>{say(record.ask)}</p>
          <Button kind="primary" icon="check" testid="acknowledge" busy={busy} onClick={() => begin() && call.send(message)}>
            {say(record.read)}
          </Button>
          <p class="muted">{say(record.noSignature)}</p>
        </>
      )}
      {survey.acknowledged_at && (
        <p role="status" data-testid="acknowledged">
          {say(record.done(dayText(survey.acknowledged_at)))}
        </p>
      )}
    </section>
  );
}

function Digest({ name, sha256 }: { name: Text; sha256: string }) {
  return (
    <div>
      <dt>{say(name)}</dt>
      <dd>
        <code>{sha256}</code>
      </dd>
    </div>
  );
}
