/**
 * A million facts `(edge a b)` in an environment: loading, look-ups by either argument, scans, joins, unions
 * and readers on several threads, beside plain JavaScript doing the same.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { produce } from "immer";
import { Map as ImmutableMap, List } from "immutable";
import SortedBTree from "sorted-btree";
import { Environment } from "../src/environment/environment.js";
import { drain } from "../src/memory/allocator.js";
import { Heap } from "../src/memory/heap.js";
import { statsOf } from "../src/memory/stats.js";
import {
  type Atom,
  type Expression,
  expression,
  type SymbolAtom,
  symbol,
  variable,
} from "../src/term/atom.js";
import { atMost, type Figure, figure, medianOf, nanoseconds, ratio } from "./figure.js";
import { consume } from "./harness.js";

const LARGE = 1_000_000;
const MIDDLE = 100_000;
const SMALL = 10_000;
const DEGREE = 10;
const LOOK_UPS = 20_000;
const ROUNDS = 5;
const CHANGES = 100;
const READERS = 4;

const edge = symbol("edge");
const comma = symbol(",");
const x = variable("x");
const y = variable("y");
const z = variable("z");

function fact(from: Atom, to: Atom): Expression {
  return expression([edge, from, to]);
}

/** Numbers below `limit` that look random and are the same at every run. */
function randomNumbers(): (limit: number) => number {
  let state = 88_172_645;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** A random graph: `count` edges between `count / 10` nodes. */
class Graph {
  readonly nodes: readonly SymbolAtom[];
  readonly facts: readonly Expression[];

  constructor(count: number) {
    const random = randomNumbers();
    this.nodes = Array.from({ length: count / DEGREE }, (_, index) => symbol(`n${index}`));
    const node = (): SymbolAtom => this.nodes[random(this.nodes.length)]!;
    this.facts = Array.from({ length: count }, () => fact(node(), node()));
  }

  node(index: number): SymbolAtom {
    return this.nodes[(index * 7919) % this.nodes.length]!;
  }
}

/** Nanoseconds that `work` takes. */
function timed(work: () => unknown): number {
  const start = process.hrtime.bigint();
  consume(work());
  return Number(process.hrtime.bigint() - start);
}

/** Medians of a few rounds in which all contenders take their turn, the first of which does not count. */
function inTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
  rounds: number = ROUNDS,
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const elapsed = timed(contenders[name]);
      if (round > 0) samples.get(name)!.push(elapsed);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(samples.get(name)!)])) as Record<
    Name,
    number
  >;
}

interface Stored {
  readonly graph: Graph;
  readonly env: Environment;
}

/** The graph in an environment that knows its symbols already, with what loading and storing cost. */
function load(heap: Heap, count: number): { readonly stored: Stored; readonly figures: Figure[] } {
  const graph = new Graph(count);
  const env = Environment.create(heap);
  // The symbols' own bytes and time are not the facts': they are made first.
  for (const node of graph.nodes) env.add(node);
  for (const node of graph.nodes) env.remove(node);
  const before = statsOf(heap).liveBytes;
  const loading = timed(() => env.addAll(graph.facts));
  const bare = statsOf(heap).liveBytes - before;
  const indexing = timed(() => env.countMatches(fact(graph.node(0), y)));
  const indexed = statsOf(heap).liveBytes - before;
  env.countMatches(fact(x, graph.node(0)));
  const name = `${count / 1000}k facts`;
  return {
    stored: { graph, env },
    figures: [
      figure(`load ${name}`, loading / count / 1000, "µs each", atMost(3)),
      figure(`bytes of ${name}`, bare / count, "bytes each", atMost(48)),
      figure(`bytes of ${name} with one index`, indexed / count, "bytes each", atMost(80)),
      figure(`first query by an argument of ${name}`, indexing / count, "ns a fact"),
    ],
  };
}

function byFirst({ env, graph }: Stored): unknown {
  let found = 0;
  for (let index = 0; index < LOOK_UPS; index++)
    found += env.countMatches(fact(graph.node(index), y));
  return found;
}

