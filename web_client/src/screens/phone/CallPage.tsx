/** The call: the camera is the page. State above, people at the side, one thing to do below. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { dismiss, stillAnswered } from "../../core/state";
import { tally } from "../../core/uploads";
import type { StillRequested, SurveyView } from "../../core/wire.gen";
import { stayAwake } from "../../device/awake";
import type { Album } from "../../device/album";
import { Button } from "../../parts/Button";
import { Icon } from "../../parts/Icon";
import { Picture } from "../../parts/Picture";
import { Sheet } from "../../parts/Sheet";
import { useBackGuard } from "../../parts/useBackGuard";
import { useUnderWay } from "../../parts/useUnderWay";
import { say, t } from "../../text";
import { leaving, OWN_TAKEN } from "../../text/standing";
import { AddPhotos } from "./AddPhotos";
import { Controls } from "./Controls";
import { Line } from "./Line";
import { LookingInCall, LookingSheet } from "./Looking";
import { People } from "./People";
import { PhotoList } from "./PhotoList";
import { Prompt } from "./Prompt";
import { TopBar } from "./TopBar";

type Shot = "none" | "taking" | "failed";

export function CallPage({ survey, album, onLeave }: { survey: SurveyView; album: Album; onLeave: () => void }) {
  useScreen("call");
  useEffect(stayAwake, []);
  const { camera, state } = useApp();
  const shown = useRef<HTMLVideoElement>(null);
  const [sheet, setSheet] = useState<"none" | "photos" | "finish" | "looking" | "leave">("none");
  const guard = useBackGuard(() => setSheet("leave"));
  const [shot, setShot] = useState<Shot>("none");
  const request = state.stillRequest.value;
  const picture = camera.stream.value && camera.track("video") ? camera.stream.value : null;

  const take = async (asked: StillRequested): Promise<void> => {
    if (!shown.current || shot === "taking") return;
    setShot("taking");
    try {
      await album.addStill(asked, await camera.takeStill(shown.current));
      stillAnswered(state, asked.nonce);
      setShot("none");
    } catch {
      setShot("failed");
    }
  };

  return (
    <main class="call">
      <h1 class="unseen">{say(survey.item.name)}</h1>
      {picture && <Picture stream={picture} label={t("call.own")} mirrored={camera.facing.value === "user"} videoRef={shown} />}
      {shot === "taking" && <div class="flash" aria-hidden="true" />}
      <div class="shade" aria-hidden="true" />
      <div class="upper">
        <TopBar />
        <div class="words">
          <Line />
          <MediaState />
          <Taken />
          <Faults />
          <OnTheWay album={album} onOpen={() => setSheet("photos")} />
          <LookingInCall survey={survey} onOpen={() => setSheet("looking")} />
        </div>
        <People />
      </div>
      {!picture && <NoCamera />}
      <div class="lower">
        <Prompt survey={survey} request={request} shot={shot} camera={picture !== null} />
        <Controls
          album={album}
          survey={survey}
          canShoot={request !== null && picture !== null && shot !== "taking"}
          onShoot={() => request && void take(request)}
          onPhotos={() => setSheet("photos")}
          onFinish={() => setSheet(survey.recording?.attended === false ? "leave" : "finish")}
        />
      </div>
      {sheet === "photos" && (
        <Sheet title={t("photos.title")} closeLabel={t("close")} onClose={() => setSheet("none")}>
          <PhotoList survey={survey} album={album} />
        </Sheet>
      )}
      {sheet === "looking" && <LookingSheet survey={survey} onClose={() => setSheet("none")} />}
      {sheet === "finish" && <FinishSheet album={album} onClose={() => setSheet("none")} />}
      {sheet === "leave" && (
        <LeaveSheet
          onLeave={onLeave}
          onStay={() => {
            guard();
            setSheet("none");
          }}
        />
      )}
      <AddPhotos.Input album={album} onAdded={() => setSheet("photos")} />
    </main>
  );
}

function MediaState() {
  const { call, state } = useApp();
  if (state.connection.value.kind !== "open") return null;
  const media = call.media.value;
  if (media === "connecting" || media === "lost") {
    return (
      <output class="banner" data-testid="media-state" data-state={media}>
        <span class="spinner" aria-hidden="true" />
        {t(media === "lost" ? "call.lost" : "call.connecting")}
      </output>
    );
  }
  return call.quality.value === "poor" ? <Words>{t("call.poor")}</Words> : null;
}

/** What a phone call or another app holds now; it comes back by itself. */
function Taken() {
  const { call } = useApp();
  const taken = (["camera_taken", "microphone_taken"] as const).filter((what) => call.interruptions.value.has(what));
  return (
    <>
      {taken.map((what) => (
        <output key={what} class="banner warn" data-testid={`own-${what}`}>
          <span class="spinner" aria-hidden="true" />
          {say(OWN_TAKEN[what])}
        </output>
      ))}
    </>
  );
}

