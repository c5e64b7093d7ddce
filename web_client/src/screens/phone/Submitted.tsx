/** After the submission: where the review stands, in words, and what the departments concluded. */
import { useEffect } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { finished, shotsOf } from "../../core/shots";
import type { MaterialView, SurveyView } from "../../core/wire.gen";
import type { Album } from "../../device/album";
import { Card } from "../../parts/Card";
import { Limits } from "../../parts/Limits";
import { say, t } from "../../text";
import { shots as words } from "../../text/shots";
import { Masthead } from "../entry/Masthead";
import { OwnSheet } from "../own/Own";
import { Acknowledge } from "./Acknowledge";
import { Afterwards } from "./Afterwards";
import { Conclusion, NotRemote, short, Step } from "./Finish";
import { Line } from "./Line";
import { Looking } from "./Looking";
import { FilmItems, Received } from "./PhotoList";
import "./shots.css";

export function Submitted({ survey, material, album }: { survey: SurveyView; material: MaterialView; album: Album }) {
  useScreen("finish");
  const { camera, whereabouts } = useApp();
  useEffect(() => {
    camera.close();
    whereabouts.stop();
  }, []);
  if (survey.state === "refused" || survey.state === "on_site" || survey.state === "cancelled") return <NotRemote survey={survey} />;
  const { conclusion } = survey;
  const loose = survey.videos.filter((video) => (video.point ?? null) === null).length;
  return (
    <>
      <Line />
      <main class="page finish" data-testid="submitted">
        <Masthead />
        <header class="invited">
          <h1>{say(conclusion ? words.doneTitle : words.waitTitle)}</h1>
          <p class="lead">{say(conclusion ? words.doneLead : words.waitLead)}</p>
          <Limits limits={survey.life?.limits} of={["case"]} />
        </header>
        {conclusion ? (
          <>
            <Conclusion survey={survey} result={conclusion} />
            <Acknowledge survey={survey} />
          </>
        ) : (
          <Card>
            <h2 class="section-title">{t("finish.next")}</h2>
            <Progress survey={survey} rounds={material.rounds} />
          </Card>
        )}
        <Afterwards survey={survey} />
        <Looking survey={survey} />
        <section class="photos handed-in">
          <h2 class="section-title">{say(words.handedIn)}</h2>
          {shotsOf(survey, survey.photos, album.uploads.pending.value, survey.videos.map((video) => video.point ?? null)).map((shot) => (
            <details key={shot.point.id}>
              <summary>
                <b>{say(shot.point.title)}</b>
                <small>{[...(shot.photos.length > 0 ? [words.photos(shot.photos.length)] : []), ...(shot.videos > 0 ? [words.videosOf(shot.videos)] : []), ...(shot.explanation ? [words.explainedShort] : [])].map(say).join(" · ")}</small>
              </summary>
              {shot.explanation && <p class="muted">{shot.explanation.reason}</p>}
              <ul>
                <FilmItems survey={survey} album={album} point={shot.point.id} />
                {shot.photos.map((photo, index) => (
                  <Received key={photo.id} photo={photo} number={index + 1} survey={survey.id} />
                ))}
              </ul>
            </details>
          ))}
          {loose > 0 && (
            <details>
              <summary>
                <b>{say(words.videosElse)}</b>
                <small>{say(words.videosOf(loose))}</small>
              </summary>
              <ul>
                <FilmItems survey={survey} album={album} point={null} />
              </ul>
            </details>
          )}
        </section>
        <footer class="foot still">
          <OwnSheet />
          <p>{t("finish.keep")}</p>
        </footer>
      </main>
    </>
  );
}

function Progress({ survey, rounds }: { survey: SurveyView; rounds: number }) {
  const seal = survey.seals.find((one) => one.kind === "recording");
  const { given, all } = finished(survey);
  const open = survey.reviews_open === true;
  const signed = survey.signatures.length;
  return (
    <ol class="steps-ahead" data-testid="review-state" data-rounds={rounds}>
      <Step
        icon={seal ? "check" : "shield"}
        state={seal ? "done" : "now"}
        title={say(seal ? words.sealed : words.sealing)}
        text={seal ? t("finish.sealed.text", { code: short(seal.sha256) }) : t("finish.sealing.text")}
      />
      <Step icon={open ? "check" : "people"} state={open ? "done" : "now"} title={say(words.reviewing)} text={say(words.reviewed(given, all))} />
      <Step icon="finish" state={open ? "now" : "later"} title={say(words.concluding)} text={say(signed > 0 ? words.signedBy(signed) : words.notSigned)} />
    </ol>
  );
}
