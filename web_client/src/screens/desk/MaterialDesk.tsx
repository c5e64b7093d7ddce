/** The desk of a survey by photos alone: the material by point, the own department's review, the joint conclusion. */

import { useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { conclusionStanding, isConcluded, type Me } from "../../core/desk";
import { ownPoints } from "../../core/joint";
import { asOwn, departmentOf, mayAskShot, opinionStanding, unanswered } from "../../core/review";
import { dismiss } from "../../core/state";
import type { CheckPoint, SurveyView } from "../../core/wire.gen";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { review } from "../../text/review";
import { Consent } from "./Arrival";
import { AskShot } from "./AskShot";
import { Checklist } from "./Checklist";
import { Conclusion, signedOf } from "./Conclusion";
import { Head } from "./Head";
import { dayText } from "./hours";
import { MaterialPoints } from "./MaterialPoints";
import { Opinion } from "./Opinion";
import { Panel } from "./Panel";
import { Toasts, type Toast } from "./Toasts";
import "./material.css";

export interface MaterialDeskProps {
  readonly survey: SurveyView;
  readonly me: Me;
  readonly onTheme: () => void;
}

export function MaterialDesk(props: MaterialDeskProps) {
  const { state } = useApp();
  const agreed = state.me.value?.consented ?? false;
  return agreed || isConcluded(props.survey.state) ? <Room {...props} /> : <Consent survey={props.survey} />;
}

type TabName = "checklist" | "opinion" | "conclusion";

function Room({ survey, me, onTheme }: MaterialDeskProps) {
  useScreen("desk");
  const { api, call, state } = useApp();
  const [tab, setTab] = useState<TabName>(survey.reviews_open ? "conclusion" : "checklist");
  const [asking, setAsking] = useState<CheckPoint | null>(null);
  const [news, setNews] = useState<Toast[]>([]);
  const own = departmentOf(survey, me);
  const points = ownPoints(survey, me).length;
  const reviews = survey.reviews ?? [];
  const standing = opinionStanding(me, survey);
  const toasts: Toast[] = [
    ...state.faults.value.map((fault, i) => ({ key: `fault:${fault.code}:${i}`, text: fault.text, tone: "fault" as const, away: () => dismiss(state, fault) })),
    ...news,
  ];
  return (
    <div class="desk d-by-photos">
      <Head survey={survey} me={me} light={null} now={0} onEnd={() => undefined} onTheme={onTheme} />
      <main class="d-main d-material">
        <Turn survey={survey} />
        <MaterialPoints survey={survey} photoBytes={api} onAsk={mayAskShot(me, survey) ? setAsking : null} />
      </main>
      <Panel
        label={say(desk.panel)}
        shown={tab}
        onShow={setTab}
        tabs={[
          { name: "checklist", label: say(desk.tabChecklist), extra: own ? `${points - unanswered(survey, me)}/${points}` : "" },
          { name: "opinion", label: say(review.tabOpinion), extra: `${reviews.filter((one) => one.given).length}/${Math.max(2, reviews.length)}`, ...(standing === "lapsed" ? { warn: say(review.opinionLapsed) } : {}) },
          { name: "conclusion", label: say(desk.tabConclusion), ...(conclusionStanding(survey).is === "differ" ? { warn: say(desk.signaturesDiffer) } : { extra: survey.reviews_open ? signedOf(survey) : "" }) },
        ]}
      >
        {tab === "checklist" && (
          <div class="d-list">
            {own && <p class="d-note">{say(standing === "too_early" ? review.notBegun : review.ownChecklist(say(own)))}</p>}
            <Checklist survey={asOwn(survey, me)} me={me} photoBytes={api} onAnswer={(point, value, note) => call.send({ type: "answer_point", point, value, note })} />
            {(standing === "to_give" || standing === "lapsed") && (
              <button type="button" class="d-btn d-primary" data-testid="to-opinion" onClick={() => setTab("opinion")}>
                {say(review.opinionSend)}
              </button>
            )}
          </div>
        )}
        {tab === "opinion" && <Opinion survey={survey} me={me} onOpinion={(value, reason) => call.send({ type: "give_opinion", value, reason })} />}
        {tab === "conclusion" && (
          <Conclusion
            survey={survey}
            me={me}
            onConclude={(signed) => call.send({ type: "conclude", ...signed })}
            onOpinion={(value, reason) => call.send({ type: "give_opinion", value, reason })}
            onStandAside={(cause, reason) => call.send({ type: "stand_aside", cause, reason })}
          />
        )}
      </Panel>
      {asking && (
        <AskShot
          point={asking}
          onClose={() => setAsking(null)}
          onAsk={(reason) => {
            call.send({ type: "ask_shot", point: asking.id, reason });
            setAsking(null);
            const key = `asked:${asking.id}:${Date.now()}`;
            setNews((before) => [...before.slice(-3), { key, text: review.shotAsked, tone: "news", away: () => setNews((all) => all.filter((one) => one.key !== key)) }]);
          }}
        />
      )}
      <Toasts toasts={toasts} />
    </div>
  );
}

/** Whose turn it is, in words. */
function Turn({ survey }: { survey: SurveyView }) {
  const { material } = survey;
  if (!material) return null;
  const { submitted_at, rounds, with_applicant } = material;
  const waits = with_applicant && !isConcluded(survey.state);
  const words = !waits ? null : survey.state === "admitted" ? review.collecting : rounds === 0 ? review.rested : review.waiting;
  return (
    <header class="d-turn" data-testid="turn" data-rounds={rounds} data-waits={waits}>
      <h2>{say(review.material)}</h2>
      {submitted_at && <span class="d-quiet tabular">{say(review.submitted(dayText(submitted_at), rounds))}</span>}
      {words && (
        <p class="d-note d-warn" role="status">
          <strong>{say(words)}</strong>
          {survey.state === "admitted" && <span>{say(review.collectingHint)}</span>}
        </p>
      )}
    </header>
  );
}
