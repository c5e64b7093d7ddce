import { useState } from "preact/hooks";
import { useApp } from "../../app";
import type { Shot } from "../../core/shots";
import { tally } from "../../core/uploads";
import type { SurveyView } from "../../core/wire.gen";
import type { Album } from "../../device/album";
import { Button } from "../../parts/Button";
import { Chip } from "../../parts/Chip";
import { Icon } from "../../parts/Icon";
import { Limits } from "../../parts/Limits";
import { say } from "../../text";
import { shots as words } from "../../text/shots";
import { Masthead } from "../entry/Masthead";
import { AddPhotos } from "./AddPhotos";
import { DeclinedFile, FilmItems } from "./PhotoList";
import { Steps } from "./Shots";

export interface ShotOverviewProps {
  readonly survey: SurveyView;
  readonly album: Album;
  readonly way: readonly Shot[];
  readonly onGo: (where: number) => void;
}

/** Every point with what it has, and the submission once nothing is missing. */
export function ShotOverview({ survey, album, way, onGo }: ShotOverviewProps) {
  const { call, state } = useApp();
  const [sent, setSent] = useState<number | null>(null);
  const { going, failed } = tally([...album.uploads.pending.value, ...album.videos.uploads.pending.value]);
  const lacking = way.filter((shot) => !shot.done && shot.waiting === 0).length;
  const ready = way.every((shot) => shot.done) && going === 0;
  // A refusal comes as a fault: the button is there again.
  const busy = sent !== null && sent === state.faults.value.length;
  return (
    <main class="page shots" data-testid="shots-overview">
      <Masthead />
      <Steps way={way} now={null} />
      <h1>{say(words.checkTitle)}</h1>
      <p class="lead">{say(words.checkLead)}</p>
      <Limits limits={survey.life?.limits} />
      <ol class="shot-list">
        {way.map((shot, index) => (
          <li key={shot.point.id}>
            <button type="button" data-testid={`overview-${shot.point.id}`} onClick={() => onGo(index)}>
              <span class={`dot ${shot.done ? "done" : "open"}`}>{shot.done ? <Icon name="check" size={18} /> : index + 1}</span>
              <span>
                <b>{say(shot.point.title)}</b>
                <State shot={shot} />
              </span>
              <Icon name="chevron" size={20} />
            </button>
          </li>
        ))}
      </ol>
      {album.declined.value.map((file) => (
        <DeclinedFile key={file} file={file} album={album} />
      ))}
      <section class="photos" data-testid="shot-videos">
        <h2 class="section-title">{say(words.videos)}</h2>
        <p class="muted">{say(words.videosText)}</p>
        <ul>
          <FilmItems survey={survey} album={album} point={null} />
        </ul>
        <AddPhotos.Film album={album} />
      </section>
      <footer class="foot">
        <Button
          testid="submit-material"
          icon="finish"
          busy={busy}
          disabled={!ready}
          onClick={() => {
            setSent(state.faults.value.length);
            call.send({ type: "submit_material" });
          }}
        >
          {say(words.submit)}
        </Button>
        <p role="status">{say(why(lacking, going, failed))}</p>
      </footer>
    </main>
  );
}

function why(lacking: number, going: number, failed: number) {
  if (lacking > 0) return words.submitLacks(lacking);
  if (going > 0) return words.submitWaits(going);
  return failed > 0 ? words.submitFailed(failed) : words.submitOnce;
}

function State({ shot }: { shot: Shot }) {
  const said = [
    ...(shot.photos.length > 0 ? [words.photos(shot.photos.length)] : []),
    ...(shot.waiting > 0 ? [words.onTheWay(shot.waiting)] : []),
    ...(shot.videos > 0 ? [words.videosOf(shot.videos)] : []),
    ...(shot.explanation ? [words.explainedShort] : []),
  ];
  if (shot.again && shot.waiting === 0) return <Chip tone="seal">{say(words.again)}</Chip>;
  if (shot.asked && !shot.done && shot.waiting === 0) return <Chip tone="warn">{say(words.askedBy(say(shot.asked.department)))}</Chip>;
  if (!shot.done && shot.waiting === 0) return <Chip tone="warn">{say(shot.videos > 0 ? words.photoMissing : words.missing)}</Chip>;
  return <small>{said.map(say).join(" · ")}</small>;
}
