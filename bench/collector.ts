/**
 * The collector: a server that meets ever new names, a thousand of which are in use at a time. Reported: how the heap grows
 * once it is warm, the longest slice, and what collecting costs beside a heap that does not collect.
 *
 * `npm run bench -- collector --names 10000000`; 1,000,000 unless given.
 */
import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { Environment, expression, Heap, symbol } from "../src/index.js";
import { atMost, type Figure, figure, medianOf, ratio } from "./figure.js";

const ALIVE = 1000;
const NAMES = 1_000_000;
const COMPARED = 200_000;
const ROUNDS = 3;
/** Requests between two turns of the event loop. */
const BURST = 100;
/** Part of the run after which the heap is warm. */
const WARM = 0.3;

export async function run(options: readonly string[]): Promise<Figure[]> {
  const at = options.indexOf("--names");
  const names = at < 0 ? NAMES : Number(options[at + 1]);
  const heap = Heap.create();
  let warmBytes = 0;
  let mostBytes = 0;
  const startMs = performance.now();
  await serve(heap, names, (served) => {
    if (served < names * WARM) warmBytes = Math.max(warmBytes, heap.claimedBytes());
    mostBytes = Math.max(mostBytes, heap.claimedBytes());
  });
  const requestUs = ((performance.now() - startMs) * 1000) / names;
  const { collector } = heap.stats();
  const perSlice = (collector.totalPauseMs * 1000) / Math.max(1, collector.slices);
  const costs = await compare();
  return [
    figure("names", names, "count"),
    figure("request", requestUs, "µs"),
    figure("heap, warm", warmBytes / 2 ** 20, "MiB"),
    ratio("heap, most", mostBytes, "heap, warm", warmBytes, atMost(1.2)),
    figure("collections", collector.collections, "count"),
    figure("slices", collector.slices, "count"),
    figure("slice, mean", perSlice, "µs"),
    figure("slice, longest", collector.longestPauseMs, "ms", atMost(2)),
    ratio("requests, collecting", costs.on, "not collecting", costs.off),
  ];
}

/** Adds a fact about a new name and removes that about an old one, for each request. */
async function serve(
  heap: Heap,
  names: number,
  look: (served: number) => void = () => undefined,
): Promise<void> {
  const environment = Environment.create(heap);
  const session = symbol("session");
  const fact = (index: number) => expression([session, symbol(`user-${index}`)]);
  for (let index = 0; index < names; index++) {
    environment.add(fact(index));
    if (index >= ALIVE) environment.remove(fact(index - ALIVE));
    if (index % BURST !== 0) continue;
    look(index);
    await turn();
  }
  environment.dispose();
}

async function compare(): Promise<{ on: number; off: number }> {
  const costs = { on: [] as number[], off: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, autoCollect] of [
      ["on", true],
      ["off", false],
    ] as const) {
      const before = process.cpuUsage();
      await serve(Heap.create({ autoCollect }), COMPARED);
      const { user, system } = process.cpuUsage(before);
      costs[name].push(user + system);
    }
  }
  return { on: medianOf(costs.on), off: medianOf(costs.off) };
}
