import { useEffect } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { isConcluded } from "../../core/desk";
import { clock } from "../../core/times";
import { tally } from "../../core/uploads";
import { isJoint } from "../../core/joint";
import { limitOf } from "../../core/limits";
import type { ConclusionResult, RectificationView, SurveyView } from "../../core/wire.gen";
import type { Album } from "../../device/album";
import { Card } from "../../parts/Card";
import { Icon, type IconName } from "../../parts/Icon";
import { LimitLine, Limits } from "../../parts/Limits";
import { say, t } from "../../text";
import { kinds } from "../../text/kinds";
import { Masthead } from "../entry/Masthead";
import { OwnSheet } from "../own/Own";
import { Acknowledge } from "./Acknowledge";
import { Afterwards } from "./Afterwards";
import { AddPhotos } from "./AddPhotos";
import { Line } from "./Line";
import { Looking } from "./Looking";
import { PhotoList } from "./PhotoList";

/** After the call: thanks, what happens next, the photos, and the conclusion once there is one. */
export function Finish({ survey, album }: { survey: SurveyView; album: Album }) {
  useScreen("finish");
  const { call, camera, whereabouts } = useApp();
  useEffect(() => {
    call.leave();
    camera.close();
    whereabouts.stop();
  }, []);
  if (survey.state === "refused" || survey.state === "on_site" || survey.state === "cancelled") return <NotRemote survey={survey} />;
  const { going, failed } = tally(album.uploads.pending.value);
  const films = tally(album.videos.uploads.pending.value);
  const concluded = isConcluded(survey.state);
  return (
    <>
      <Line />
      <main class="page finish">
        <Masthead />
        <header class="invited">
          <h1>{t("finish.title")}</h1>
          <p class="lead">{lead(survey)}</p>
          <Limits limits={survey.life?.limits} of={["case"]} />
        </header>
        {survey.conclusion && <Conclusion survey={survey} result={survey.conclusion} />}
        {survey.conclusion && <Acknowledge survey={survey} />}
        <Afterwards survey={survey} />
        {going > 0 && (
          <section class="card warn advice" role="status" data-testid="uploading">
            <Icon name="upload" />
            <div>
              <h2>{t("finish.uploading", { n: going })}</h2>
              <p>{t("finish.uploading.text")}</p>
            </div>
          </section>
        )}
        {films.going > 0 && (
          <section class="card warn advice" role="status" data-testid="uploading-videos">
            <Icon name="upload" />
            <div>
              <h2>{t("videos.pending.short", { n: films.going })}</h2>
              <p>{t("finish.uploading.text")}</p>
            </div>
          </section>
        )}
        {!concluded && going === 0 && failed > 0 && (
          <section class="card seal problem" role="alert" data-testid="not-sent">
            <Icon name="alert" />
            <div>
              <h2>{t("photos.failed.short", { n: failed })}</h2>
              <p>{t("finish.failed.text")}</p>
            </div>
          </section>
        )}
        {!concluded && (
          <Card>
            <h2 class="section-title">{t("finish.next")}</h2>
            <Progress survey={survey} />
          </Card>
        )}
        <Looking survey={survey} />
        <section>
          <h2 class="section-title">{t("photos.title")}</h2>
          <PhotoList survey={survey} album={album} closed={concluded} />
          <AddPhotos.Input album={album} />
        </section>
        <footer class="foot still">
          <OwnSheet />
          <p>{t("finish.keep")}</p>
        </footer>
      </main>
    </>
  );
}

function lead(survey: SurveyView): string {
  const { recording } = survey;
  if (!recording?.ended_at) return t("finish.lead.plain");
  const seconds = (Date.parse(recording.ended_at) - Date.parse(recording.started_at)) / 1000;
  const { end, site_seen: seen = true, site_heard: heard = true } = recording;
  const said = end === "disk_full" ? "finish.lead.disk" : seen ? "finish.lead" : heard ? "finish.lead.heard" : "finish.lead.none";
  return t(said, { time: clock(seconds) });
}

