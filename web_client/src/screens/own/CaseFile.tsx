/** The file of a case that an officer is to decide about. Opening it is a look that the record of the case names. */

import { useEffect, useState } from "preact/hooks";
import { useApp } from "../../app";
import { isJoint } from "../../core/joint";
import { problemOf } from "../../core/problems";
import type { Problem, SurveyView } from "../../core/wire.gen";
import { ProblemCard } from "../../parts/ProblemCard";
import { RecordFiles } from "../../parts/RecordFiles";
import { say } from "../../text";
import { desk, RESULT } from "../../text/desk";
import { caseFile as words } from "../../text/own";
import { Purpose } from "../audit/Purpose";
import { Checklist } from "../desk/Checklist";
import { Departments, Signatures } from "../desk/Conclusion";
import { PhotoItem, pointOf } from "../desk/Photos";
import { Reviews } from "../desk/Reviews";
import "../desk/desk.css";

export interface CaseFileProps {
  readonly survey: string;
  /** The photos that a finding rests on: these come first. */
  readonly evidence?: readonly string[];
}

type Loaded = { is: "closed" } | { is: "loading" } | { is: "here"; survey: SurveyView } | { is: "failed"; problem: Problem };

export function CaseFile({ survey, evidence = [] }: CaseFileProps) {
  const { api } = useApp();
  const [loaded, setLoaded] = useState<Loaded>({ is: "closed" });
  useEffect(() => () => void (api.purpose = ""), []);
  const open = (purpose: string): void => {
    api.purpose = purpose;
    setLoaded({ is: "loading" });
    api.survey(survey).then(
      (view) => setLoaded({ is: "here", survey: view }),
      (fault: unknown) => setLoaded({ is: "failed", problem: problemOf(fault) }),
    );
  };
  switch (loaded.is) {
    case "closed":
    case "loading":
      return (
        <div class="o-open-file">
          <button type="button" class="button plain" data-testid="case-file-open" disabled={loaded.is === "loading"} onClick={() => open("")}>
            {say(evidence.length > 0 ? words.openEvidence : words.open)}
          </button>
          <p class="f-quiet">{say(words.journaled)}</p>
        </div>
      );
    case "failed":
      return (
        <>
          <ProblemCard problem={loaded.problem} />
          {loaded.problem.type === "urn:takan:restricted" && <Purpose onStated={open} />}
        </>
      );
    case "here":
      return <File survey={loaded.survey} evidence={evidence} />;
    default:
      return loaded satisfies never;
  }
}

function File({ survey, evidence }: { survey: SurveyView; evidence: readonly string[] }) {
  const shown = survey.photos.filter((photo) => evidence.includes(photo.id));
  return (
    <div class="o-file" data-testid="case-file">
      {shown.length > 0 && (
        <section>
          <h4>{say(words.evidence)}</h4>
          <Pictures survey={survey} photos={shown} />
        </section>
      )}
      <section>
        <h4>{say(words.conclusion)}</h4>
        {survey.conclusion ? <p><b>{say(RESULT[survey.conclusion])}</b></p> : <p class="f-quiet">{say(words.noConclusion)}</p>}
      </section>
      {isJoint(survey) ? <Departments survey={survey} /> : survey.signatures.length > 0 && <Signatures survey={survey} />}
      {(survey.reports ?? []).length > 0 && (
        <section>
          <h4>{say(words.record)}</h4>
          <RecordFiles survey={survey} button="d-btn" />
        </section>
      )}
      <details>
        <summary>{say(desk.tabChecklist)}</summary>
        {survey.mode === "upload_only" ? <Reviews survey={survey} /> : <Checklist survey={survey} me={{ id: "", role: "officer" }} onAnswer={() => undefined} />}
      </details>
      <details open={shown.length === 0}>
        <summary>
          {say(desk.tabPhotos)} {survey.photos.length}
        </summary>
        <Pictures survey={survey} photos={survey.photos} />
      </details>
    </div>
  );
}

function Pictures({ survey, photos }: { survey: SurveyView; photos: SurveyView["photos"] }) {
  const { api } = useApp();
  return (
    <div class="d-list">
      {photos.map((photo) => (
        <PhotoItem key={photo.id} survey={survey.id} photo={photo} shows={pointOf(survey, photo)} photoBytes={api} />
      ))}
    </div>
  );
}
