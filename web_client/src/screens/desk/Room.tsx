/** The desk itself: head, large picture, people, record and time line. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { answered, conclusionStanding, isConcluded, isOver, isRecused, mayAskStill, nextPoint, onStage, people, type Me } from "../../core/desk";
import { BLANK_LINE, heard, seen, type Line } from "../../core/desk_timeline";
import { standings } from "../../core/standing";
import { recordingGoesOn } from "../../core/reconnecting";
import { dismiss, serverTime, type Connection, type PageState } from "../../core/state";
import type { ParticipantView, SurveyView, Text } from "../../core/wire.gen";
import type { MediaState } from "../../device/media";
import { Sound } from "../../parts/Sound";
import { useNow } from "../../parts/useNow";
import { say } from "../../text";
import { desk, ENDED_BY, VALUE } from "../../text/desk";
import { kinds } from "../../text/kinds";
import { STANDING_IN_FULL } from "../../text/standing";
import { AskStill } from "./AskStill";
import { Checklist } from "./Checklist";
import { Conclusion, signedOf } from "./Conclusion";
import { Head } from "./Head";
import { Icon } from "./Icon";
import { Panel } from "./Panel";
import { People, type Streams } from "./People";
import { Photos } from "./Photos";
import { Stage, Tool, type Word } from "./Stage";
import { useHeight } from "./useSize";
import { TimeLine } from "./TimeLine";
import { Toasts, type Toast } from "./Toasts";

type TabName = "checklist" | "photos" | "conclusion";

export function Room({ survey, me, onTheme }: { survey: SurveyView; me: Me; onTheme: () => void }) {
  const { api, call, camera, state } = useApp();
  useScreen("desk");
  const now = useNow(1000);
  const [chosen, setChosen] = useState<string | null>(null);
  const [tab, setTab] = useState<TabName>(isOver(survey) ? "conclusion" : "checklist");
  const [asking, setAsking] = useState(false);
  const { news, tell } = useNews(survey, me);
  const { line, seconds } = useLine(survey);
  const over = isOver(survey);
  const standing = conclusionStanding(survey).is;
  const [main, held] = useHeight();

  const out = isRecused(me, survey);
  useEffect(() => {
    if (!out) return;
    call.leave();
    camera.close();
    setTab("conclusion");
  }, [out]);
  useEffect(() => {
    if (!over) return;
    call.leave();
    camera.close();
    setTab("conclusion");
    window.scrollTo(0, 0);
  }, [over]);

  const streams: Streams = own(call.streams.value, me.id, camera.stream.value);
  const everybody = people(survey);
  const large = over ? null : onStage(survey, chosen);
  const toasts: Toast[] = [
    ...state.faults.value.map((fault, i) => ({ key: `fault:${fault.code}:${i}`, text: fault.text, tone: "fault" as const, away: () => dismiss(state, fault) })),
    ...news,
  ];
  return (
    <div class={over ? "desk d-over" : "desk"} style={{ "--held": `${held}px` }}>
      <Head survey={survey} me={me} light={state.light.value} now={now} onEnd={() => call.send({ type: "end_session" })} onTheme={onTheme} />
      <main class="d-main" ref={main}>
        <Stage
          person={large}
          me={me.id}
          stream={large ? (streams.get(large.id) ?? null) : null}
          word={stageWord(survey, me, large, streams, state)}
          trouble={over ? lineTrouble(state.connection.value, call.media.value, now) : (lineTrouble(state.connection.value, call.media.value, now) ?? mediaTrouble(call.media.value, call.quality.value))}
          onBack={large && large.role !== "applicant" && everybody.some((person) => person.role === "applicant") ? () => setChosen(null) : null}
        >
          {over
            ? undefined
            : (full) => (
                <>
                  <Tool
                    icon="camera"
                    label={say(desk.askStill)}
                    disabled={!mayAskStill(me, survey)}
                    testid="ask-still"
                    onClick={() => setAsking(true)}
                  />
                  <MuteTools onRefused={() => tell("device", desk.deviceRefused)} />
                  <Tool icon={full.on ? "unfull" : "full"} label={say(full.on ? desk.leaveFullScreen : desk.fullScreen)} onClick={full.flip} />
                </>
              )}
        </Stage>
        <People people={everybody.filter((person) => person.id !== large?.id)} me={me.id} streams={streams} onEnlarge={setChosen} />
        {!over && <Voices streams={call.streams.value} />}
      </main>
      <Panel
        label={say(desk.panel)}
        shown={tab}
        onShow={setTab}
        tabs={[
          { name: "checklist", label: say(desk.tabChecklist), extra: `${answered(survey)}/${survey.item.points.length}` },
          { name: "photos", label: say(desk.tabPhotos), extra: String(survey.photos.length + survey.videos.length || "") },
          { name: "conclusion", label: say(desk.tabConclusion), ...(over && standing === "differ" ? { warn: say(desk.signaturesDiffer) } : { extra: over ? signedOf(survey) : "" }) },
        ]}
      >
        {tab === "checklist" && (
          <Checklist survey={survey} me={me} photoBytes={api} onAnswer={(point, value, note) => call.send({ type: "answer_point", point, value, note })} />
        )}
        {tab === "photos" && <Photos survey={survey} bytes={api} />}
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
      <TimeLine survey={survey} line={line} seconds={seconds} />
      {asking && (
        <AskStill
          onClose={() => setAsking(false)}
          points={survey.item.points}
          first={nextPoint(survey, me) ?? survey.item.points[0]?.id ?? null}
          onAsk={(note, point) => {
            call.send({ type: "ask_still", note, point });
            setAsking(false);
            tell("still", desk.stillAsked);
          }}
          onQuestion={(text, point) => {
            call.send({ type: "ask_question", text, point });
            setAsking(false);
            tell("question", kinds.asked);
          }}
        />
      )}
      <Toasts toasts={toasts} />
    </div>
  );
}

/** Everybody's stream, with the own camera under the own id. */
function own(streams: Streams, me: string, camera: MediaStream | null): Streams {
  return camera ? new Map([...streams, [me, camera]]) : streams;
}

