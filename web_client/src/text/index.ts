/** Words in two languages. A dictionary whose languages do not hold the same keys does not compile. */
import { signal, type Signal } from "@preact/signals";
import type { Text } from "../core/wire.gen";
import { en } from "./en";
import { zh } from "./zh";

export type Language = "zh" | "en";
export type Dictionary<Key extends string> = { readonly zh: Readonly<Record<Key, string>>; readonly en: Readonly<Record<Key, string>> };
export type Values = Readonly<Record<string, string | number>>;

/** The page's language. One page, one language: the only signal that is not built in main.tsx. */
export const language: Signal<Language> = signal<Language>("zh");

/** A function from keys to words in the page's language; `{name}` is replaced by `values.name`. */
export function wordsOf<Key extends string>(dictionary: Dictionary<Key>): (key: Key, values?: Values) => string {
  return (key, values) => filled(dictionary[language.value][key], values);
}

/** A sentence that came over the wire, in the page's language. */
export function say(text: Text): string {
  return text[language.value];
}

export const t = wordsOf({ zh, en });

function filled(pattern: string, values: Values | undefined): string {
  return values ? pattern.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : pattern;
}

const LANGUAGE_KEPT = "takan.language";

/** The person's earlier choice, else the browser's language. */
export function chooseLanguage(storage: Storage | null, wished: readonly string[]): Language {
  const kept = storage?.getItem(LANGUAGE_KEPT);
  if (kept === "zh" || kept === "en") return kept;
  return wished[0]?.toLowerCase().startsWith("zh") === false ? "en" : "zh";
}

export function keepLanguage(storage: Storage | null, chosen: Language): void {
  language.value = chosen;
  try {
    storage?.setItem(LANGUAGE_KEPT, chosen);
  } catch {
    // Not kept: the choice lasts as long as the page.
  }
}
