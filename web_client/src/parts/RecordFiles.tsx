/** The record's files: one button a language, each saving exactly the archived bytes. */
import { useState } from "preact/hooks";
import { useApp } from "../app";
import { problemOf } from "../core/problems";
import type { ReportView, SurveyView, Text } from "../core/wire.gen";
import { saveBlob } from "../device/save";
import { say } from "../text";
import { record } from "../text/record";

export function RecordFiles({ survey, button }: { survey: SurveyView; button: string }) {
  return (
    <div class="record-files">
      {(survey.reports ?? []).map((one) => (
        <File key={one.language} survey={survey} file={one} button={button} />
      ))}
    </div>
  );
}

type At = { is: "rest" } | { is: "busy" } | { is: "failed"; text: Text };

function File({ survey, file, button }: { survey: SurveyView; file: ReportView; button: string }) {
  const { api } = useApp();
  const [at, setAt] = useState<At>({ is: "rest" });
  const save = (): void => {
    setAt({ is: "busy" });
    api.report(survey.id, file.language).then(
      (blob) => {
        saveBlob(blob, `takan-${survey.case_no === "" ? survey.id : survey.case_no}-${file.language}.pdf`);
        setAt({ is: "rest" });
      },
      (fault: unknown) => setAt({ is: "failed", text: problemOf(fault).detail }),
    );
  };
  return (
    <>
      <button type="button" class={button} data-testid={`record-${file.language}`} disabled={!file.kept || at.is === "busy"} aria-busy={at.is === "busy"} onClick={save}>
        <span>{say(at.is === "busy" ? record.fetching : record[file.language])}</span>
        {!file.kept && <small>{say(record.archiving)}</small>}
      </button>
      {at.is === "failed" && <p role="alert">{say(at.text)}</p>}
    </>
  );
}
