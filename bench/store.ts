/**
 * Stores: what keeping an environment costs its writers, and how fast it is written and read; beside `lmdb` and
 * `classic-level`, and beside the facts as text. All ratios are of one run. The two packages are not among those of the
 * project: `npm install --no-save lmdb classic-level` brings them, and without them their figures are left out.
 */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Environment } from "../src/environment/environment.js";
import { SharedEnvironment } from "../src/environment/shared.js";
import { Heap } from "../src/memory/heap.js";
import { type SnapshotReport, Store } from "../src/persist/store.js";
import { type Atom, expression, integer, symbol } from "../src/term/atom.js";
import { parse } from "../src/term/parser.js";
import { atLeast, atMost, type Figure, figure, medianOf, ratio } from "./figure.js";
import { consume } from "./harness.js";

const FACTS = 1_000_000;
const CHANGES = 100;
const ROUNDS = 3;
const PAUSES = 40;
const COMMITS = 300;
const WRITERS = 8;
const BATCH = 1000;
const MIB = 2 ** 20;
const edge = symbol("edge");

export async function run(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "oxbow-bench-store-"));
  try {
    const place = new Places(folder);
    return [
      ...(await writing(place)),
      ...(await pauses(place)),
      ...(await throughput(place)),
      ...(await commits(place)),
      ...(await thresholds(place)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Directories, each new. */
class Places {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  next(): string {
    this.#count += 1;
    return join(this.#folder, `${this.#count}`);
  }
}

function factAt(place: number): Atom {
  return expression([edge, integer(place), integer((place * 7919) % FACTS)]);
}

function addFacts(env: Environment, from: number, count: number): void {
  for (let place = from; place < from + count; place++) env.add(factAt(place));
}

async function storeOf(directory: string, count: number): Promise<Store> {
  const store = await Store.open(directory, { durability: "manual" });
  store.environment.update((env) => addFacts(env, 0, count));
  return store;
}

function sampled(times: readonly number[]): number {
  return medianOf(times);
}

function timeMs(act: () => unknown): number {
  const start = performance.now();
  consume(act());
  return performance.now() - start;
}

/** Full and small snapshots, exports, loads; the same facts as text. */
async function writing(place: Places): Promise<Figure[]> {
  const directory = place.next();
  const store = await storeOf(directory, FACTS);
  const full = await store.snapshot();
  const small: SnapshotReport[] = [];
  for (let round = 0; round < 5; round++) {
    store.environment.update((env) => addFacts(env, FACTS + round * CHANGES, CHANGES));
    small.push(await store.snapshot());
  }
  const file = `${directory}.oxbow`;
  const started = performance.now();
  const exported = await store.export(file);
  const exportMs = performance.now() - started;
  const textFile = `${directory}.metta`;
  const textMs = timeMs(() => {
    using env = store.environment.snapshot();
    const lines = [...env.atoms()].map(String).join("\n");
    writeFileSync(textFile, lines);
  });
  await store.close();
  const loads = await loading(directory, textFile);
  const replaced = await replacing(directory);
  const smallBytes = sampled(small.map(({ bytes }) => bytes));
  const smallMs = sampled(small.map((report) => report.timeMs));
  return [
    figure("full snapshot of 1m facts", full.timeMs, "ms"),
    figure("full snapshot of 1m facts, bytes", full.bytes / MIB, "MiB"),
    figure("1m facts as text, written", textMs, "ms"),
    figure("snapshot of 100 changes among 1m", smallMs, "ms"),
    ratio("bytes of 100 changes", smallBytes, "bytes of 1m facts", full.bytes, atMost(0.01)),
    ratio("time of 100 changes", smallMs, "time of 1m facts", full.timeMs, atMost(0.02)),
    ratio(
      "bytes of 100 replaced at random",
      replaced,
      "bytes of 1m facts",
      full.bytes,
      atMost(0.01),
    ),
    ...loads,
    ratio("exported bytes", exported.bytes, "heap bytes", exported.heapBytes, atMost(0.5)),
    figure("export", exported.heapBytes / MIB / (exportMs / 1000), "MiB/s", atLeast(60)),
  ];
}

/** Bytes of a snapshot in which facts at random places are others. */
async function replacing(directory: string): Promise<number> {
  await using store = await Store.open(directory, { durability: "manual" });
  const bytes: number[] = [];
  // The first of them also writes the index that removing needs.
  for (let round = 0; round <= ROUNDS; round++) {
    store.environment.update((env) => {
      for (let change = 0; change < CHANGES; change++) {
        // No fact twice: the places are a permutation's.
        const place = ((round * CHANGES + change) * 611_953) % FACTS;
        env.remove(factAt(place));
        env.add(expression([edge, integer(place), integer(-1)]));
      }
    });
    bytes.push((await store.snapshot()).bytes);
  }
  return sampled(bytes.slice(1));
}

/** Reads a file to where nothing was before, as a load does: the system clears and maps each page first. */
function readIntoNew(path: string): number {
  const size = statSync(path).size;
  const bytes = new Uint8Array(new SharedArrayBuffer(2 ** 32), 0, size);
  const file = openSync(path, "r");
  try {
    return readSync(file, bytes, 0, size, 0);
  } finally {
    closeSync(file);
  }
}

async function loading(directory: string, textFile: string): Promise<Figure[]> {
  const bytesMs: number[] = [];
  const newMs: number[] = [];
  const loadMs: number[] = [];
  const textMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bytesMs.push(timeMs(() => readFileSync(join(directory, "data"))));
    newMs.push(timeMs(() => readIntoNew(join(directory, "data"))));
    const started = performance.now();
    const { environment } = await Store.read(directory);
    loadMs.push(performance.now() - started);
    environment.dispose();
    textMs.push(timeMs(() => parseText(readFileSync(textFile, "utf8"))));
  }
  const [bytes, fresh, load, text] = [bytesMs, newMs, loadMs, textMs].map(sampled) as [
    number,
    number,
    number,
    number,
  ];
  return [
    figure("load 1m facts", load, "ms"),
    figure("file", statSync(join(directory, "data")).size / MIB, "MiB"),
    ratio("load 1m facts", load, "read the file", bytes, atMost(1.5)),
    ratio("load 1m facts", load, "read the file to new memory", fresh),
    ratio("load 1m facts", load, "parse the text", text, atMost(0.1)),
  ];
}

function parseText(text: string): number {
  using env = Environment.create(Heap.create());
  env.addAll([...parse(text)].map(({ atom }) => atom));
  return env.count;
}

/** What holds a writer up: the root, taken as a snapshot takes it. */
function rootUs(shared: SharedEnvironment): number {
  const times: number[] = [];
  for (let round = 0; round < PAUSES; round++) {
    times.push(timeMs(() => shared.snapshot().dispose()) * 1000);
  }
  return sampled(times);
}

/** What a snapshot costs the thread that asks for it, until it goes on with something else. */
async function pauses(place: Places): Promise<Figure[]> {
  const [smallRoot, small] = await pauseUs(place.next(), 10_000);
  const [largeRoot, large] = await pauseUs(place.next(), FACTS);
  return [
    figure("root taken at 1m", largeRoot, "µs", atMost(20)),
    ratio("root taken at 1m", largeRoot, "root taken at 10k", smallRoot, atMost(1.5)),
    figure("snapshot asked for at 1m, on its thread", large, "µs", atMost(20)),
    ratio("snapshot asked for at 1m", large, "snapshot asked for at 10k", small, atMost(1.5)),
  ];
}

async function pauseUs(directory: string, facts: number): Promise<readonly [number, number]> {
  await using store = await storeOf(directory, facts);
  await store.snapshot();
  const times: number[] = [];
  for (let round = 0; round < PAUSES; round++) {
    store.environment.update((env) => addFacts(env, FACTS + round, 1));
    const start = performance.now();
    const report = store.snapshot();
    // It is asked for in this turn of the event loop: these are behind all that it does in there.
    for (let step = 0; step < 20; step++) await Promise.resolve();
    times.push((performance.now() - start) * 1000);
    await report;
  }
  return [rootUs(store.environment), sampled(times)];
}

const TASK = `/proc/self/task/${process.pid}/schedstat`;

/** Milliseconds that this thread has had a processor; 0 where the system does not tell. */
function threadMs(): number {
  return existsSync(TASK) ? Number(readFileSync(TASK, "utf8").split(" ")[0]) / 1e6 : 0;
}

/** Updates of a writer, in turns of the event loop, while a full snapshot is written and while none is. */
async function throughput(place: Places): Promise<Figure[]> {
  const ratios: number[] = [];
  const workRatios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using store = await storeOf(place.next(), FACTS);
    let next = FACTS;
    const rateUntil = async (isOver: () => boolean): Promise<readonly [number, number]> => {
      const [start, startMs, first] = [performance.now(), threadMs(), next];
      while (!isOver()) {
        store.environment.update((env) => addFacts(env, next, BATCH));
        next += BATCH;
        await turn();
      }
      return [
        (next - first) / (performance.now() - start),
        (next - first) / (threadMs() - startMs),
      ];
    };
    const end = performance.now() + 500;
    await rateUntil(() => performance.now() > end);
    const alone = performance.now() + 500;
    const [without, workWithout] = await rateUntil(() => performance.now() > alone);
    let isWritten = false;
    const report = store.snapshot().finally(() => {
      isWritten = true;
    });
    const [during, workDuring] = await rateUntil(() => isWritten);
    await report;
    ratios.push(during / without);
    workRatios.push(workDuring / workWithout);
  }
  const what = "writer while 1m facts are written / alone";
  const figures = [figure(what, sampled(ratios), "ratio", atLeast(0.9))];
  if (existsSync(TASK)) {
    // What the writer does by itself, whoever else has the second processor.
    figures.push(
      figure(`${what}, by its own processor time`, sampled(workRatios), "ratio", atLeast(0.9)),
    );
  }
  return figures;
}

type Commit = (number: number) => Promise<unknown>;

async function perSecond(commit: Commit, writers: number): Promise<number> {
  let next = 0;
  const start = performance.now();
  const write = async (): Promise<void> => {
    while (next < COMMITS) await commit(next++);
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (COMMITS / (performance.now() - start)) * 1000;
}

/** Commits that are on the disk when they are acknowledged; measured in turns. */
async function commits(place: Places): Promise<Figure[]> {
  await using store = await Store.open(place.next(), { durability: "commit" });
  let written = 0;
  const contenders = new Map<string, Commit>([
    ["oxbow", () => store.commit((env) => env.add(factAt(written++)))],
  ]);
  const peers = [await lmdbPeer(place.next()), await levelPeer(place.next())];
  for (const peer of peers) if (peer !== null) contenders.set(peer.name, peer.commit);
  const figures: Figure[] = [];
  for (const writers of [1, WRITERS]) {
    const rates = new Map([...contenders.keys()].map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, commit] of contenders) {
        rates.get(name)!.push(await perSecond(commit, writers));
      }
    }
    const own = sampled(rates.get("oxbow")!);
    for (const [name, each] of rates) {
      const what = `durable commits, ${writers} at a time`;
      figures.push(figure(`${what}, ${name}`, sampled(each), "1/s"));
      if (name !== "oxbow") {
        const target = name === "lmdb" ? atLeast(1) : undefined;
        figures.push(ratio(`${what}: oxbow`, own, name, sampled(each), target));
      }
    }
  }
  for (const peer of peers) await peer?.close();
  return figures;
}

interface Peer {
  readonly name: string;
  readonly commit: Commit;
  close(): Promise<unknown>;
}

/** A package that need not be there; null and a notice then. */
async function optional<Module>(name: string): Promise<Module | null> {
  try {
    return (await import(name)) as Module;
  } catch {
    console.log(`${name} is not installed (npm install --no-save ${name}): left out`);
    return null;
  }
}

interface Lmdb {
  open(options: object): {
    put(key: number, value: string): Promise<unknown>;
    close(): Promise<unknown>;
  };
}

async function lmdbPeer(path: string): Promise<Peer | null> {
  const lmdb = await optional<Lmdb>("lmdb");
  if (lmdb === null) return null;
  // Without this a promise is kept before the disk is.
  const db = lmdb.open({ path, overlappingSync: false });
  let key = 0;
  const commit = (number: number): Promise<unknown> =>
    db.put(key++, `(edge ${number} ${number * 7})`);
  return { name: "lmdb", commit, close: () => db.close() };
}

interface ClassicLevel {
  readonly ClassicLevel: new (
    path: string,
  ) => {
    put(key: string, value: string, options: object): Promise<unknown>;
    close(): Promise<unknown>;
  };
}

async function levelPeer(path: string): Promise<Peer | null> {
  const level = await optional<ClassicLevel>("classic-level");
  if (level === null) return null;
  const db = new level.ClassicLevel(path);
  let key = 0;
  const commit = (number: number): Promise<unknown> =>
    db.put(`${key++}`, `(edge ${number} ${number * 7})`, { sync: true });
  return { name: "classic-level", commit, close: () => db.close() };
}

/** A program that writes all the time, with a store that takes snapshots by its thresholds, and without one. */
async function thresholds(place: Places): Promise<Figure[]> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const heap = Heap.create();
    using empty = Environment.create(heap);
    using shared = SharedEnvironment.create(heap, empty);
    const without = await fill(shared);
    const store = await Store.open(place.next());
    const kept = await fill(store.environment);
    await store.close();
    ratios.push(kept / without);
  }
  const value = sampled(ratios);
  return [figure("1m updates with thresholds / without a store", value, "ratio", atMost(1.02))];
}

/** Milliseconds of a million facts, a thousand in an update. */
async function fill(shared: SharedEnvironment): Promise<number> {
  const start = performance.now();
  for (let from = 0; from < FACTS; from += BATCH) {
    shared.update((env) => addFacts(env, from, BATCH));
    await turn();
  }
  return performance.now() - start;
}
