import { useEffect, useState } from "preact/hooks";
import { useApp, useScreen } from "../../app";
import { Button } from "../../parts/Button";
import { goOnHere } from "../../parts/Elsewhere";
import { say } from "../../text";
import { leaving as words } from "../../text/standing";
import { Masthead } from "../entry/Masthead";

/** The applicant left the call and stayed on the page: line, camera and microphone are off until they come back. */
export function Left({ onBack }: { onBack: () => void }) {
  useScreen("left");
  const app = useApp();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    app.call.close();
    app.camera.close();
  }, []);
  const back = async (): Promise<void> => {
    setBusy(true);
    await goOnHere(app);
    app.call.join();
    onBack();
  };
  return (
    <main class="page" data-testid="left">
      <Masthead />
      <h1>{say(words.left)}</h1>
      <p class="lead">{say(words.leftText)}</p>
      <footer class="foot">
        <Button testid="back-to-call" busy={busy} onClick={() => void back()}>
          {say(words.back)}
        </Button>
      </footer>
    </main>
  );
}