function Words({ children, spin }: { children: string; spin?: boolean }) {
  return (
    <output class="banner">
      {spin && <span class="spinner" aria-hidden="true" />}
      {children}
    </output>
  );
}

export function Faults() {
  const { state } = useApp();
  return (
    <>
      {state.faults.value.map((fault) => (
        <div key={fault} class="banner warn" role="alert" data-testid="fault" data-code={fault.code}>
          <span>{say(fault.text)}</span>
          <button type="button" class="round" aria-label={t("close")} onClick={() => dismiss(state, fault)}>
            <Icon name="close" size={20} />
          </button>
        </div>
      ))}
    </>
  );
}

/** Photos that are not yet safe with the server, without opening the list. */
function OnTheWay({ album, onOpen }: { album: Album; onOpen: () => void }) {
  const { going, failed } = tally(album.uploads.pending.value);
  if (failed > 0) {
    return (
      <button type="button" class="banner warn" data-testid="not-sent" onClick={onOpen}>
        <Icon name="alert" size={20} />
        {t("photos.failed.short", { n: failed })}
      </button>
    );
  }
  if (going > 0) return <Words spin>{t("photos.pending.short", { n: going })}</Words>;
  const absent = album.videos.uploads.pending.value.some((one) => one.sending.kind === "absent");
  return absent ? (
    <button type="button" class="banner warn" data-testid="video-absent" onClick={onOpen}>
      <Icon name="alert" size={20} />
      {t("videos.absent")}
    </button>
  ) : null;
}

function NoCamera() {
  const { call, camera } = useApp();
  const open = async (): Promise<void> => {
    await camera.open();
    await Promise.all([call.localTrackChanged("audio"), call.localTrackChanged("video")]);
    setTried(true);
  };
  const [tried, setTried] = useState(false);
  const access = camera.access.value?.camera;
  // `Taken` says so above, and there is nothing to press.
  if (camera.taken.value.video) return <div class="no-camera" aria-hidden="true" />;
  return (
    <section class="no-camera">
      <Icon name="camera" size={40} />
      <h2>{t("call.nocamera")}</h2>
      {tried && access && access !== "ok" ? <p role="alert">{t(`devices.fix.camera.${access}`)}</p> : <p>{t("call.nocamera.text")}</p>}
      <Button kind="plain" onClick={() => void open()}>
        {t("call.camera.again")}
      </Button>
    </section>
  );
}

function LeaveSheet({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  return (
    <Sheet title={say(leaving.title)} closeLabel={t("close")} onClose={onStay}>
      <p>{say(leaving.text)}</p>
      <div class="acts">
        <Button testid="leave-stay" onClick={onStay}>
          {say(leaving.stay)}
        </Button>
        <Button kind="plain" testid="leave-confirm" onClick={onLeave}>
          {say(leaving.leave)}
        </Button>
      </div>
    </Sheet>
  );
}

function FinishSheet({ album, onClose }: { album: Album; onClose: () => void }) {
  const { call } = useApp();
  const { busy, begin } = useUnderWay();
  const { going } = tally(album.uploads.pending.value);
  const films = tally(album.videos.uploads.pending.value).going;
  return (
    <Sheet title={t("call.finish.title")} closeLabel={t("close")} onClose={onClose}>
      <p>{t("call.finish.text")}</p>
      {going > 0 && <p class="muted">{t("call.finish.pending", { n: going })}</p>}
      {films > 0 && <p class="muted">{t("call.finish.videos", { n: films })}</p>}
      <div class="acts">
        <Button
          kind="final"
          testid="finish-confirm"
          busy={busy}
          onClick={() => begin() && call.send({ type: "end_session" })}
        >
          {t("call.finish.confirm")}
        </Button>
        <Button kind="plain" onClick={onClose}>
          {t("call.finish.stay")}
        </Button>
      </div>
    </Sheet>
  );
}
