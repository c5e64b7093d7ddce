import { useEffect } from "preact/hooks";

const MARK = "takan-call";

/**
 * While its component is shown, the browser's "back" (on Android a swipe) calls `onBack` and leaves nothing: it takes one
 * history entry that is put in its way. Gives the way to put another there; after a reload the old one serves.
 */
export function useBackGuard(onBack: () => void): () => void {
  const guard = (): void => {
    if (history.state !== MARK) history.pushState(MARK, "");
  };
  useEffect(() => {
    const gone = (): void => {
      if (history.state !== MARK) onBack();
    };
    guard();
    globalThis.addEventListener("popstate", gone);
    return () => {
      globalThis.removeEventListener("popstate", gone);
      if (history.state === MARK) history.back();
    };
  }, []);
  return guard;
}
