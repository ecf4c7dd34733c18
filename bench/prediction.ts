/**
 * First writes: what the first write of a fork costs beside the second of the same kind, in programs that fork again
 * and again from one base and write in the same places; and what the writes after a snapshot cost beside those without
 * one. All contenders of a figure take turns in one run.
 *
 * A fork writes twice and goes. `tail`: it adds a fact. `hot`: it gives one of twenty facts that stand all over the
 * base another value, and the same one again; `all hot`: all twenty of them. `five`: it adds a fact to each of five
 * relations, and again. With shadows, what a fork will write is copied before it is made, in a time that is not counted
 * but named; `by another thread`: on a second thread, which hands it over.
 */
import { Worker } from "node:worker_threads";
import { Map as ImmutableMap } from "immutable";
import SortedBTree from "sorted-btree";
import { Environment, environmentOn, handleOf } from "../src/environment/environment.js";
import { handleOn } from "../src/environment/lifecycle.js";
import { storeOf } from "../src/environment/workspace.js";
import { Heap } from "../src/memory/heap.js";
import {
  type Atom,
  type Expression,
  expression,
  integer,
  symbol,
  variable,
} from "../src/term/atom.js";
import { atLeast, atMost, type Figure, figure, ratio } from "./figure.js";
import { consume } from "./harness.js";

const SIZES = [100_000, 1_000_000];
const HEAP_BYTES: number = 2 ** 30;
const HOT = 20;
const RELATIONS = 5;
const WARM_UP = 4000;
const FORKS = 12_000;
const BURST = 10_000;
const BURST_FACTS = 1000;
const BURSTS = 12;
const RANDOM_WRITES = 100;
const RANDOM_FORKS = 400;

const x = variable("x");
const names = Array.from({ length: RELATIONS }, (_, index) => symbol(`r${index}`));

function fact(relation: number, key: number, value: number): Expression {
  return expression([names[relation]!, integer(key), integer(value)]);
}

/** `count` facts in so many relations, with an index of both arguments if asked for. */
function baseOf(heap: Heap, count: number, relations: number, isIndexed: boolean): Environment {
  const base = Environment.create(heap);
  base.addAll(facts(count, relations));
  if (!isIndexed) return base;
  for (let relation = 0; relation < relations; relation++) {
    consume(base.countMatches(expression([names[relation]!, integer(relation), x])));
    consume(base.countMatches(expression([names[relation]!, x, integer(0)])));
  }
  return base;
}

function* facts(count: number, relations: number): Generator<Atom> {
  for (let key = 0; key < count; key++) yield fact(key % relations, key, 0);
}

/** What a fork does: two writes of a kind in something that is like the base. */
interface Writer<Fork> {
  fork(): Fork;
  write(fork: Fork, round: number, turn: 0 | 1): void;
  end(fork: Fork): void;
}

function endOf(fork: Environment): void {
  fork.dispose();
}

function tailWriter(base: Environment, count: number): Writer<Environment> {
  return {
    fork: () => base.clone(),
    write: (fork, round, turn) => fork.add(fact(0, count + round, turn)),
    end: endOf,
  };
}

function allHotWriter(base: Environment, count: number): Writer<Environment> {
  return {
    fork: () => base.clone(),
    write: (fork, _round, turn) => {
      for (let hot = 0; hot < HOT; hot++) update(fork, keyOfHot(hot, count), turn);
    },
    end: endOf,
  };
}

function keyOfHot(round: number, count: number): number {
  return (round % HOT) * (count / HOT) + 17;
}

function hotWriter(base: Environment, count: number): Writer<Environment> {
  return {
    fork: () => base.clone(),
    write: (fork, round, turn) => update(fork, keyOfHot(round, count), turn),
    end: endOf,
  };
}

function update(env: Environment, key: number, value: number): void {
  if (!env.remove(fact(0, key, value))) throw new Error(`no fact ${key}`);
  env.add(fact(0, key, value + 1));
}

function fiveWriter(base: Environment, count: number): Writer<Environment> {
  return {
    fork: () => base.clone(),
    write: (fork, round, turn) => {
      for (let relation = 0; relation < RELATIONS; relation++) {
        fork.add(fact(relation, count + round, turn));
      }
    },
    end: endOf,
  };
}

function sortedBTreeWriter(
  count: number,
  isHot: boolean,
): Writer<{ set(key: number, value: number): unknown }> {
  const tree = new SortedBTree.default<number, number>(
    Array.from({ length: count }, (_, key) => [key, 0]),
  );
  return {
    fork: () => tree.clone(),
    write: (fork, round, turn) => {
      fork.set(isHot ? keyOfHot(round, count) : count + round, turn + 1);
    },
    end: () => {},
  };
}

function immutableWriter(
  count: number,
  isHot: boolean,
): Writer<{ map: ImmutableMap<number, number> }> {
  const base = ImmutableMap(Array.from({ length: count }, (_, key) => [key, 0] as const));
  return {
    fork: () => ({ map: base }),
    write: (fork, round, turn) => {
      fork.map = fork.map.set(isHot ? keyOfHot(round, count) : count + round, turn + 1);
    },
    end: () => {},
  };
}

