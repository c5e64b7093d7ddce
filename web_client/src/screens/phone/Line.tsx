import { useApp } from "../../app";
import { recordingGoesOn } from "../../core/reconnecting";
import { Button } from "../../parts/Button";
import { goOnHere } from "../../parts/Elsewhere";
import { Icon } from "../../parts/Icon";
import { useNow } from "../../parts/useNow";
import { say, t } from "../../text";

function Doubtful() {
  return (
    <div class="banner seal" role="alert" data-testid="lot-doubtful">
      <Icon name="alert" />
      {t("lot.doubtful")}
    </div>
  );
}

/** Says, over any page, that the line to the server is down, and what becomes of it. */
export function Line() {
  const app = useApp();
  const { call, lot, state } = app;
  const now = useNow();
  const connection = state.connection.value;
  const session = state.session.value;
  if (connection.kind === "reconnecting") {
    return (
      <output class="banner warn" data-testid="reconnecting">
        <span class="spinner" aria-hidden="true" />
        {t(recordingGoesOn(connection.sinceMs, now, call.media.value === "connected") ? "call.reconnecting.flows" : "call.reconnecting")}
      </output>
    );
  }
  if (connection.kind !== "refused") return lot.doubtful.value ? <Doubtful /> : null;
  return (
    <div class="banner seal" role="alert" data-testid="refused">
      <Icon name="alert" />
      <div>
        <b>{t("call.refused")}</b>
        <p>{say(connection.text)}</p>
        {session && (
          <Button kind="plain" onClick={() => void goOnHere(app)}>
            {t("call.here")}
          </Button>
        )}
      </div>
    </div>
  );
}
