/** The key a link was bound to, kept in this browser so that the same link opens the same session again. */
import { randomKey } from "./digest";

export type Keys = {
  /** The key made for this link, or null if this browser has not opened it. */
  of: (token: string) => string | null;
  /** The same, making and keeping one if there is none. */
  make: (token: string) => string;
};

/** Keys in `storage`; without any (private browsing) they last as long as the page. */
export function keysIn(storage: Storage | null): Keys {
  const held = new Map<string, string>();
  const name = (token: string): string => `takan.key.${token}`;
  const of = (token: string): string | null => held.get(token) ?? storage?.getItem(name(token)) ?? null;
  return {
    of,
    make: (token) => {
      const key = of(token) ?? randomKey();
      held.set(token, key);
      try {
        storage?.setItem(name(token), key);
      } catch {
        // Storage is full or forbidden: the key lasts as long as the page.
      }
      return key;
    },
  };
}
