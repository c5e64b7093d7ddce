/** Tells a reviewer or expert that the applicant is shown who they are, and what they are shown. */

import { useState } from "preact/hooks";
import { useApp } from "../../app";
import type { Me } from "../../core/desk";
import { lookingOf } from "../../core/errands";
import { serverTime } from "../../core/state";
import type { SurveyView } from "../../core/wire.gen";
import { ErrandCode, ErrandFacts, factsOf } from "../../parts/ErrandFacts";
import { useNow } from "../../parts/useNow";
import { say } from "../../text";
import { ERRAND_STATE, errands as words } from "../../text/errands";
import { Dialog } from "./Dialog";
import { Icon } from "./Icon";

export function OwnErrand({ survey, me }: { survey: SurveyView; me: Me }) {
  const { state } = useApp();
  const [open, setOpen] = useState(false);
  const own = lookingOf(survey, serverTime(state, useNow(30_000))).find((one) => one.person.id === me.id);
  if (!own) return null;
  const valid = own.state === "valid";
  return (
    <>
      <button type="button" class={`d-link d-own-errand${valid ? " d-good" : " d-warn-ink"}`} data-testid="own-errand" data-state={own.state} title={say(words.ownTitle)} aria-label={say(valid ? words.own : ERRAND_STATE[own.state])} onClick={() => setOpen(true)}>
        <Icon name="shield" size={17} />
        <span>{say(valid ? words.own : ERRAND_STATE[own.state])}</span>
      </button>
      {open && (
        <Dialog label={say(words.ownTitle)} onClose={() => setOpen(false)}>
          <h2>{say(words.ownTitle)}</h2>
          <p>{say(own.state === "expired" ? words.ownExpired : words.ownLead)}</p>
          <h3>{own.person.name}</h3>
          <ErrandFacts facts={factsOf(survey, own)} />
          <ErrandCode one={own} />
          <div class="d-row d-end">
            <button type="button" class="d-btn" onClick={() => setOpen(false)}>
              {say(words.close)}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
