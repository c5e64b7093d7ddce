/** The way in: a link is shown, Start binds it to this browser, and the role decides what comes next. */
import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import type { Route } from "../../core/route";
import type { InvitationView, Problem, Role, SessionView } from "../../core/wire.gen";
import { Lazy } from "../../parts/Lazy";
import { t } from "../../text";
import { useTheme } from "../desk/theme";
import { Nowhere, Trouble } from "./Trouble";
import { Start } from "./Start";

type Stage =
  | { kind: "loading" }
  | { kind: "trouble"; problem: Problem }
  | { kind: "invited"; invitation: InvitationView }
  | { kind: "open"; session: SessionView };

const loadPhone = () => import("../phone/Phone");
const loadDesk = () => import("../desk/Desk");
const loadAudit = () => import("../audit/Audit");
const loadFeedback = () => import("../feedback/Feedback");
const loadErrand = () => import("../errand/Errand");

const SCREENS = {
  applicant: loadPhone,
  reviewer: loadDesk,
  expert: loadDesk,
  auditor: loadAudit,
  officer: loadFeedback,
  subject: loadFeedback,
} as const satisfies Record<Role, () => Promise<unknown>>;

export function Entry({ route }: { route: Route }) {
  if (route.kind === "errand") return <Lazy load={loadErrand} />;
  return route.kind === "invitation" ? <Invitation token={route.token} /> : <Nowhere />;
}

function Invitation({ token }: { token: string }) {
  const { api, call, camera, keys, state, storage } = useApp();
  const [stage, setStage] = useState<Stage>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);

  const open = async (): Promise<void> => {
    const session = await api.open(token, keys.make(token));
    state.session.value = session;
    camera.shows(session.role === "applicant" ? "premises" : "person");
    if (session.survey !== null) call.open(session);
    setStage({ kind: "open", session });
  };

  const look = async (): Promise<void> => {
    try {
      const invitation = await api.invitation(token);
      // This browser has opened the link before: it goes on where it was.
      if (invitation.state === "spent" && keys.of(token) !== null) await open();
      else setStage({ kind: "invited", invitation });
      void SCREENS[invitation.role]().catch(() => undefined);
    } catch (error) {
      setStage({ kind: "trouble", problem: problemOf(error) });
    }
  };

  useEffect(() => void look(), [token, attempt]);
  // The phone's pages are on paper; desk and archive, and their way in, are light or dark.
  const role = stage.kind === "invited" ? stage.invitation.role : stage.kind === "open" ? stage.session.role : "applicant";
  useTheme(storage, role !== "applicant");

  switch (stage.kind) {
    case "loading":
      return <Loading />;
    case "trouble":
      return <Trouble problem={stage.problem} onRetry={() => setAttempt(attempt + 1)} />;
    case "invited":
      return <Start invitation={stage.invitation} onStart={open} />;
    case "open":
      return <Lazy load={SCREENS[stage.session.role]} />;
  }
}

function Loading() {
  useScreen("loading");
  return (
    <main class="page">
      <p class="loading" role="status">
        {t("loading")}
      </p>
    </main>
  );
}
