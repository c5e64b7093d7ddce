/** Shot by shot through the checklist, then a look at the whole, then the submission. Nothing here needs a call. */
import { useRef, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { nextOwed, shotsOf, walk, type Shot } from "../../core/shots";
import { onTheWay, listed } from "../../core/uploads";
import type { SurveyView } from "../../core/wire.gen";
import type { Album } from "../../device/album";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Limits } from "../../parts/Limits";
import { say, t } from "../../text";
import { shots as words } from "../../text/shots";
import { ClockAdvice } from "../entry/ClockAdvice";
import { Masthead } from "../entry/Masthead";
import { WITH_FILMS } from "./AddPhotos";
import { Faults } from "./CallPage";
import { ExplainSheet } from "./ExplainSheet";
import { Line } from "./Line";
import { DeclinedFile, FilmItems, OnItsWay, Received } from "./PhotoList";
import { ShotCamera } from "./ShotCamera";
import { ShotOverview } from "./ShotOverview";
import "./shots.css";

/** For each video, here or on its way, its point. */
function filmed(survey: SurveyView, album: Album): readonly (string | null)[] {
  const { pending, received } = album.videos.uploads;
  const there = listed(survey.videos, received.value);
  const known = new Set(there.map((video) => video.sha256));
  const coming = pending.value.filter((one) => !known.has(album.videos.digest(one.photo.id) ?? ""));
  return [...there.map((video) => video.point ?? null), ...coming.map((one) => one.photo.facts.point ?? null)];
}

export function Shots({ survey, album }: { survey: SurveyView; album: Album }) {
  const { camera } = useApp();
  const all = shotsOf(survey, listed(survey.photos, album.uploads.received.value), album.uploads.pending.value, filmed(survey, album));
  const way = walk(survey, all);
  // By its point, not its place: another department may ask for one more meanwhile.
  const named = (index: number | null): string | null => (index === null ? null : (way[index]?.point.id ?? null));
  const [at, setAt] = useState<string | null>(() => named(nextOwed(way)));
  const [shooting, setShooting] = useState(false);
  const index = way.findIndex((one) => one.point.id === at);
  const shot = way[index];
  useScreen(shooting && shot ? "shot-camera" : "shots");
  const go = (where: number | null): void => {
    setAt(named(where));
    window.scrollTo(0, 0);
  };
  if (shooting && shot)
    return (
      <ShotCamera
        shot={shot}
        onTaken={(still) => album.addShot(shot.point.id, still)}
        onClose={() => {
          camera.close();
          setShooting(false);
        }}
      />
    );
  return (
    <>
      <Line />
      <Faults />
      {shot ? (
        <OneShot
          key={shot.point.id}
          survey={survey}
          album={album}
          shot={shot}
          number={index + 1}
          way={way}
          onShoot={() => setShooting(true)}
          onGo={go}
        />
      ) : (
        <ShotOverview survey={survey} album={album} way={way} onGo={go} />
      )}
    </>
  );
}

interface OneShotProps {
  readonly survey: SurveyView;
  readonly album: Album;
  readonly shot: Shot;
  readonly number: number;
  readonly way: readonly Shot[];
  readonly onShoot: () => void;
  /** To a shot, or with null to all of them. */
  readonly onGo: (where: number | null) => void;
}