function Progress({ survey }: { survey: SurveyView }) {
  const seal = survey.seals.find((one) => one.kind === "recording");
  const signed = survey.signatures.length;
  return (
    <ol class="steps-ahead">
      <Step
        icon={seal ? "check" : "shield"}
        state={seal ? "done" : "now"}
        title={t(seal ? "finish.sealed" : "finish.sealing")}
        text={seal ? t("finish.sealed.text", { code: short(seal.sha256) }) : t("finish.sealing.text")}
      />
      <Step
        icon="people"
        state={seal ? "now" : "later"}
        title={t("finish.review")}
        text={signed > 0 ? t("finish.review.signed", { n: signed }) : t("finish.review.text")}
      />
    </ol>
  );
}

/** The first twelve figures of a digest in fours: enough to compare by eye. */
export function short(digest: string): string {
  return (digest.slice(0, 12).match(/.{4}/g) ?? []).join(" ");
}

type StepProps = { icon: IconName; state: "done" | "now" | "later"; title: string; text: string };

export function Step({ icon, state, title, text }: StepProps) {
  return (
    <li>
      <span class={`dot ${state}`}>
        <Icon name={icon} size={20} />
      </span>
      <div>
        <b>{title}</b>
        <span>{text}</span>
      </div>
    </li>
  );
}

export function Conclusion({ survey, result }: { survey: SurveyView; result: ConclusionResult }) {
  const agreed = isJoint(survey) ? survey.signatures : survey.signatures.filter((one) => one.result === result);
  const reasons = [...new Set(agreed.map((one) => one.reason))].filter((one) => one !== "");
  return (
    <section class={`card conclusion ${result}`} role="status" data-testid="conclusion" data-result={result}>
      <span class="eyebrow">{t("finish.concluded")}</span>
      <h2>{t(`result.${result}`)}</h2>
      {(result !== "not_pass" || !survey.life?.appeal) && <p>{t(`result.${result}.text`)}</p>}
      {survey.rectification && <ToRectify survey={survey} rectification={survey.rectification} />}
      {reasons.map((reason) => (
        <blockquote key={reason}>{reason}</blockquote>
      ))}
      <p class="muted">{t("finish.concluded.text", { names: agreed.map((one) => one.name).join(" · ") })}</p>
    </section>
  );
}

/** What to put right, and until when; then comes the re-survey. */
function ToRectify({ survey, rectification }: { survey: SurveyView; rectification: RectificationView }) {
  const { points, days, due, due_note } = rectification;
  const limit = limitOf(survey.life?.limits, "rectify");
  return (
    <div data-testid="to-rectify">
      <b>{say(kinds.toRectify)}</b>
      <ul>
        {survey.item.points
          .filter((point) => points.includes(point.id))
          .map((point) => (
            <li key={point.id}>{say(point.title)}</li>
          ))}
      </ul>
      {days !== null && (
        <p>
          {say(kinds.within(days))}
          {limit ? <> · <LimitLine limit={limit} named={false} /></> : due !== null && ` · ${say(kinds.due(due))}`}
        </p>
      )}
      {due_note && <p class="muted">{say(due_note)}</p>}
      <p>{say(kinds.goOn)}</p>
    </div>
  );
}

/** No remote survey: never admitted, referred to a visit since, or withdrawn. */
export function NotRemote({ survey }: { survey: SurveyView }) {
  const referred = survey.state === "on_site" && survey.life?.closing;
  const about = survey.state === "cancelled" ? "withdrawn" : referred ? "visit" : "not.remote";
  return (
    <main class="page">
      <Masthead />
      <h1>{t(`finish.${about}`)}</h1>
      <p class="lead">{t(`finish.${about}.text`)}</p>
      {referred && referred.reason !== "" && <blockquote class="as-written">{referred.reason}</blockquote>}
      <OwnSheet />
    </main>
  );
}
