/** The heap as a map: its chunks, and the segments of one of them. */
import { scaleSequential, scaleSqrt } from "d3-scale";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { BlockShape, ChunkShape, HeapReport } from "../../src/inspector/protocol.js";
import { useAnswer, useSize } from "./hooks.js";
import { colorsOf, Empty, Legend, prepare } from "./parts.js";
import { ask } from "./server.js";
import { bytes, count, plural } from "./text.js";

const WORD_BYTES = 4;
const CELL = 34;
const GAP = 4;

/** What kinds are shown as one, and their colours. */
const GROUPS = [
  { name: "rows", color: "--k-rows", kinds: ["vector", "row span"] },
  {
    name: "trees",
    color: "--k-trees",
    kinds: ["tree leaf", "tree node", "tree root", "vector directory"],
  },
  { name: "names and texts", color: "--k-names", kinds: ["symbols", "symbol text", "tokens"] },
  {
    name: "environments",
    color: "--k-environments",
    kinds: ["environment", "space", "relation", "state", "shared root"],
  },
  { name: "maps", color: "--k-maps", kinds: ["map", "map entry"] },
  { name: "tasks", color: "--k-tasks", kinds: ["queue", "task", "budget", "ticket"] },
  { name: "other", color: "--k-other", kinds: [] },
] as const;

type Mode = "kind" | "sharing" | "writes";

function groupOf(kind: string): (typeof GROUPS)[number] {
  return GROUPS.find(({ kinds }) => (kinds as readonly string[]).includes(kind)) ?? GROUPS.at(-1)!;
}

export function MemoryView() {
  const heaps = useAnswer("heaps", 2000) ?? [];
  const [mode, setMode] = useState<Mode>("kind");
  const [chosen, setChosen] = useState<{ heap: number; chunk: number } | null>(null);
  if (heaps.every(({ chunks }) => chunks.length === 0)) {
    return <Empty>No heap has been looked at yet.</Empty>;
  }
  return (
    <div class="stack scrolls">
      <fieldset class="modes">
        <legend>Colour by</legend>
        {(["kind", "sharing", "writes"] as const).map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="mode"
              checked={mode === each}
              onChange={() => setMode(each)}
            />
            {each === "writes" ? "write frequency" : each}
          </label>
        ))}
      </fieldset>
      <ModeLegend mode={mode} heaps={heaps} />
      {heaps.map((heap) => (
        <HeapMap
          key={heap.heap}
          heap={heap}
          mode={mode}
          chosen={chosen?.heap === heap.heap ? chosen.chunk : null}
          choose={(chunk) => setChosen({ heap: heap.heap, chunk })}
        />
      ))}
      {chosen !== null && (
        <ChunkDetails
          key={`${chosen.heap} ${chosen.chunk}`}
          {...chosen}
          mode={mode}
          heaps={heaps}
        />
      )}
    </div>
  );
}

function ModeLegend({
  mode,
  heaps,
}: {
  readonly mode: Mode;
  readonly heaps: readonly HeapReport[];
}) {
  if (mode === "sharing") {
    return (
      <Legend
        items={[
          { name: "held by one", color: "--cold" },
          { name: "shared", color: "--hot" },
          { name: "free", color: "--free" },
        ]}
      />
    );
  }
  if (mode === "writes") {
    return (
      <Legend
        items={[
          { name: "not written lately", color: "--cold" },
          { name: "written often", color: "--hot" },
          { name: "free", color: "--free" },
        ]}
      />
    );
  }
  const words = new Map<string, number>();
  for (const { chunks } of heaps) {
    for (const { kinds } of chunks) {
      for (const [kind, size] of Object.entries(kinds)) {
        const { name } = groupOf(kind);
        words.set(name, (words.get(name) ?? 0) + size);
      }
    }
  }
  return (
    <Legend
      items={GROUPS.map(({ name, color }) => ({
        name,
        color,
        note: bytes((words.get(name) ?? 0) * WORD_BYTES),
      }))}
    />
  );
}

/** From cold to hot. */
function heat(color: (name: string) => string): (share: number) => string {
  const scale = scaleSqrt().domain([0, 1]).range([0, 1]).clamp(true);
  const mix = scaleSequential(
    (t: number) =>
      `color-mix(in oklab, ${color("--hot")} ${Math.round(t * 100)}%, ${color("--cold")})`,
  ).domain([0, 1]);
  return (share) => mix(scale(share));
}

const MOST_WRITES = 255;

