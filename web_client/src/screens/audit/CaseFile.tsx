/** One survey out of the archive: the replay, the file beside it, and what this browser verified. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import { size } from "../../core/times";
import { bundleFate, type BundleFate } from "../../core/replay_archive";
import type { Problem, ReplayView, SurveyView, Text } from "../../core/wire.gen";
import { saveBlob } from "../../device/save";
import { LanguageSwitch } from "../../parts/LanguageSwitch";
import { ProblemCard } from "../../parts/ProblemCard";
import { say } from "../../text";
import { audit } from "../../text/audit";
import { STATE } from "../../text/desk";
import { restricted } from "../../text/restricted";
import { MATERIAL_STATE } from "../../text/review";
import { Brand } from "../desk/Brand";
import { TierBadge } from "../desk/Head";
import { dayText } from "../desk/hours";
import { Icon } from "../desk/Icon";
import { MaterialPoints } from "../desk/MaterialPoints";
import { Panel } from "../desk/Panel";
import { Photos } from "../desk/Photos";
import { ThemeButton } from "../desk/ThemeButton";
import { Toasts, type Toast } from "../desk/Toasts";
import { Conductor } from "./conductor";
import { Evidence } from "./evidence";
import { Events } from "./Events";
import { Integrity } from "./Integrity";
import { Papers } from "./Papers";
import { Player } from "./Player";
import { Purpose } from "./Purpose";

export interface CaseFileProps {
  readonly survey: string;
  readonly onBack: () => void;
  readonly onTheme: () => void;
}

type Loaded = { is: "loading" } | { is: "here"; replay: ReplayView } | { is: "failed"; problem: Problem };

export function CaseFile(props: CaseFileProps) {
  const { api } = useApp();
  useScreen("replay");
  const [loaded, setLoaded] = useState<Loaded>({ is: "loading" });
  const load = (): void => {
    setLoaded({ is: "loading" });
    api.replay(props.survey).then(
      (replay) => setLoaded({ is: "here", replay }),
      (fault: unknown) => setLoaded({ is: "failed", problem: problemOf(fault) }),
    );
  };
  const read = (purpose: string): void => {
    api.purpose = purpose;
    load();
  };
  useEffect(() => {
    read(""); // what was said of another case opens none but that
    return () => {
      api.purpose = "";
    };
  }, [props.survey]);
  switch (loaded.is) {
    case "here":
      return <OpenFile replay={loaded.replay} {...props} />;
    case "loading":
    case "failed":
      return (
        <main class="page">
          <header class="masthead">
            <BackButton onBack={props.onBack} />
            <LanguageSwitch />
          </header>
          {loaded.is === "loading" && <p class="loading">{say(audit.opening)}</p>}
          {loaded.is === "failed" && isRestricted(loaded.problem) && (
            <>
              <ProblemCard problem={loaded.problem} />
              <Purpose onStated={read} />
            </>
          )}
          {loaded.is === "failed" && !isRestricted(loaded.problem) && <ProblemCard problem={loaded.problem} onRetry={load} />}
        </main>
      );
    default:
      return loaded satisfies never;
  }
}

function isRestricted(problem: Problem): boolean {
  return problem.type === "urn:takan:restricted";
}

function BackButton({ onBack }: { onBack: () => void }) {
  return (
    <button type="button" class="d-icon-btn" data-testid="audit-back" aria-label={say(audit.back)} title={say(audit.back)} onClick={onBack}>
      <Icon name="back" />
    </button>
  );
}

type TabName = "file" | "events" | "photos";

function OpenFile({ replay, onBack, onTheme }: CaseFileProps & { replay: ReplayView }) {
  const { api } = useApp();
  const { survey } = replay;
  const [tab, setTab] = useState<TabName>("file");
  const evidence = useMemo(() => new Evidence(replay, api), [replay]);
  const conductor = useMemo(() => new Conductor(replay.seconds), [replay]);
  useEffect(() => () => conductor.close(), [conductor]);
  useEffect(() => () => evidence.stop(), [evidence]);
  const jump = (seconds: number): void => conductor.seek(seconds);
  return (
    <div class="audit">
      <header class="d-head">
        <BackButton onBack={onBack} />
        <Brand />
        <div class="d-case">
          <strong>{say(survey.item.name)}</strong>
          <span class="d-case-line tabular">
            <span>{survey.case_no}</span>
            <span>{survey.subject_name}</span>
            {survey.recording && <time dateTime={survey.recording.started_at}>{dayText(survey.recording.started_at)}</time>}
          </span>
          {survey.restricted && (
            <small class="a-restricted" data-testid="restricted">
              {say(restricted.banner(survey.restricted))}
            </small>
          )}
        </div>
        <TierBadge tier={survey.tier} />
        <span class={`d-state d-s-${survey.state}`}>{say(survey.mode === "upload_only" ? MATERIAL_STATE[survey.state] : STATE[survey.state])}</span>
        <span class="d-grow" />
        <SealWord replay={replay} />
        <span class="d-head-tools">
          <LanguageSwitch />
          <ThemeButton onTheme={onTheme} />
        </span>
        <ExportButton replay={replay} />
      </header>
      {survey.mode === "upload_only" ? (
        <main class="a-material">
          <MaterialPoints survey={survey} photoBytes={api} />
        </main>
      ) : (
        <Player replay={replay} conductor={conductor} evidence={evidence} />
      )}
      <div class="a-side">
        <Integrity evidence={evidence} />
        <Panel
          label={say(audit.panel)}
          shown={tab}
          onShow={setTab}
          tabs={[
            { name: "file", label: say(audit.tabFile) },
            { name: "events", label: say(audit.tabEvents), extra: String(replay.events.length) },
            { name: "photos", label: say(audit.tabPhotos), extra: String(survey.photos.length + survey.videos.length) },
          ]}
        >
          {tab === "file" && <Papers replay={replay} onJump={jump} />}
          {tab === "events" && <Events replay={replay} position={conductor.position} onJump={jump} />}
          {tab === "photos" && <Photos survey={survey} bytes={api} onJump={jump} />}
        </Panel>
      </div>
    </div>
  );
}

/** What the record says of seals. Never green: only the integrity panel may say that something was verified. */
function SealWord({ replay }: { replay: ReplayView }) {
  const sealed = replay.survey.seals.length > 0;
  return (
    <span class="a-sealed">
      <Icon name={sealed ? "shield" : "shieldOpen"} />
      <span>{say(sealed ? audit.sealed : audit.notSealed)}</span>
    </span>
  );
}