/** Microseconds, ascending. */
type Times = Float64Array;

function quantile(times: Times, share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
}

/** Times of the first and the second write of many forks, all contenders in turn. */
function timesOf(writers: readonly Writer<unknown>[]): { first: Times; second: Times }[] {
  const samples = writers.map(() => ({
    first: new Float64Array(FORKS),
    second: new Float64Array(FORKS),
  }));
  for (let round = 0; round < WARM_UP + FORKS; round++) {
    for (const [index, writer] of writers.entries()) {
      const { first, second } = samples[index]!;
      const fork = writer.fork();
      const start = performance.now();
      writer.write(fork, round, 0);
      const middle = performance.now();
      writer.write(fork, round, 1);
      const end = performance.now();
      writer.end(fork);
      if (round < WARM_UP) continue;
      first[round - WARM_UP] = (middle - start) * 1000;
      second[round - WARM_UP] = (end - middle) * 1000;
    }
  }
  for (const { first, second } of samples) {
    first.sort();
    second.sort();
  }
  return samples;
}

const MEDIAN = 0.5;
const TAIL = 0.99;

function figuresOf(name: string, first: Times, second: Times, isOurs: boolean): Figure[] {
  const found = [
    figure(`${name}: first write, p50`, quantile(first, MEDIAN), "µs"),
    figure(`${name}: first write, p99`, quantile(first, TAIL), "µs"),
    figure(`${name}: second write, p50`, quantile(second, MEDIAN), "µs"),
  ];
  if (!isOurs) return found;
  found.push(
    ratio(
      `${name}: first`,
      quantile(first, MEDIAN),
      "second",
      quantile(second, MEDIAN),
      atMost(1.5),
    ),
  );
  return found;
}

function forks(heap: Heap, count: number): Figure[] {
  const bare = baseOf(heap, count, 1, false);
  const indexed = baseOf(heap, count, 1, true);
  const five = baseOf(heap, count, RELATIONS, true);
  const name = `${count / 1000}k`;
  const ours: Record<string, Writer<Environment>> = {
    [`${name} tail, no index`]: tailWriter(bare, count),
    [`${name} tail, two indexes`]: tailWriter(indexed, count),
    [`${name} hot, two indexes`]: hotWriter(indexed, count),
    [`${name} five relations, two indexes each`]: fiveWriter(five, count),
  };
  const peers: Record<string, Writer<never>> = {
    [`${name} tail, sorted-btree`]: sortedBTreeWriter(count, false) as Writer<never>,
    [`${name} hot, sorted-btree`]: sortedBTreeWriter(count, true) as Writer<never>,
    [`${name} tail, immutable`]: immutableWriter(count, false) as Writer<never>,
    [`${name} hot, immutable`]: immutableWriter(count, true) as Writer<never>,
  };
  const all = { ...ours, ...peers };
  const times = timesOf(Object.values(all) as Writer<unknown>[]);
  const found = Object.keys(all).flatMap((each, index) => {
    const { first, second } = times[index]!;
    return figuresOf(each, first, second, each in ours);
  });
  for (const base of [bare, indexed, five]) base.dispose();
  return found;
}

/** Updates of hot facts of a million, each timed, with and without a snapshot that is held meanwhile. */
function bursts(heap: Heap, count: number): Figure[] {
  const plain = baseOf(heap, count, 1, true);
  const kept = baseOf(heap, count, 1, true);
  const samples = { without: [] as number[], held: [] as number[] };
  for (let round = 0; round < BURSTS; round++) {
    // Whoever comes second would profit from what the first left in the caches.
    const order = round % 2 === 0 ? [plain, kept] : [kept, plain];
    for (const env of order) {
      const times = burst(env, count, round, env === kept);
      if (round > 1) (env === kept ? samples.held : samples.without).push(...times);
    }
  }
  const held = Float64Array.from(samples.held).sort();
  const without = Float64Array.from(samples.without).sort();
  plain.dispose();
  kept.dispose();
  return [
    figure("burst without a snapshot, p50", quantile(without, MEDIAN), "µs"),
    figure("burst without a snapshot, p99", quantile(without, TAIL), "µs"),
    figure("burst after a snapshot, p50", quantile(held, MEDIAN), "µs"),
    figure("burst after a snapshot, p99", quantile(held, TAIL), "µs"),
    ratio(
      "p99 after a snapshot",
      quantile(held, TAIL),
      "p99 without",
      quantile(without, TAIL),
      atMost(2),
    ),
  ];
}

function burst(env: Environment, count: number, round: number, isSnapshotHeld: boolean): number[] {
  const times: number[] = [];
  const snapshot = isSnapshotHeld ? env.clone() : null;
  const each = BURST / BURST_FACTS;
  for (let write = 0; write < BURST; write++) {
    const key = (write % BURST_FACTS) * (count / BURST_FACTS);
    const value = round * each + Math.floor(write / BURST_FACTS);
    const start = performance.now();
    update(env, key, value);
    times.push((performance.now() - start) * 1000);
  }
  snapshot?.dispose();
  return times;
}