function bySecond({ env, graph }: Stored): unknown {
  let found = 0;
  for (let index = 0; index < LOOK_UPS; index++)
    found += env.countMatches(fact(x, graph.node(index)));
  return found;
}

function lookUps(small: Stored, large: Stored): Figure[] {
  const map = neighbours(large.graph);
  const times = inTurns({
    smallFirst: () => byFirst(small),
    largeFirst: () => byFirst(large),
    smallSecond: () => bySecond(small),
    largeSecond: () => bySecond(large),
    map: () => {
      let found = 0;
      for (let index = 0; index < LOOK_UPS; index++)
        found += map.get(large.graph.node(index))!.length;
      return found;
    },
  });
  const each = (total: number): number => total / LOOK_UPS;
  return [
    nanoseconds("point-query-1m by the first argument", each(times.largeFirst)),
    nanoseconds("point-query-1m by the second argument", each(times.largeSecond)),
    nanoseconds("point query of a Map of arrays, 1m", each(times.map)),
    ratio("point-query-1m", times.largeFirst, "point-query-10k", times.smallFirst, atMost(3)),
    ratio(
      "point-query-second-1m",
      times.largeSecond,
      "point-query-second-10k",
      times.smallSecond,
      atMost(3),
    ),
  ];
}

function neighbours({ facts }: Graph): Map<Atom, Atom[]> {
  const map = new Map<Atom, Atom[]>();
  for (const { children } of facts) {
    const known = map.get(children[1]!);
    if (known === undefined) map.set(children[1]!, [children[2]!]);
    else known.push(children[2]!);
  }
  return map;
}

function scans({ env, graph }: Stored): Figure[] {
  const times = inTurns({
    scan: () => env.countMatches(fact(x, y)),
    loops: () => env.countMatches(fact(x, x)),
    array: () => graph.facts.filter(({ children }) => children[1] === children[2]).length,
  });
  return [
    figure("count of 1m, two free variables", times.scan, "ns"),
    figure("full scan of 1m, (edge $x $x)", times.loops / LARGE, "ns a row", atMost(60)),
    figure("the same over an array of atoms", times.array / LARGE, "ns a row"),
  ];
}

function joins({ env, graph }: Stored): Figure[] {
  const query = expression([comma, fact(x, y), fact(y, z)]);
  const results = env.countMatches(query);
  const map = neighbours(graph);
  const times = inTurns({
    join: () => env.countMatches(query),
    map: () => {
      let found = 0;
      for (const { children } of graph.facts) found += map.get(children[2]!)?.length ?? 0;
      return found;
    },
  });
  return [
    figure(
      "join of 100k edges with themselves",
      times.join / results / 1000,
      "µs a result",
      atMost(1.5),
    ),
    figure("the same with a Map of arrays, counting", times.map / results / 1000, "µs a result"),
  ];
}

/**
 * A clone with a hundred changes to the one relation, three additions to one removal: of facts that were
 * loaded together, or `scattered` so that each stands in a segment of its own.
 */
function changed({ env, graph }: Stored, seed: number, scattered: boolean): Environment {
  const clone = env.clone();
  for (let index = 0; index < CHANGES; index++) {
    const place = scattered ? index * 7919 + seed * 104_729 : seed * 5000 + index;
    if (index % 4 === 0) clone.remove(graph.facts[place % graph.facts.length]!);
    else clone.add(fact(graph.node(place), symbol(`new${seed}`)));
  }
  return clone;
}

const UNIONS = 50;

function unions(small: Stored, large: Stored): Figure[] {
  const made: Environment[] = [];
  const uniting = (stored: Stored, scattered: boolean): (() => unknown) => {
    const left = changed(stored, 1, scattered);
    const right = changed(stored, 2, scattered);
    made.push(left, right);
    return () => {
      for (let count = 0; count < UNIONS; count++) left.union(right).dispose();
      return left;
    };
  };
  const times = inTurns(
    {
      small: uniting(small, false),
      large: uniting(large, false),
      smallScattered: uniting(small, true),
      largeScattered: uniting(large, true),
    },
    25,
  );
  for (const env of made) env.dispose();
  const name = "union-both-100-over";
  const each = (of: string, total: number): Figure => figure(of, total / UNIONS / 1000, "µs");
  return [
    each(`${name}-10k facts`, times.small),
    each(`${name}-1m facts`, times.large),
    each(`${name}-10k facts, removals scattered`, times.smallScattered),
    each(`${name}-1m facts, removals scattered`, times.largeScattered),
    ratio(`${name}-1m`, times.large, `${name}-10k`, times.small, atMost(1.5)),
  ];
}

