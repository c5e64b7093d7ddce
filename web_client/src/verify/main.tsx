import { effect } from "@preact/signals";
import { render } from "preact";
import { chooseLanguage, language, say } from "../text";
import { verifying } from "../text/verify";
import { Examination } from "./examination";
import { Page } from "./Page";
import "../styles/tokens.css";
import "../styles/app.css";
import "./verify.css";

/** Reading `localStorage` throws where the browser forbids it, as some do for files. */
function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

const storage = storageOf(window);
language.value = chooseLanguage(storage, navigator.languages);
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  document.title = `${say(verifying.title)} · Takan`;
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const dress = (): void => {
  document.documentElement.dataset["theme"] = dark.matches ? "dark" : "light";
};
dark.addEventListener("change", dress);
dress();

const root = document.querySelector("#app");
if (root) render(<Page examination={new Examination()} storage={storage} />, root);