function HeapMap({
  heap,
  mode,
  chosen,
  choose,
}: {
  readonly heap: HeapReport;
  readonly mode: Mode;
  readonly chosen: number | null;
  readonly choose: (chunk: number) => void;
}) {
  const [frame, { width }] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const columns = Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
  const height = Math.ceil(heap.chunks.length / columns) * (CELL + GAP);
  const used = heap.chunks.reduce((sum, { usedWords }) => sum + usedWords, 0);
  const shared = heap.chunks.reduce((sum, { sharedWords }) => sum + sharedWords, 0);
  const index = heap.chunks.findIndex(({ chunk }) => chunk === chosen);
  useEffect(() => {
    if (width === 0) return;
    const context = prepare(canvas.current!, width, height);
    const color = colorsOf(canvas.current!);
    const hot = heat(color);
    for (const [place, chunk] of heap.chunks.entries()) {
      const x = (place % columns) * (CELL + GAP);
      const y = Math.floor(place / columns) * (CELL + GAP);
      context.fillStyle = color("--free");
      context.fillRect(x, y, CELL, CELL);
      drawChunk(context, chunk, heap.chunkWords, { x, y, mode, color, hot });
      if (place !== index) continue;
      context.strokeStyle = color("--text");
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, CELL - 2, CELL - 2);
    }
  }, [heap, mode, width, height, chosen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = heap.chunks[Math.max(0, Math.min(heap.chunks.length - 1, index + move))];
    if (next !== undefined) choose(next.chunk);
  };
  return (
    <section aria-label={`Heap ${heap.heap}`}>
      <h2>
        Heap {heap.heap}{" "}
        <span class="muted">
          {plural(heap.chunks.length, "chunk")}, {bytes(used * WORD_BYTES)} in use,{" "}
          {used === 0 ? 0 : Math.round((100 * shared) / used)} % of that shared,{" "}
          {bytes(heap.reservedBytes)} reserved
        </span>
      </h2>
      <div ref={frame}>
        <canvas
          ref={canvas}
          class="heap"
          style={{ width: "100%", height: `${height}px` }}
          tabIndex={0}
          role="application"
          aria-label="Chunks of the heap in order of addresses. Arrow keys choose one, whose segments are shown below."
          onKeyDown={onKeyDown}
          onClick={(event) => {
            const box = canvas.current!.getBoundingClientRect();
            const column = Math.floor((event.clientX - box.left) / (CELL + GAP));
            const row = Math.floor((event.clientY - box.top) / (CELL + GAP));
            const chunk = heap.chunks[row * columns + column];
            if (chunk !== undefined) choose(chunk.chunk);
          }}
        />
      </div>
    </section>
  );
}

interface Pen {
  readonly x: number;
  readonly y: number;
  readonly mode: Mode;
  readonly color: (name: string) => string;
  readonly hot: (share: number) => string;
}

function drawChunk(
  context: CanvasRenderingContext2D,
  chunk: ChunkShape,
  chunkWords: number,
  { x, y, mode, color, hot }: Pen,
): void {
  const whole = Math.max(chunkWords, chunk.usedWords);
  let top = y + CELL;
  const fill = (words: number, style: string): void => {
    const height = (words / whole) * CELL;
    top -= height;
    context.fillStyle = style;
    context.fillRect(x, top, CELL, height);
  };
  if (mode === "sharing") {
    fill(chunk.sharedWords, color("--hot"));
    fill(chunk.usedWords - chunk.sharedWords, color("--cold"));
  } else if (mode === "writes") {
    fill(chunk.usedWords, hot(chunk.writes / MOST_WRITES));
  } else {
    for (const [kind, words] of Object.entries(chunk.kinds))
      fill(words, color(groupOf(kind).color));
  }
}

const BLOCK_ROW = 12;

function ChunkDetails({
  heap,
  chunk,
  mode,
  heaps,
}: {
  readonly heap: number;
  readonly chunk: number;
  readonly mode: Mode;
  readonly heaps: readonly HeapReport[];
}) {
  const [frame, { width }] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [blocks, setBlocks] = useState<readonly BlockShape[]>([]);
  const [pointed, setPointed] = useState<BlockShape | null>(null);
  const shape = heaps
    .find((each) => each.heap === heap)
    ?.chunks.find((each) => each.chunk === chunk);
  useEffect(() => {
    void ask("blocks", { heap, chunk }).then((found) => setBlocks(found ?? []));
  }, [heap, chunk]);
  // All blocks of a chunk have one size.
  const size = useMemo(
    () => Math.max(3, Math.min(24, Math.sqrt((width * 160) / Math.max(1, blocks.length)))),
    [width, blocks],
  );
  const columns = Math.max(1, Math.floor(width / size));
  const height = Math.min(360, Math.ceil(blocks.length / columns) * size + BLOCK_ROW);
  useEffect(() => {
    if (width === 0) return;
    const context = prepare(canvas.current!, width, height);
    const color = colorsOf(canvas.current!);
    const hot = heat(color);
    for (const [index, block] of blocks.entries()) {
      const isFree = block.holders === 0;
      if (isFree) context.fillStyle = color("--free");
      else if (mode === "sharing")
        context.fillStyle = color(block.holders === 1 ? "--cold" : "--hot");
      else if (mode === "writes") context.fillStyle = hot(block.writes / MOST_WRITES);
      else context.fillStyle = color(groupOf(block.kind).color);
      context.fillRect(
        (index % columns) * size,
        Math.floor(index / columns) * size,
        size - 1,
        size - 1,
      );
    }
  }, [blocks, mode, width, height]);
  if (shape === undefined) return null;
  const at = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / size);
    setPointed(blocks[Math.floor((event.clientY - box.top) / size) * columns + column] ?? null);
  };
  return (
    <section aria-label="Segments of the chosen chunk">
      <h2>
        Chunk {chunk}{" "}
        <span class="muted">
          of thread {shape.thread}, blocks of {bytes(shape.blockWords * WORD_BYTES)},{" "}
          {bytes(shape.usedWords * WORD_BYTES)} in use
        </span>
      </h2>
      <p class="note" role="status">
        {pointed === null
          ? Object.entries(shape.kinds)
              .map(([kind, words]) => `${kind} ${bytes(words * WORD_BYTES)}`)
              .join(" · ")
          : `${pointed.kind} at ${count(pointed.address)}, ${bytes(pointed.words * WORD_BYTES)}, ${holdersText(pointed.holders)}, ${plural(pointed.writes, "write")} lately`}
      </p>
      <div ref={frame}>
        <canvas
          ref={canvas}
          style={{ width: "100%", height: `${height}px` }}
          role="img"
          aria-label={`${plural(blocks.length, "block")} of the chunk`}
          onMouseMove={at}
          onMouseLeave={() => setPointed(null)}
        />
      </div>
    </section>
  );
}

function holdersText(holders: number): string {
  if (holders < 0) return "frozen";
  return holders === 0 ? "free" : plural(holders, "holder");
}