/** One write after a copy of what holds a hundred thousand facts: the environment's and what others offer. */
function writesAfterCopies({ env, graph }: Stored): Figure[] {
  const map = neighbours(graph);
  const list = [graph.node(0)];
  const key = graph.node(1);
  const persistent = ImmutableMap([...map].map(([node, found]) => [node, List(found)] as const));
  const tree = new SortedBTree.default<string, Atom[]>(
    [...map].map(([node, found]) => [(node as SymbolAtom).name, found]),
  );
  const record = Object.fromEntries(
    [...map].map(([node, found]) => [(node as SymbolAtom).name, found]),
  );
  const times = inTurns({
    environment: () => repeat(() => using(env.clone(), (it) => it.add(fact(key, key)))),
    map: () => repeat(() => new Map(map).set(key, list)),
    immutable: () => repeat(() => persistent.set(key, List(list))),
    sortedBTree: () => repeat(() => tree.clone().set(key.name, list)),
    immer: () => repeat(() => produce(record, (draft) => void (draft[key.name] = list))),
  });
  const each = (name: string, total: number): Figure =>
    figure(`copy 100k facts and write one: ${name}`, total / REPEATS / 1000, "µs");
  return [
    each("environment", times.environment),
    each("Map of arrays", times.map),
    each("immutable", times.immutable),
    each("sorted-btree", times.sortedBTree),
    each("immer", times.immer),
  ];
}

const REPEATS = 20;

function repeat(work: () => unknown): void {
  for (let count = 0; count < REPEATS; count++) consume(work());
}

function using(env: Environment, use: (env: Environment) => void): void {
  use(env);
  env.dispose();
}

/** Threads that read the facts at once: they share them, so the heap hardly grows. */
async function readers(heap: Heap, { env, graph }: Stored): Promise<Figure[]> {
  const start = async (): Promise<Worker> => {
    const worker = new Worker(new URL("./storage-reader.js", import.meta.url), {
      workerData: { heap: heap.share(), environment: env.share(), nodes: graph.nodes.length },
    });
    await once(worker, "message");
    return worker;
  };
  const workers = [await start()];
  const one = statsOf(heap).liveBytes;
  const oneResident = process.memoryUsage().rss;
  while (workers.length < READERS) workers.push(await start());
  const four = statsOf(heap).liveBytes;
  const fourResident = process.memoryUsage().rss;
  for (const worker of workers) {
    worker.postMessage("end");
    await once(worker, "exit");
  }
  return [
    figure("resident growth by three more readers", (fourResident - oneResident) / 2 ** 20, "MiB"),
    ratio("heap-bytes-4-readers-1m", four, "heap-bytes-1-reader-1m", one, atMost(1.1)),
  ];
}

/** The longest pause while an environment of a million facts is dropped, and what of it stays behind. */
function drops(heap: Heap, { env }: Stored): Figure[] {
  const pauses = [timed(() => env.dispose())];
  for (;;) {
    const start = process.hrtime.bigint();
    const left = drain(heap, 1000);
    pauses.push(Number(process.hrtime.bigint() - start));
    if (left === 0) break;
  }
  return [
    figure("longest pause while dropping 1m facts", Math.max(...pauses) / 1e6, "ms", atMost(5)),
  ];
}

export async function environmentFigures(): Promise<Figure[]> {
  const heap = Heap.create();
  const small = load(heap, SMALL).stored;
  const middle = load(heap, MIDDLE).stored;
  const { stored: large, figures } = load(heap, LARGE);
  figures.push(
    ...lookUps(small, large),
    ...scans(large),
    ...joins(middle),
    ...unions(small, large),
    ...writesAfterCopies(middle),
    ...(await readers(heap, large)),
    ...drops(heap, large),
  );
  return figures;
}
