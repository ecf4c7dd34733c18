/** What each thread did when: branches, tasks and whom they were stolen from, waits. */
import { scaleLinear } from "d3-scale";
import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { InspectionEvent } from "../../src/inspector/protocol.js";
import { useEvents, useSize } from "./hooks.js";
import { colorsOf, Empty, Legend, prepare } from "./parts.js";
import { count, duration } from "./text.js";

interface Span {
  readonly thread: number;
  readonly t: number;
  readonly ms: number;
  readonly kind: "branch" | "task" | "stolen" | "wait" | "question" | "union";
  readonly text: string;
}

const LANE = 54;
const TOP = 26;
const LABELS = 84;
const COLORS: Readonly<Record<Span["kind"], string>> = {
  question: "--c-question",
  branch: "--c-branch",
  task: "--c-task",
  stolen: "--c-stolen",
  wait: "--c-wait",
  union: "--c-union",
};
/** Each kind in a row of its own within the lane. */
const ROWS: Readonly<Record<Span["kind"], readonly [number, number]>> = {
  question: [0, 12],
  union: [0, 12],
  branch: [14, 16],
  task: [32, 8],
  stolen: [32, 8],
  wait: [42, 6],
};

function spansOf(events: readonly InspectionEvent[], now: number): Span[] {
  const ended = new Map<number, number>();
  for (const event of events) if (event.kind === "ran") ended.set(event.run, event.ms);
  return events.flatMap((event): Span[] => {
    const { thread, t } = event;
    switch (event.kind) {
      case "run": {
        const ms = ended.get(event.run) ?? now - t;
        return [{ thread, t, ms, kind: "question", text: `!${event.text}` }];
      }
      case "branch":
        return [{ thread, t, ms: event.ms, kind: "branch", text: event.text }];
      case "task": {
        const isStolen = event.forker !== null;
        const whose = isStolen ? ` of a fork on thread ${event.forker}` : "";
        const text = `task of ${count(event.branches)} branches${whose}`;
        return [{ thread, t, ms: event.ms, kind: isStolen ? "stolen" : "task", text }];
      }
      case "wait":
        return [{ thread, t, ms: event.ms, kind: "wait", text: `waits for ${event.what}` }];
      case "union":
        return [{ thread, t, ms: event.ms, kind: "union", text: "union" }];
      default:
        return [];
    }
  });
}

export function ThreadsView() {
  const events = useEvents();
  const length = events.length;
  const spans = useMemo(() => spansOf(events, Date.now()), [length]);
  const threads = useMemo(
    () => [...new Set(spans.map(({ thread }) => thread))].toSorted((one, other) => one - other),
    [spans],
  );
  if (spans.length === 0) return <Empty>No thread has told of anything yet.</Empty>;
  return (
    <div class="stack">
      <Legend
        items={[
          { name: "question", color: "--c-question" },
          { name: "branch", color: "--c-branch" },
          { name: "task", color: "--c-task" },
          { name: "stolen task", color: "--c-stolen" },
          { name: "wait", color: "--c-wait" },
          { name: "union", color: "--c-union" },
        ]}
      />
      <Timeline spans={spans} threads={threads} />
      <Totals spans={spans} threads={threads} />
    </div>
  );
}

