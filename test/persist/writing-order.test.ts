import { expect, test } from "vitest";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { Heap, loadRoot, ROOT_SYMBOLS } from "../../src/memory/heap.js";
import { DataFile } from "../../src/persist/data-file.js";
import { PAGE_WORDS } from "../../src/persist/format.js";
import { SavedGraph } from "../../src/persist/saved-graph.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";

const CONTENT = {
  name: null,
  timeMs: 0,
  root: 0,
  symbols: 0,
  counters: [],
  chunkCount: 64,
  firstChunk: 4,
  entries: [],
  texts: 0,
  large: new Map<number, number>(),
};

test("pages that will be written again are written last, each part in order", () => {
  const file = DataFile.create(new RecordingDisk(), [1, 2, 3, 4]);
  const written: number[] = [];
  const source = {
    dirty: new Set([9, 3, 7, 5, 4]),
    isLive: () => true,
    isHot: (page: number) => page === 4 || page === 7,
    copyPage: (page: number) => void written.push(page),
  };
  const report = file.write(CONTENT as never, source, {
    mayReuse: true,
    keep: (records) => records,
  });
  expect(written).toEqual([3, 5, 9, 4, 7]);
  expect(report.pages).toBe(5);
});

test("a page is hot that has segments which writes keep changing, until all pages are written", () => {
  const heap = Heap.create({ maxBytes: 2 ** 26 });
  using env = Environment.create(heap);
  const facts = Array.from({ length: 6000 }, (_, n) => parseAtom(`(edge n${n} m)`));
  env.addAll(facts);
  for (const fact of facts.slice(3000, 3070)) env.remove(fact);
  const { root } = handleOf(env);
  const graph = new SavedGraph(heap.words, loadRoot(heap, ROOT_SYMBOLS));
  graph.advance(root, 0);
  const hot = [...graph.dirty].filter((page) => graph.isHot(page));
  expect(hot).toContain(Math.floor(root / PAGE_WORDS));
  expect(hot.length).toBeLessThan(graph.dirty.size / 3);
  const segments = env.inspect().relations[0]!.rows;
  expect(segments.filter((it) => it.writesFall === "one place").length).toBeGreaterThan(0);
  graph.clean();
  expect([...graph.dirty, root].some((page) => graph.isHot(page))).toBe(false);
});