const WHY_NOT: Record<Exclude<BundleFate, "ready">, Text> = { open: audit.exportOpen, pending: audit.exportPending, none: audit.exportNone };
const ASK_AGAIN_MS = 5000;

/** Whether the bundle is to be had, asked again while its seal is on the way. Leaves no entry of a replay. */
function useFate(first: SurveyView): BundleFate {
  const { api } = useApp();
  const [survey, setSurvey] = useState(first);
  const fate = bundleFate(survey);
  useEffect(() => {
    if (fate !== "pending") return;
    const timer = setInterval(() => void api.survey(first.id).then(setSurvey, () => undefined), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [fate]);
  return fate;
}

function ExportButton({ replay }: { replay: ReplayView }) {
  const { api } = useApp();
  const [busy, setBusy] = useState(false);
  const [toast, setToast] = useState<{ text: Text; tone: Toast["tone"] } | null>(null);
  const fate = useFate(replay.survey);
  const take = (): void => {
    setBusy(true);
    api
      .export(replay.survey.id)
      .then(
        (blob) => {
          saveBlob(blob, `takan-${replay.survey.case_no === "" ? replay.survey.id : replay.survey.case_no}.zip`);
          setToast({ text: audit.exported(size(blob.size)), tone: "news" });
        },
        (fault: unknown) => setToast({ text: problemOf(fault).detail, tone: "fault" }),
      )
      .finally(() => setBusy(false));
  };
  return (
    <>
      {fate !== "ready" && (
        <span id="export-why" class="a-export-why" role="status">
          {say(WHY_NOT[fate])}
        </span>
      )}
      <button
        type="button"
        class="d-btn a-export"
        data-testid="export"
        disabled={busy || fate !== "ready"}
        aria-busy={busy}
        aria-describedby={fate === "ready" ? undefined : "export-why"}
        onClick={take}
      >
        <Icon name="down" size={18} />
        <span>{say(busy ? audit.exporting : audit.export)}</span>
      </button>
      <Toasts toasts={toast ? [{ key: say(toast.text), ...toast, away: () => setToast(null) }] : []} />
    </>
  );
}