/** Forks that write a hundred facts anywhere: what nothing can foresee. */
function randomWrites(heap: Heap, count: number): Figure[] {
  const base = baseOf(heap, count, 1, true);
  let state = 88_172_645;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
  const started = process.cpuUsage();
  for (let round = 0; round < RANDOM_FORKS; round++) {
    using fork = base.clone();
    for (let write = 0; write < RANDOM_WRITES; write++) {
      const key = next();
      if (fork.remove(fact(0, key, 0))) fork.add(fact(0, key, 1));
    }
  }
  const { user, system } = process.cpuUsage(started);
  base.dispose();
  return [figure("random updates", (user + system) / (RANDOM_FORKS * RANDOM_WRITES), "µs each")];
}

/** The same writers in a heap with shadows and in one without, in turn. */
function shadows(kind: "recent" | "markov", count: number): Figure[] {
  const heaps = [
    Heap.create({ maxBytes: HEAP_BYTES }),
    Heap.create({ maxBytes: HEAP_BYTES, shadows: kind }),
  ];
  const makers = { tail: tailWriter, hot: hotWriter, "all hot": allHotWriter };
  const found: Figure[] = [];
  for (const [name, make] of [...Object.entries(makers), ["five", fiveWriter] as const]) {
    const writers = heaps.map((heap) => {
      const base = baseOf(heap, count, name === "five" ? RELATIONS : 1, true);
      const idle = { timeUs: 0, slices: 0 };
      const writer = make(base, count);
      const end = (fork: Environment): void => {
        writer.end(fork);
        const start = performance.now();
        storeOf(heap).shadows?.prepare();
        idle.timeUs += (performance.now() - start) * 1000;
        idle.slices++;
      };
      return { base, idle, heap, before: { ...heap.stats().shadows }, writer: { ...writer, end } };
    });
    const [off, on] = timesOf(writers.map((it) => it.writer) as Writer<unknown>[]);
    found.push(...shadowFigures(`${count / 1000}k ${name}, ${kind}`, off!, on!, writers[1]!));
    for (const { base } of writers) base.dispose();
  }
  return found;
}

interface Shadowed {
  readonly heap: Heap;
  readonly idle: { readonly timeUs: number; readonly slices: number };
  readonly before: { readonly hits: number; readonly misses: number; readonly made: number };
}

function shadowFigures(
  name: string,
  off: { first: Times; second: Times },
  on: { first: Times; second: Times },
  { heap, idle, before }: Shadowed,
): Figure[] {
  const { hits, misses } = heap.stats().shadows;
  const found = hits - before.hits;
  const second = quantile(on.second, MEDIAN);
  return [
    figure(`${name}: first write without, p50`, quantile(off.first, MEDIAN), "µs"),
    figure(`${name}: first write, p50`, quantile(on.first, MEDIAN), "µs"),
    figure(`${name}: first write, p99`, quantile(on.first, TAIL), "µs"),
    figure(`${name}: made in advance`, idle.timeUs / idle.slices, "µs a fork"),
    ratio(`${name}: first`, quantile(on.first, MEDIAN), "second", second, atMost(1.5)),
    ratio(`${name}: hits`, found, "forks", found + misses - before.misses, atLeast(0.9)),
  ];
}

/** First writes of environments that another thread has made writable where they will be written. */
async function byAnotherThread(count: number): Promise<Figure[]> {
  const heap = Heap.create({ maxBytes: HEAP_BYTES, shadows: "recent" });
  const base = baseOf(heap, count, 1, true);
  const ring = new Int32Array(new SharedArrayBuffer(4 * 4));
  const worker = new Worker(new URL("./prediction-worker.js", import.meta.url), {
    workerData: { heap: heap.share(), environment: base.share(), ring, count },
  });
  const { root } = handleOf(base);
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + FORKS; round++) {
    let shadow = 0;
    while (shadow === 0) shadow = Atomics.exchange(ring, round % ring.length, 0);
    const fork = environmentOn(handleOn(heap, shadow));
    const start = performance.now();
    fork.add(fact(0, count + round, 0));
    if (round >= WARM_UP) times.push((performance.now() - start) * 1000);
    fork.dispose();
  }
  await worker.terminate();
  if (handleOf(base).root !== root) throw new Error("the base was written");
  const sorted = Float64Array.from(times).sort();
  return [
    figure(
      `${count / 1000}k tail, by another thread: first write, p50`,
      quantile(sorted, MEDIAN),
      "µs",
    ),
    figure(
      `${count / 1000}k tail, by another thread: first write, p99`,
      quantile(sorted, TAIL),
      "µs",
    ),
  ];
}

export async function run(): Promise<Figure[]> {
  const found = [...shadows("recent", SIZES[0]!), ...shadows("markov", SIZES[0]!)];
  found.push(...shadows("recent", SIZES[1]!), ...(await byAnotherThread(SIZES[1]!)));
  const heap = Heap.create();
  found.push(...SIZES.flatMap((count) => forks(heap, count)));
  found.push(...bursts(heap, SIZES.at(-1)!), ...randomWrites(heap, SIZES.at(-1)!));
  return found;
}
