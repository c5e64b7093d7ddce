/** The whole page: a bundle, keys, one button, the answer. */

import { useEffect, useRef, useState } from "preact/hooks";
import { size } from "../core/times";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { Seal } from "../parts/Seal";
import { keepLanguage, language, say } from "../text";
import { verifying } from "../text/verify";
import { AnswerCard } from "./AnswerCard";
import type { Examination } from "./examination";
import { Keys } from "./Keys";

export function Page({ examination, storage }: { examination: Examination; storage: Storage | null }) {
  const over = useDrop(examination);
  const answer = examination.answer.value;
  const progress = examination.progress.value;
  const noKeys = examination.keys.value.length === 0;
  return (
    <main class="page v-page" data-over={over}>
      <header class="masthead">
        <span class="brand">
          <Seal />
          {language.value === "zh" ? "踏勘" : "Takan"}
        </span>
        <button
          type="button"
          class="chip language"
          data-testid="lang"
          lang={language.value === "zh" ? "en" : "zh"}
          onClick={() => keepLanguage(storage, language.value === "zh" ? "en" : "zh")}
        >
          {language.value === "zh" ? "English" : "中文"}
        </button>
      </header>
      <div class="v-intro">
        <h1>{say(verifying.title)}</h1>
        <p class="lead">{say(verifying.lead)}</p>
      </div>
      <div class="v-given">
        <Bundle examination={examination} />
        <Keys examination={examination} />
      </div>
      <div class="v-act">
        {progress === null ? (
          <Button onClick={() => void examination.examine()} disabled={!examination.ready.value} icon="shield" testid="verify" kind={answer ? "plain" : "primary"}>
            {say(answer ? verifying.verifyAgain : noKeys && examination.bundle.value ? verifying.verifyWithoutKey : verifying.verify)}
          </Button>
        ) : (
          <Running done={progress} onStop={() => examination.stop()} />
        )}
      </div>
      <div aria-live="polite">{answer && <AnswerCard answer={answer} keys={examination.keys.value} />}</div>
      <p class="v-own muted">{say(verifying.ownPage)}</p>
    </main>
  );
}

function Bundle({ examination }: { examination: Examination }) {
  const input = useRef<HTMLInputElement>(null);
  const file = examination.bundle.value;
  return (
    <section class="card v-bundle" data-chosen={file !== null} aria-labelledby="v-bundle">
      <h2 id="v-bundle">{say(verifying.bundle)}</h2>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept=".zip,application/zip"
        tabIndex={-1}
        aria-labelledby="v-bundle"
        data-testid="bundle"
        onChange={({ currentTarget }) => {
          examination.choose(currentTarget.files?.[0] ?? null);
          currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
      <button type="button" class="v-drop" data-testid="choose" onClick={() => input.current?.click()}>
        <Icon name={file ? "check" : "upload"} size={26} />
        <b>{file ? file.name : say(verifying.choose)}</b>
        <span class="muted tabular">{file ? `${size(file.size)} · ${say(verifying.chooseOther)}` : say(verifying.orDrop)}</span>
      </button>
    </section>
  );
}

function Running({ done, onStop }: { done: number; onStop: () => void }) {
  const percent = Math.floor(done * 100);
  return (
    <div class="v-running">
      <div class="v-bar" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-label={say(verifying.progress(percent))}>
        <i style={{ width: `${done * 100}%` }} />
      </div>
      <span class="tabular">{say(verifying.progress(percent))}</span>
      <Button kind="quiet" onClick={onStop} testid="stop">
        {say(verifying.stop)}
      </Button>
    </div>
  );
}

/** Takes files that are dropped anywhere on the page; true while something is held over it. */
function useDrop(examination: Examination): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hold = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      void examination.drop([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener("dragover", hold);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", hold);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, [examination]);
  return over;
}