function stageWord(survey: SurveyView, me: Me, large: ParticipantView | null, streams: Streams, held: Pick<PageState, "met" | "resting">): Word | null {
  if (survey.state === "appealed") return { title: say(desk.sessionEnded), hint: say(desk.appealedHint) };
  if (isConcluded(survey.state)) return { title: say(desk.sessionEnded), hint: say(desk.concludedHint) };
  if (survey.state === "ended" && survey.recording?.end === "disk_full") return { title: say(desk.sessionEnded), hint: say(desk.sessionEndedDisk) };
  const end = survey.recording?.end;
  if (survey.state === "ended")
    return { title: say(end && end !== "disk_full" ? ENDED_BY[end] : desk.sessionEnded), hint: say(me.role === "reviewer" ? desk.sessionEndedHint : desk.sessionEndedHintExpert) };
  if (!large || (large.role === "applicant" && !large.present)) return { title: say(desk.waitingApplicant), hint: say(desk.waitingApplicantHint) };
  if (!large.present) return { title: say(desk.awayName(large.name)) };
  if (large.id === me.id) return streams.has(large.id) ? null : { title: say(desk.noPicture(large.name)) };
  const [first] = standings(large, held.met.value, held.resting.value).filter((one) => one !== "microphone_taken");
  if (first !== undefined) {
    const { title, hint } = STANDING_IN_FULL[first](large.name);
    return { title: say(title), hint: say(hint), veil: large.video };
  }
  if (!large.video) return { title: say(desk.noPicture(large.name)) };
  return streams.has(large.id) ? null : { title: say(desk.mediaConnecting) };
}

function lineTrouble(line: Connection, media: MediaState, now: number): string | null {
  if (line.kind === "connecting") return say(desk.reconnecting);
  if (line.kind !== "reconnecting") return null;
  return say(recordingGoesOn(line.sinceMs, now, media === "connected") ? desk.reconnectingFlows : desk.reconnecting);
}

function mediaTrouble(media: MediaState, quality: string): string | null {
  if (media === "lost") return say(desk.mediaLost);
  if (media === "connecting") return say(desk.mediaConnecting);
  return quality === "poor" ? say(desk.weakNetwork) : null;
}

