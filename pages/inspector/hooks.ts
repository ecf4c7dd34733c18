/** What the views share: being drawn again, asking again and again, lists of which only what shows is drawn. */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { InspectionEvent } from "../../src/inspector/protocol.js";
import { type Answers, ask, events } from "./server.js";

export function useEvents(): readonly InspectionEvent[] {
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  useEffect(() => events.subscribe(() => redraw(0)), []);
  return events.all;
}

/** The answer, asked for anew every so often; null before the first. */
export function useAnswer<Name extends keyof Answers>(
  name: Name,
  everyMs: number,
  query: Readonly<Record<string, string | number>> = {},
): Answers[Name] | null {
  const [answer, setAnswer] = useState<Answers[Name] | null>(null);
  const key = JSON.stringify(query);
  useEffect(() => {
    let isWanted = true;
    const look = async (): Promise<void> => {
      const found = await ask(name, JSON.parse(key) as Record<string, string>);
      if (isWanted && found !== null) setAnswer(() => found);
    };
    void look();
    const timer = everyMs > 0 ? setInterval(() => void look(), everyMs) : undefined;
    return () => {
      isWanted = false;
      clearInterval(timer);
    };
  }, [name, everyMs, key]);
  return answer;
}

/** The size of an element, followed. */
export function useSize(): [
  { readonly current: HTMLDivElement | null },
  { readonly width: number; readonly height: number },
] {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setSize({ width, height });
    });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, size];
}

/** The rows of a long list that show. */
export function useRows(
  count: number,
  rowHeight: number,
): {
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly rows: readonly VirtualItem[];
  readonly height: number;
  readonly scrollTo: (index: number) => void;
} {
  const scroller = useRef<HTMLDivElement>(null);
  const [, redraw] = useReducer((turn: number) => turn + 1, 0);
  const virtualizer = useRef<Virtualizer<HTMLDivElement, Element> | null>(null);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(0),
  };
  virtualizer.current ??= new Virtualizer<HTMLDivElement, Element>(options);
  const list = virtualizer.current;
  list.setOptions(options);
  useEffect(() => list._didMount(), [list]);
  useEffect(() => list._willUpdate());
  return {
    scroller,
    rows: list.getVirtualItems(),
    height: list.getTotalSize(),
    scrollTo: (index) => list.scrollToIndex(index, { align: "center" }),
  };
}
