/** The applicant's screen: consent, devices, call, finish, in that order and never back. */
import { computed } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { phoneStep } from "../../core/guide";
import type { SurveyView } from "../../core/wire.gen";
import { Album } from "../../device/album";
import { FallbackShelf, IndexedShelf } from "../../device/shelf";
import { Videos, type VideoFacts } from "../../device/videos";
import { Elsewhere } from "../../parts/Elsewhere";
import { t } from "../../text";
import { Consent } from "../entry/Consent";
import { Devices } from "../entry/Devices";
import { CallPage } from "./CallPage";
import { Finish } from "./Finish";
import { Left } from "./Left";
import { Line } from "./Line";
import { Looking } from "./Looking";
import { Plans, Visit } from "./Plans";
import { Shots } from "./Shots";
import { Submitted } from "./Submitted";
import "./phone.css";

export default function Phone() {
  const { api, call, state, whereabouts } = useApp();
  const [joined, setJoined] = useState(false);
  const [left, setLeft] = useState(false);
  const survey = state.survey.value;
  const id = survey?.id ?? null;
  const album = useMemo(
    () =>
      id === null
        ? null
        : new Album({
            survey: id,
            api,
            shelf: new FallbackShelf(() => IndexedShelf.open()),
            videos: new Videos({
              survey: id,
              api,
              shelf: new FallbackShelf(() => IndexedShelf.open<Blob | null, VideoFacts>("takan-videos")),
              position: () => whereabouts.latest.value,
              busy: computed(() => call.media.value !== "none"),
            }),
            say: (message) => call.send(message),
            position: () => whereabouts.latest.value,
          }),
    [id],
  );
  // Consented before this page first saw the survey: they were in it already, and this is a reload.
  const returning = useMemo(() => survey?.state === "in_session" && (state.me.value?.consented ?? false), [id]);
  const line = state.connection.value;
  if (line.kind === "refused" && line.code === "replaced") return <Elsewhere />;
  if (survey === null || album === null) return <Connecting />;
  const step = phoneStep(survey, state.me.value?.consented ?? false, joined);
  switch (step) {
    case "connecting":
      return <Connecting />;
    case "consent":
      return (
        <>
          <Line />
          <Consent mode={survey.mode} plans={<Before survey={survey} />} visit={<Visit survey={survey} />} />
        </>
      );
    case "devices":
      return (
        <>
          <Line />
          <Devices
            returning={returning}
            plans={(withoutPlace) => <Before survey={survey} withoutPlace={withoutPlace} />}
            onJoin={() => {
              setJoined(true);
              call.join();
            }}
          />
        </>
      );
    case "shots":
      return <Shots key={survey.material?.rounds} survey={survey} album={album} />;
    case "call":
      return left ? <Left onBack={() => setLeft(false)} /> : <CallPage survey={survey} album={album} onLeave={() => setLeft(true)} />;
    case "finish":
      if (survey.mode === "upload_only" && survey.material) return <Submitted survey={survey} material={survey.material} album={album} />;
      return <Finish survey={survey} album={album} />;
  }
}

/** Before the call: who looks, and the appointment with the other ways. */
function Before({ survey, withoutPlace = false }: { survey: SurveyView; withoutPlace?: boolean }) {
  return (
    <>
      <Looking survey={survey} />
      <Plans survey={survey} withoutPlace={withoutPlace} />
    </>
  );
}

function Connecting() {
  useScreen("loading");
  return (
    <>
      <Line />
      <main class="page">
        <p class="loading" role="status">
          <span class="spinner" aria-hidden="true" />
          {t("loading")}
        </p>
      </main>
    </>
  );
}
