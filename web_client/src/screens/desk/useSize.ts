/** An element's size in pixels, as it is now. */

import type { Ref } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";

type Watched<E> = { readonly ref: Ref<E> & ((element: E | null) => void); readonly element: { readonly current: E | null }; readonly rect: { width: number; height: number } };

function useRect<E extends Element>(first: { width: number; height: number }): Watched<E> {
  const [rect, setRect] = useState(first);
  const element = useRef<E | null>(null);
  const watch = useRef<ResizeObserver | null>(null);
  const ref = useCallback((now: E | null) => {
    watch.current?.disconnect();
    element.current = now;
    if (!now || typeof ResizeObserver === "undefined") return;
    watch.current = new ResizeObserver(([entry]) => {
      const box = entry?.borderBoxSize[0];
      if (box) setRect({ width: box.inlineSize, height: box.blockSize });
    });
    watch.current.observe(now);
  }, []);
  return { ref, element, rect };
}

export function useWidth<E extends Element>(): [Watched<E>["ref"], number, Watched<E>["element"]] {
  const { ref, element, rect } = useRect<E>({ width: 800, height: 0 });
  return [ref, rect.width, element];
}

export function useHeight(): [(element: Element | null) => void, number] {
  const { ref, rect } = useRect<Element>({ width: 0, height: 0 });
  return [ref, rect.height];
}
