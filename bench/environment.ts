/**
 * Environments: what cloning, writing, uniting and reading cost, against plain JavaScript and against
 * themselves at another size. All ratios are of one run.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Environment, handleOf } from "../src/environment/environment.js";
import { matchPattern } from "../src/environment/query.js";
import { Heap } from "../src/memory/heap.js";
import { Mutex } from "../src/sync/mutex.js";
import { RwLock } from "../src/sync/rwlock.js";
import { type Atom, expression, integer, symbol, variable } from "../src/term/atom.js";
import { renameFresh } from "../src/term/resolve.js";
import { Trail } from "../src/term/trail.js";
import { atLeast, atMost, type Figure, figure, medianOf, nanoseconds, ratio } from "./figure.js";
import { consume } from "./harness.js";
import type { LockJob } from "./lock-reader.js";

/** Rules of one head: an environment of a million rules has a hundred thousand heads. */
const RULES_PER_HEAD = 10;
const WARM_UP = 20;
const ROUNDS = 60;
const CHANGES = 100;
const LOCK_INDEX = 32;
const HOLD_MS = 1;
const LOCK_MS = 300;
const LOCK_ROUNDS = 5;
/** Small enough that what a batch makes dies young, as it does in programs. */
const BATCH = 2000;
const equals = symbol("=");
const x = variable("x");

function rule(head: string, argument: number): Atom {
  const left = expression([symbol(head), integer(argument), x]);
  return expression([equals, left, expression([symbol("g"), x])]);
}

/** The rule at a place of every environment that is large enough. */
function ruleAt(place: number): Atom {
  return rule(`f${Math.floor(place / RULES_PER_HEAD)}`, place);
}

function environmentOf(heap: Heap, count: number): Environment {
  const env = Environment.create(heap);
  for (let place = 0; place < count; place++) env.add(ruleAt(place));
  return env;
}

/** One contender: `work` is timed as a whole and does `operations` operations; `clear` is not timed. */
interface Contender {
  readonly operations: number;
  work(): unknown;
  clear?(): void;
}

/** Median nanoseconds of one operation of each, measured in turns. */
function race<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const name of names) {
      const contender = contenders[name];
      const start = process.hrtime.bigint();
      consume(contender.work());
      const elapsed = Number(process.hrtime.bigint() - start);
      contender.clear?.();
      if (round >= 0) samples.get(name)!.push(elapsed / contender.operations);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(samples.get(name)!)])) as Record<
    Name,
    number
  >;
}

/** Does `make` often, keeping what it makes until it is cleared. */
function making<Made>(count: number, make: () => Made, unmake?: (made: Made) => void): Contender {
  const made = new Array<Made>(count);
  return {
    operations: count,
    work(): unknown {
      for (let index = 0; index < count; index++) made[index] = make();
      return made;
    },
    clear(): void {
      if (unmake !== undefined) for (const it of made) unmake(it);
    },
  };
}

function dispose(env: Environment): void {
  env.dispose();
}

interface Sizes {
  readonly small: Environment;
  readonly large: Environment;
}

/**
 * The same, with a loop of its own for `work`, so that what one contender makes does not shape the code that
 * another runs.
 */
function batch<Made>(work: (made: Made[]) => void, unmake?: (made: Made) => void): Contender {
  const made = new Array<Made>(BATCH);
  return {
    operations: BATCH,
    work(): unknown {
      work(made);
      return made;
    },
    clear(): void {
      if (unmake !== undefined) for (const it of made) unmake(it);
    },
  };
}

function cloning({ small, large }: Sizes): Figure[] {
  const modified = small.clone();
  modified.add(rule("new", 1));
  const sibling = small.clone();
  const times = race({
    object: batch<object>((made) => {
      for (let index = 0; index < BATCH; index++)
        made[index] = { a: index, b: small, c: 1, d: null };
    }),
    small: batch<Environment>((made) => {
      for (let index = 0; index < BATCH; index++) made[index] = small.clone();
    }, dispose),
    large: batch<Environment>((made) => {
      for (let index = 0; index < BATCH; index++) made[index] = large.clone();
    }, dispose),
    unmodified: batch<Environment>((made) => {
      for (let index = 0; index < BATCH; index++) made[index] = small.union(sibling);
    }, dispose),
    one: batch<Environment>((made) => {
      for (let index = 0; index < BATCH; index++) made[index] = small.union(modified);
    }, dispose),
    round: batch<Environment>((made) => {
      for (let index = 0; index < BATCH; index++) {
        made[index] = small.clone();
        made[index]!.dispose();
      }
    }),
  });
  const figures = [
    nanoseconds("object-4-fields", times.object),
    nanoseconds("clone-10k", times.small),
    nanoseconds("clone-1m", times.large),
    nanoseconds("clone-10k and dispose", times.round),
    nanoseconds("union-unmodified", times.unmodified),
    nanoseconds("union-one-modified", times.one),
    ratio("clone-10k", times.small, "object-4-fields", times.object, atMost(4)),
    ratio("clone-1m", times.large, "clone-10k", times.small, atMost(1.5)),
    ratio("union-unmodified", times.unmodified, "object-4-fields", times.object, atMost(10)),
    ratio("union-one-modified", times.one, "object-4-fields", times.object, atMost(10)),
  ];
  modified.dispose();
  sibling.dispose();
  return figures;
}