function OneShot({ survey, album, shot, number, way, onShoot, onGo }: OneShotProps) {
  const { call, camera, whereabouts } = useApp();
  const [explaining, setExplaining] = useState(false);
  const [opening, setOpening] = useState(false);
  const capture = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const { point } = shot;
  const access = camera.access.value?.camera ?? null;
  const again = (survey.material?.rounds ?? 0) > 0;
  const settled = shot.done || shot.waiting > 0;

  const open = async (): Promise<void> => {
    setOpening(true);
    const placing = whereabouts.access.value === null ? whereabouts.ask() : null;
    const got = await camera.openPicture();
    setOpening(false);
    if (placing) void placing.then((location) => call.send({ type: "device_report", camera: got, microphone: "missing", location }));
    if (got === "ok") onShoot();
  };
  const add = (input: HTMLInputElement, source: "capture" | "library"): void => {
    const files = [...(input.files ?? [])];
    if (files.length > 0) void album.addFiles(files, point.id, source);
    input.value = "";
  };
  const noCamera = access !== null && access !== "ok";
  const shoot = (): void => (noCamera ? capture.current?.click() : void open());
  const next = nextOwed(way, number);
  return (
    <main class="page shots" data-testid={`shot-${point.id}`} data-done={shot.done}>
      <Masthead />
      <Steps way={way} now={number - 1} />
      <header class="shot-head">
        <div class="shot-nav">
          <p class="eyebrow tabular" data-testid="shot-count">
            {say(again ? words.askedCount(number, way.length) : words.count(number, way.length))}
          </p>
          <button type="button" class="chip" data-testid="shot-overview" onClick={() => onGo(null)}>
            {say(words.overview)}
          </button>
        </div>
        <h1>{say(point.title)}</h1>
        <p class="lead">{say(point.shot ?? point.hint)}</p>
        {point.example && (
          <p class="shot-example">
            <Icon name="check" size={18} />
            <span>
              <b>{say(words.example)}</b> {say(point.example)}
            </span>
          </p>
        )}
      </header>
      <ClockAdvice />
      <Limits limits={survey.life?.limits} of={["material"]} />
      {survey.state === "ended" && !again && <Advice title={say(words.late)} />}
      {shot.asked && <Advice title={say(words.askedBy(say(shot.asked.department)))} text={shot.asked.reason} testid="shot-asked" />}
      {album.declined.value.map((file) => (
        <DeclinedFile key={file} file={file} album={album} />
      ))}
      <div class="photos">
        {shot.explanation && (
          <section class="card shot-explained" data-testid="shot-explained">
            <div>
              <b>{say(words.explained)}</b>
              <p>{shot.explanation.reason}</p>
            </div>
            <button type="button" class="chip" onClick={() => setExplaining(true)}>
              {say(words.change)}
            </button>
          </section>
        )}
        <ul>
          <FilmItems survey={survey} album={album} point={point.id} />
          {onTheWay(album.uploads.pending.value, shot.photos)
            .filter((one) => one.photo.facts.point === point.id)
            .reverse()
            .map((one) => (
              <OnItsWay key={one.photo.id} one={one} album={album} />
            ))}
          {[...shot.photos].reverse().map((photo) => (
            <Received key={photo.id} photo={photo} number={shot.photos.indexOf(photo) + 1} survey={survey.id} />
          ))}
        </ul>
        {shot.again && shot.waiting === 0 && <p class="fate seal" role="status" data-testid="shot-again">{say(words.rejected)}</p>}
        {shot.videos > 0 && !settled && !shot.again && <p class="fate">{say(words.videoOnly)}</p>}
      </div>
      <footer class="foot">
        {settled && (
          <Button testid="shot-next" icon="arrow" onClick={() => onGo(next)}>
            {say(next === null ? words.checkTitle : words.next)}
          </Button>
        )}
        <Button testid="shot-take" kind={settled ? "plain" : "primary"} icon="camera" busy={opening} onClick={shoot}>
          {say(settled ? words.takeAgain : noCamera ? words.useCamera : words.take)}
        </Button>
        <div class="shot-other">
          <Button kind="quiet" testid="shot-choose" icon="images" onClick={() => chooser.current?.click()}>
            {say(words.choose)}
          </Button>
          {!settled && (
            <Button kind="quiet" testid="shot-cannot" onClick={() => setExplaining(true)}>
              {say(words.cannot)}
            </Button>
          )}
        </div>
        {access === null && !settled && <p>{say(words.permission)}</p>}
        {noCamera && !settled && <p role="alert">{say(words.noCamera)}</p>}
      </footer>
      <input ref={capture} class="unseen" type="file" accept="image/*" capture="environment" tabIndex={-1} aria-label={say(words.take)} onChange={(event) => add(event.currentTarget, "capture")} />
      <input ref={chooser} id="upload-input" class="unseen" data-testid="shot-input" type="file" multiple accept={WITH_FILMS} tabIndex={-1} aria-label={say(words.choose)} onChange={(event) => add(event.currentTarget, "library")} />
      {explaining && (
        <ExplainSheet
          known={shot.explanation?.reason ?? ""}
          closeLabel={t("close")}
          onClose={() => setExplaining(false)}
          onExplain={(reason) => {
            call.send({ type: "explain_shot", point: point.id, reason });
            setExplaining(false);
          }}
        />
      )}
    </main>
  );
}

/** One bar for each shot on the way. */
export function Steps({ way, now }: { way: readonly Shot[]; now: number | null }) {
  const done = way.filter((shot) => shot.done).length;
  return (
    <div class="shot-steps" role="img" aria-label={say(words.progress(done, way.length))}>
      {way.map((shot, index) => (
        <i key={shot.point.id} class={`${shot.done ? "done" : shot.waiting > 0 ? "waits" : ""}${index === now ? " now" : ""}`} />
      ))}
    </div>
  );
}

function Advice({ title, text, testid }: { title: string; text?: string; testid?: string }) {
  return (
    <section class="card warn advice" data-testid={testid}>
      <Icon name="info" />
      <div>
        <h2>{title}</h2>
        {text !== undefined && <p>{text}</p>}
      </div>
    </section>
  );
}
