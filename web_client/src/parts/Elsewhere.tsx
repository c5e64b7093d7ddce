import { useState } from "preact/hooks";
import { useApp, useScreen, type App } from "../app";
import { say } from "../text";
import { elsewhere } from "../text/standing";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** The call goes on in another page of this person. This one lets it, until they choose otherwise. */
export function Elsewhere() {
  useScreen("elsewhere");
  const app = useApp();
  const [busy, setBusy] = useState(false);
  return (
    <main class="page elsewhere" data-testid="elsewhere">
      <Icon name="alert" size={40} />
      <h1>{say(elsewhere.title)}</h1>
      <p class="lead">{say(elsewhere.text)}</p>
      <footer class="foot">
        <Button
          testid="use-this-page"
          busy={busy}
          onClick={() => {
            setBusy(true);
            void goOnHere(app);
          }}
        >
          {say(elsewhere.button)}
        </Button>
      </footer>
    </main>
  );
}

/** Takes the call back into this page: the devices as they were, then the line; the other page is told by the server. */
export async function goOnHere({ call, camera, state }: App): Promise<void> {
  const session = state.session.value;
  if (session === null) return;
  if (camera.access.value !== null && state.survey.value?.mode !== "upload_only") await camera.open();
  call.open(session);
}
