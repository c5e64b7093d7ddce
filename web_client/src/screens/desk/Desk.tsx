/** The reviewer's and expert's screen: the way in, then the desk. */

import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { isLive, isOver } from "../../core/desk";
import { stayAwake } from "../../device/awake";
import { Elsewhere } from "../../parts/Elsewhere";
import { say } from "../../text";
import { desk } from "../../text/desk";
import { Arrival, Page } from "./Arrival";
import { MaterialDesk } from "./MaterialDesk";
import { Room } from "./Room";
import { useTheme } from "./theme";
import "./desk.css";

export default function Desk() {
  const { call, state, storage } = useApp();
  const { flip } = useTheme(storage);
  const [inside, setInside] = useState(false);
  const survey = state.survey.value;
  const session = state.session.value;
  const line = state.connection.value;
  useEffect(() => (inside ? stayAwake() : undefined), [inside]);

  if (line.kind === "refused" && line.code === "replaced") return <Elsewhere />;
  if (line.kind === "refused") return <Page survey={survey} title={say(desk.lineRefused)} lead={say(line.text)} />;
  if (!survey || !session) return <Opening />;
  if (!isLive(survey) && !isOver(survey)) return <Page survey={survey} title={say(desk.notHere)} lead={say(desk.notHereDo)} />;
  if (survey.mode === "upload_only") return <MaterialDesk survey={survey} me={{ id: session.participant, role: session.role }} onTheme={flip} />;
  if (inside || isOver(survey)) return <Room survey={survey} me={{ id: session.participant, role: session.role }} onTheme={flip} />;
  return (
    <Arrival
      survey={survey}
      onJoin={() => {
        call.join();
        setInside(true);
      }}
    />
  );
}

function Opening() {
  const { state } = useApp();
  useScreen("loading");
  const words = state.connection.value.kind === "reconnecting" ? desk.reconnecting : desk.opening;
  return <Page survey={null} title={say(words)} />;
}