/** The own microphone and camera. What was refused or missing on the way in is asked for again. */
function MuteTools({ onRefused }: { onRefused: () => void }) {
  const { call, camera } = useApp();
  const { audio, video } = call.muted.value;
  const access = camera.access.value;
  const deaf = access?.microphone !== "ok";
  const blind = access?.camera !== "ok";
  const askAgain = async (what: "microphone" | "camera"): Promise<void> => {
    const got = await camera.open();
    await Promise.all([call.localTrackChanged("audio"), call.localTrackChanged("video")]);
    if (got[what] !== "ok") onRefused();
  };
  return (
    <>
      <Tool
        icon={deaf || audio ? "micOff" : "mic"}
        label={say(deaf ? desk.tryMic : audio ? desk.unmuteMic : desk.muteMic)}
        off={deaf || audio}
        testid="mute-audio"
        onClick={() => (deaf ? void askAgain("microphone") : call.mute("audio", !audio))}
      />
      <Tool
        icon={blind || video ? "videoOff" : "video"}
        label={say(blind ? desk.tryCam : video ? desk.startCam : desk.stopCam)}
        off={blind || video}
        testid="mute-video"
        onClick={() => (blind ? void askAgain("camera") : call.mute("video", !video))}
      />
    </>
  );
}

/** Everybody's sound; where the browser wants a touch first, a button asks for it. */
function Voices({ streams }: { streams: Streams }) {
  const [blocked, setBlocked] = useState<readonly (() => void)[]>([]);
  return (
    <>
      {[...streams].map(([id, stream]) => (
        <Sound key={id} stream={stream} onBlocked={(unlock) => setBlocked((before) => [...before, unlock])} />
      ))}
      {blocked.length > 0 && (
        <button
          type="button"
          class="d-btn d-primary d-listen"
          onClick={() => {
            for (const unlock of blocked) unlock();
            setBlocked([]);
          }}
        >
          <Icon name="sound" size={18} />
          {say(desk.listen)}
        </button>
      )}
    </>
  );
}

/** What this desk saw of the session so far, and how long it is. */
function useLine(survey: SurveyView): { line: Line; seconds: number } {
  const { state } = useApp();
  const [line, setLine] = useState<Line>(BLANK_LINE);
  const received = state.light.value;
  const light = received?.light ?? null;
  const seconds =
    received && !isOver(survey)
      ? received.light.seconds + Math.max(0, Date.now() - received.receivedMs) / 1000
      : recordedSeconds(survey, serverTime(state, Date.now()));
  useEffect(() => setLine((before) => seen(before, survey, seconds)), [survey]);
  useEffect(() => {
    if (light && !isOver(survey)) setLine((before) => heard(before, light.participants, light.seconds));
  }, [light]);
  return { line, seconds };
}

function recordedSeconds(survey: SurveyView, now: number): number {
  if (!survey.recording) return 0;
  const end = survey.recording.ended_at ? Date.parse(survey.recording.ended_at) : now;
  return Math.max(0, (end - Date.parse(survey.recording.started_at)) / 1000);
}

/** One person's answer to a point, whatever else they add to it. */
function changedKey(answer: SurveyView["answers"][number]): string {
  return `${answer.point}:${answer.by}:${answer.value}:${answer.others?.length ?? 0}`;
}

/** Things that just happened: an own answer that somebody changed, a photo that arrived, a still that was asked for. */
function useNews(survey: SurveyView, me: Me): { news: readonly Toast[]; tell: (key: string, text: Text) => void } {
  const [news, setNews] = useState<readonly Toast[]>([]);
  const known = useRef(new Set([...survey.photos, ...survey.videos].map((one) => one.id)));
  const count = useRef(0);
  const changed = useRef(new Set(survey.answers.map(changedKey)));
  const tell = (key: string, text: Text): void => {
    count.current += 1;
    const name = `${key}:${count.current}`;
    setNews((before) => [...before.slice(-3), { key: name, text, tone: "news", away: () => setNews((all) => all.filter((one) => one.key !== name)) }]);
  };
  useEffect(() => {
    for (const photo of survey.photos) {
      if (known.current.has(photo.id)) continue;
      known.current.add(photo.id);
      tell("photo", desk.photoArrived(photo.name));
    }
    for (const video of survey.videos) {
      if (known.current.has(video.id)) continue;
      known.current.add(video.id);
      tell("video", desk.videoArrived(video.name));
    }
  }, [survey.photos, survey.videos]);
  useEffect(() => {
    for (const answer of survey.answers) {
      const key = changedKey(answer);
      if (changed.current.has(key)) continue;
      changed.current.add(key);
      if (answer.by === me.id || answer.others?.at(-1)?.by !== me.id) continue;
      const by = survey.participants.find((person) => person.id === answer.by)?.name ?? answer.by;
      const title = survey.item.points.find((point) => point.id === answer.point)?.title;
      tell("answer", desk.answerChanged(by, title ? say(title) : answer.point, say(VALUE[answer.value])));
    }
  }, [survey.answers]);
  return { news, tell };
}
