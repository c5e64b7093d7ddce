import { useState } from "preact/hooks";
import { useScreen } from "../../app";
import { problemOf } from "../../core/problems";
import type { InvitationView, Problem } from "../../core/wire.gen";
import { Button } from "../../parts/Button";
import { ProblemCard } from "../../parts/ProblemCard";
import { say } from "../../text";
import { Masthead } from "./Masthead";

/** What the link is for. Pressing Start spends it. */
export function Start({ invitation, onStart }: { invitation: InvitationView; onStart: () => Promise<void> }) {
  useScreen("start");
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <main class="page">
      <Masthead />
      <h1>{say(invitation.item)}</h1>
      {problem && <ProblemCard problem={problem} />}
      <Button testid="start" onClick={() => void onStart().catch((error: unknown) => setProblem(problemOf(error)))}>
        Start
      </Button>
    </main>
  );
}