function firstWrites({ small, large }: Sizes): Figure[] {
  const map = new Map<number, object>();
  for (let index = 0; index < 10_000; index++) map.set(index, { index });
  const left = expression([symbol("f7"), integer(-1), x]);
  const write = (env: Environment): Environment => {
    const clone = env.clone();
    clone.addRule(left, x);
    return clone;
  };
  const times = race({
    map: making(20, () => new Map(map).set(-1, map)),
    small: making(1000, () => write(small), dispose),
    large: making(1000, () => write(large), dispose),
  });
  return [
    nanoseconds("map-copy-10k", times.map),
    nanoseconds("first-write-10k", times.small),
    nanoseconds("first-write-1m", times.large),
    ratio("first-write-10k", times.small, "map-copy-10k", times.map, atMost(0.01)),
    ratio("first-write-1m", times.large, "first-write-10k", times.small, atMost(2)),
  ];
}

/**
 * A clone with a hundred changes, three additions to one removal: to ten heads, as a program makes them, or
 * `scattered` so that each is a head of its own.
 */
function changed(env: Environment, seed: number, size: number, scattered: boolean): Environment {
  const clone = env.clone();
  for (let index = 0; index < CHANGES; index++) {
    const group = scattered ? index : Math.floor(index / RULES_PER_HEAD);
    const head = (group * 7919 + seed * 104_729) % (size / RULES_PER_HEAD);
    if (index % 4 === 0) clone.remove(ruleAt(head * RULES_PER_HEAD + (index % RULES_PER_HEAD)));
    else clone.add(rule(`f${head}`, -1 - index));
  }
  return clone;
}

function unions({ small, large }: Sizes): Figure[] {
  const contender = (env: Environment, size: number, scattered: boolean): Contender => {
    const left = changed(env, 1, size, scattered);
    const right = changed(env, 2, size, scattered);
    return making(10, () => left.union(right), dispose);
  };
  const times = race({
    small: contender(small, 10_000, false),
    large: contender(large, 1_000_000, false),
    smallScattered: contender(small, 10_000, true),
    largeScattered: contender(large, 1_000_000, true),
  });
  const name = (size: string): string => `union-both-100-over-${size}`;
  return [
    nanoseconds(name("10k"), times.small),
    nanoseconds(name("1m"), times.large),
    nanoseconds(`${name("10k")}, each in a relation of its own`, times.smallScattered),
    nanoseconds(`${name("1m")}, each in a relation of its own`, times.largeScattered),
    ratio(name("1m"), times.large, name("10k"), times.small, atMost(2)),
  ];
}

/** Looking up the rules that match one call, as the owner and as a clone does it. */
function reads({ small, large }: Sizes): Figure[] {
  const clone = small.clone();
  const left = expression([symbol("f3"), integer(33), x]);
  const pattern = renameFresh(expression([equals, left, variable("b")]));
  const trail = new Trail();
  const lookUp = (env: Environment): number => {
    let found = 0;
    for (let index = 0; index < 2000; index++) {
      const cursor = matchPattern(handleOf(env), null, pattern, trail);
      while (cursor.next()) {
        found++;
        trail.undoTo(0);
      }
    }
    return found;
  };
  const reader = (env: Environment): Contender => ({ operations: 2000, work: () => lookUp(env) });
  const times = race({
    owner: reader(small),
    clone: reader(clone),
    ownerAgain: reader(small),
    cloneAgain: reader(clone),
    ownerOnceMore: reader(small),
    cloneOnceMore: reader(clone),
    large: reader(large),
  });
  clone.dispose();
  const owner = medianOf([times.owner, times.ownerAgain, times.ownerOnceMore]);
  const onClone = medianOf([times.clone, times.cloneAgain, times.cloneOnceMore]);
  return [
    nanoseconds("read-on-owner", owner),
    nanoseconds("read-on-clone", onClone),
    nanoseconds("read-on-owner-1m", times.large),
    ratio("read-on-clone", onClone, "read-on-owner", owner, atMost(1.02)),
  ];
}

/** Held reads a second that two threads get done together under one lock. */
async function heldReads(kind: LockJob["kind"]): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(4 * (LOCK_INDEX + RwLock.WORDS)));
  if (kind === "mutex") Mutex.initialize(words, LOCK_INDEX);
  else RwLock.initialize(words, LOCK_INDEX);
  const job = { kind, words, lock: LOCK_INDEX, gate: 0, bed: 1, holdMs: HOLD_MS, forMs: LOCK_MS };
  const workers = [1, 2].map((owner) => {
    const workerData: LockJob = { ...job, owner };
    return new Worker(new URL("./lock-reader.js", import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const results = workers.map((worker) => once(worker, "message"));
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  const reads = (await Promise.all(results)).map(([count]) => count as number);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return reads.reduce((one, other) => one + other) / (LOCK_MS / 1000);
}

async function locks(): Promise<Figure[]> {
  const mutex: number[] = [];
  const rwlock: number[] = [];
  for (let round = 0; round < LOCK_ROUNDS; round++) {
    mutex.push(await heldReads("mutex"));
    rwlock.push(await heldReads("rwlock"));
  }
  return [
    figure("mutex-2-readers", medianOf(mutex), "reads/s"),
    figure("rwlock-2-readers", medianOf(rwlock), "reads/s"),
    ratio("rwlock-2-readers", medianOf(rwlock), "mutex-2-readers", medianOf(mutex), atLeast(1.6)),
  ];
}

export async function run(): Promise<Figure[]> {
  const heap = Heap.create();
  const small = environmentOf(heap, 10_000);
  const start = process.hrtime.bigint();
  const large = environmentOf(heap, 1_000_000);
  const loading = Number(process.hrtime.bigint() - start) / 1e6;
  const sizes = { small, large };
  return [
    ...cloning(sizes),
    ...firstWrites(sizes),
    ...unions(sizes),
    ...reads(sizes),
    ...(await locks()),
    figure("load 1m rules one by one", loading / 1000, "µs each"),
  ];
}