function Timeline({
  spans,
  threads,
}: {
  readonly spans: readonly Span[];
  readonly threads: readonly number[];
}) {
  const [frame, { width }] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const zooming = useRef<ZoomBehavior<HTMLCanvasElement, unknown> | null>(null);
  const [transform, setTransform] = useState<ZoomTransform>(zoomIdentity);
  const [pointed, setPointed] = useState<{ span: Span; x: number; y: number } | null>(null);
  const height = TOP + threads.length * LANE;
  const start = Math.min(...spans.map(({ t }) => t));
  const end = Math.max(...spans.map(({ t, ms }) => t + ms), start + 1);
  const scale = transform.rescaleX(
    scaleLinear()
      .domain([start, end])
      .range([LABELS, Math.max(LABELS + 1, width - 10)]),
  );
  useEffect(() => {
    const behavior = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([1, 20_000])
      .on("zoom", (event: { transform: ZoomTransform }) => setTransform(event.transform));
    zooming.current = behavior;
    select(canvas.current!).call(behavior);
  }, []);
  useEffect(() => {
    zooming
      .current!.extent([
        [LABELS, 0],
        [Math.max(LABELS + 1, width), height],
      ])
      .translateExtent([
        [LABELS, 0],
        [Math.max(LABELS + 1, width), height],
      ]);
  }, [width, height]);
  useEffect(() => {
    if (width === 0) return;
    const context = prepare(canvas.current!, width, height);
    const color = colorsOf(canvas.current!);
    drawLanes(context, color, threads, width);
    drawAxis(context, color, scale, start, height, width);
    context.save();
    context.beginPath();
    context.rect(LABELS, TOP, width - LABELS, height);
    context.clip();
    for (const span of spans) {
      const lane = TOP + threads.indexOf(span.thread) * LANE;
      const x = scale(span.t);
      const right = scale(span.t + span.ms);
      if (right < LABELS || x > width) continue;
      const [row, size] = ROWS[span.kind];
      context.fillStyle = color(COLORS[span.kind]);
      const length = Math.max(1.5, right - x);
      context.fillRect(x, lane + 3 + row, length, size);
      if (span.kind === "branch" && length > 40) {
        context.fillStyle = color("--on-branch");
        context.font = "11px ui-monospace, monospace";
        const text = span.text.slice(0, Math.floor((length - 8) / 6.7));
        context.fillText(text, Math.max(x, LABELS) + 4, lane + row + 15);
      }
    }
    context.restore();
  }, [spans, threads, width, height, transform]);
  const at = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const t = scale.invert(x);
    const slack = scale.invert(x + 2) - t;
    const lane = Math.floor((y - TOP) / LANE);
    const inLane = y - TOP - lane * LANE - 3;
    const span = spans.findLast(
      (each) =>
        each.thread === threads[lane] &&
        each.t - slack <= t &&
        t <= each.t + each.ms + slack &&
        ROWS[each.kind][0] <= inLane &&
        inLane <= ROWS[each.kind][0] + ROWS[each.kind][1],
    );
    setPointed(span === undefined ? null : { span, x, y });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const view = select(canvas.current!);
    const behavior = zooming.current!;
    const steps: Record<string, () => void> = {
      "+": () => behavior.scaleBy(view, 1.6),
      "=": () => behavior.scaleBy(view, 1.6),
      "-": () => behavior.scaleBy(view, 1 / 1.6),
      ArrowLeft: () => behavior.translateBy(view, 80 / transform.k, 0),
      ArrowRight: () => behavior.translateBy(view, -80 / transform.k, 0),
      "0": () => behavior.transform(view, zoomIdentity),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  };
  return (
    <div class="timeline" ref={frame}>
      <canvas
        ref={canvas}
        style={{ width: "100%", height: `${height}px` }}
        tabIndex={0}
        role="application"
        aria-label="Threads over time. Plus and minus zoom, arrow keys move, 0 shows all. The table below has the sums."
        onMouseMove={at}
        onMouseLeave={() => setPointed(null)}
        onKeyDown={onKeyDown}
      />
      {pointed !== null && (
        <div
          class="tip"
          style={{ left: `${Math.min(pointed.x + 12, width - 260)}px`, top: `${pointed.y + 14}px` }}
        >
          <strong>{pointed.span.text}</strong>
          <br />
          {duration(pointed.span.ms)}, {duration(pointed.span.t - start)} after the first
        </div>
      )}
    </div>
  );
}

function drawLanes(
  context: CanvasRenderingContext2D,
  color: (name: string) => string,
  threads: readonly number[],
  width: number,
): void {
  context.font = "12px system-ui, sans-serif";
  for (const [index, thread] of threads.entries()) {
    const y = TOP + index * LANE;
    if (index % 2 === 0) {
      context.fillStyle = color("--stripe");
      context.fillRect(0, y, width, LANE);
    }
    context.fillStyle = color("--text");
    context.fillText(thread === 0 ? "pool owner" : `thread ${thread}`, 12, y + LANE / 2 + 4);
  }
}

function drawAxis(
  context: CanvasRenderingContext2D,
  color: (name: string) => string,
  scale: { ticks(count: number): number[]; domain(): number[]; (value: number): number },
  start: number,
  height: number,
  width: number,
): void {
  const [from = 0, to = 1] = scale.domain();
  const relative = scaleLinear().domain([from - start, to - start]);
  for (const tick of relative.ticks(Math.max(2, Math.floor(width / 130)))) {
    const x = scale(tick + start);
    if (x < LABELS) continue;
    context.fillStyle = color("--line");
    context.fillRect(x, TOP - 4, 1, height);
    context.fillStyle = color("--muted");
    context.fillText(tick === 0 ? "0" : duration(tick), x + 4, 14);
  }
}

function Totals({
  spans,
  threads,
}: {
  readonly spans: readonly Span[];
  readonly threads: readonly number[];
}) {
  const sum = (thread: number, kinds: readonly Span["kind"][]): string => {
    const found = spans.filter((span) => span.thread === thread && kinds.includes(span.kind));
    const ms = found.reduce((all, span) => all + span.ms, 0);
    return found.length === 0 ? "–" : `${count(found.length)} in ${duration(ms)}`;
  };
  return (
    <table>
      <caption>What the threads have told of</caption>
      <thead>
        <tr>
          <th scope="col">thread</th>
          <th scope="col">branches</th>
          <th scope="col">tasks</th>
          <th scope="col">of these stolen</th>
          <th scope="col">waits</th>
        </tr>
      </thead>
      <tbody>
        {threads.map((thread) => (
          <tr key={thread}>
            <th scope="row">{thread === 0 ? "pool owner" : thread}</th>
            <td>{sum(thread, ["branch"])}</td>
            <td>{sum(thread, ["task", "stolen"])}</td>
            <td>{sum(thread, ["stolen"])}</td>
            <td>{sum(thread, ["wait"])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
