/**
 * Suite `regions`: what it costs to build, pack, hand over and release memory that belongs together.
 *
 *   npm run bench -- regions
 *
 * A handover is timed from the sender's call until the other thread has said, through a shared word,
 * that it has the data. `post-message` sends the atoms as objects; `handover` sends a region that is
 * packed already; `build-handover-read` packs the atoms, hands them over and decodes each.
 * `result-handover` sends the packed outcome of a branch, of which the other thread looks at the last
 * result. `add-packed` adds a packed region to an environment, `add-all` the same atoms as objects.
 */
import { Worker } from "node:worker_threads";
import { Environment } from "../src/environment/environment.js";
import { packRows } from "../src/environment/packed-rows.js";
import { allocate, drain, release } from "../src/memory/allocator.js";
import { Heap } from "../src/memory/heap.js";
import { RAW } from "../src/memory/kinds.js";
import { createThenPack, type Packed } from "../src/memory/packed.js";
import { type BranchOutcome, type OutcomeList, packOutcomes } from "../src/parallel/outcome.js";
import { type Atom, expression, integer, string, symbol, variable } from "../src/term/atom.js";
import { type AtomList, packAtoms } from "../src/term/packed-atoms.js";
import { Vocabulary } from "../src/term/vocabulary.js";
import { atLeast, atMost, type Figure, nanoseconds, ratio } from "./figure.js";
import { compareMedians, consume, medianWithSetup } from "./harness.js";
import type { Parcel, Start } from "./regions-worker.js";

const MANY = 100_000;
const FEW = 1000;
const MILLION = 1_000_000;
const ALLOCATIONS = 10_000;
const OBJECT_WORDS = 8;
const MIB_WORDS = 2 ** 18;

export async function run(): Promise<Figure[]> {
  const heap = Heap.create();
  const receiver = await Receiver.start(heap);
  try {
    return [
      ...(await handovers(heap, receiver)),
      ...(await results(heap, receiver)),
      ...(await adding(heap)),
      ...(await packing(heap)),
      ...(await memory(heap)),
    ];
  } finally {
    await receiver.stop();
  }
}

/** The other thread and the word through which it answers. */
class Receiver {
  readonly #worker: Worker;
  readonly #done: Int32Array;

  private constructor(worker: Worker, done: Int32Array) {
    this.#worker = worker;
    this.#done = done;
  }

  static async start(heap: Heap): Promise<Receiver> {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const workerData: Start = { handle: heap.share(), done };
    const worker = new Worker(new URL("./regions-worker.js", import.meta.url), { workerData });
    const started = Atomics.waitAsync(done, 0, 0);
    await started.value;
    return new Receiver(worker, done);
  }

  /** Sends a parcel and blocks until the other thread has it. */
  deliver(parcel: Parcel): void {
    const before = Atomics.load(this.#done, 0);
    this.#worker.postMessage(parcel);
    Atomics.wait(this.#done, 0, before);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Atoms like those of a knowledge base: (item N (of $x "name N")). */
function someAtoms(count: number): Atom[] {
  const [item, of, x] = [symbol("item"), symbol("of"), variable("x")];
  const names = Array.from({ length: 500 }, (_, index) => string(`name ${index}`));
  return Array.from({ length: count }, (_, index) =>
    expression([item, integer(index), expression([of, x, names[index % names.length]!])]),
  );
}

async function handovers(heap: Heap, receiver: Receiver): Promise<Figure[]> {
  const [many, few] = [someAtoms(MANY), someAtoms(FEW)];
  using packedMany = packAtoms(heap, many);
  using packedFew = packAtoms(heap, few);
  const handOver = (packed: Packed<AtomList>, read: boolean): void =>
    receiver.deliver({ kind: "handle", region: packed.share(), read });
  const nothing = (): void => {};
  const post = await medianWithSetup(
    nothing,
    () => receiver.deliver({ kind: "objects", atoms: many }),
    { samples: 7 },
  );
  const whole = await medianWithSetup(
    nothing,
    () => {
      using packed = packAtoms(heap, many);
      handOver(packed, true);
    },
    { samples: 9 },
  );
  const [handMany = Number.NaN, handFew = Number.NaN] = await compareMedians(
    [() => handOver(packedMany, false), () => handOver(packedFew, false)],
    { rounds: 7 },
  );
  return [
    nanoseconds("post-message-100k", post),
    nanoseconds("handover-100k", handMany),
    nanoseconds("handover-1k", handFew),
    nanoseconds("build-handover-read-100k", whole),
    ratio("post-message-100k", post, "handover-100k", handMany, atLeast(1000)),
    ratio("post-message-100k", post, "build-handover-read-100k", whole, atLeast(3)),
    ratio("handover-100k", handMany, "handover-1k", handFew, atMost(1.5)),
  ];
}

/** A branch that has given a million results against one that has given one. */
async function results(heap: Heap, receiver: Receiver): Promise<Figure[]> {
  const vocabulary = Vocabulary.of(heap);
  using million = packOutcomes(vocabulary, [outcomeOf(someAtoms(MILLION))]);
  using one = packOutcomes(vocabulary, [outcomeOf(someAtoms(1))]);
  const handOver = (packed: Packed<OutcomeList>): void =>
    receiver.deliver({ kind: "outcomes", region: packed.share() });
  const [handMillion = Number.NaN, handOne = Number.NaN] = await compareMedians(
    [() => handOver(million), () => handOver(one)],
    { rounds: 7 },
  );
  return [
    nanoseconds("result-1m-handover", handMillion),
    nanoseconds("result-1-handover", handOne),
    ratio("result-1m-handover", handMillion, "result-1-handover", handOne, atMost(1.5)),
  ];
}

/** A million facts into an empty environment: one by one, packed first, and packed already. */
async function adding(heap: Heap): Promise<Figure[]> {
  const atoms = someAtoms(MILLION);
  using packed = packRows(heap, atoms);
  const samples = 5;
  const cleanUp = (env: Environment): void => {
    env.dispose();
    drain(heap);
  };
  const empty = (): Environment => Environment.create(heap);
  const add = async (fill: (env: Environment) => void): Promise<number> =>
    await medianWithSetup(empty, fill, { samples, cleanUp });
  const all = await add((env) => env.addAll(atoms));
  const ready = await add((env) => env.addPacked(packed));
  const both = await add((env) => {
    using own = packRows(heap, atoms);
    env.addPacked(own);
  });
  return [
    nanoseconds("add-all-1m", all),
    nanoseconds("add-packed-1m", ready),
    nanoseconds("pack-and-add-1m", both),
    ratio("add-all-1m", all, "add-packed-1m", ready, atLeast(100)),
    ratio("add-all-1m", all, "pack-and-add-1m", both, atLeast(1)),
  ];
}

function outcomeOf(atoms: readonly Atom[]): BranchOutcome {
  return {
    status: "done",
    results: atoms,
    output: "",
    stopped: "completed",
    failure: "",
    hadErrors: false,
    steps: 1,
    timeMs: 1,
    startedMs: 0,
    segmentsCopied: 0,
    thread: 0,
  };
}

/** Making and dropping a region of one small object, against making an object. */
async function packing(heap: Heap): Promise<Figure[]> {
  let value = 0;
  const [pack = Number.NaN, object = Number.NaN] = await compareMedians([
    () => {
      createThenPack(heap, (region) => {
        const root = region.allocate(2);
        region.write(root, value++);
        region.write(root + 1, value);
        return region.pack(root);
      }).dispose();
    },
    () => consume({ first: value++, second: value, third: value, fourth: value }),
  ]);
  return [
    nanoseconds("pack", pack),
    nanoseconds("object-4-fields", object),
    ratio("pack", pack, "object-4-fields", object, atMost(40)),
  ];
}

async function memory(heap: Heap): Promise<Figure[]> {
  const [source, target] = [new Int32Array(new SharedArrayBuffer(MIB_WORDS * 4)), newMib()];
  const copy = await medianWithSetup(newMib, () => target.set(source), { samples: 101 });
  const drop = await medianWithSetup(
    () => buildMib(heap),
    (packed) => packed.dispose(),
    { samples: 101, cleanUp: () => drain(heap) },
  );
  const inRegion = await medianWithSetup(
    () => {},
    () => bumpMany(heap),
    { samples: 101 },
  );
  const segments = new Int32Array(ALLOCATIONS);
  const inHeap = await medianWithSetup(
    () => {},
    () => {
      for (let index = 0; index < ALLOCATIONS; index++) {
        segments[index] = allocate(heap, OBJECT_WORDS, RAW);
      }
    },
    { samples: 101, cleanUp: () => releaseAll(heap, segments) },
  );
  return [
    nanoseconds("release-1mib", drop),
    nanoseconds("memcpy-1mib", copy),
    nanoseconds("region-allocate", inRegion / ALLOCATIONS),
    nanoseconds("segment-allocate", inHeap / ALLOCATIONS),
    ratio("release-1mib", drop, "memcpy-1mib", copy, atMost(0.1)),
    ratio("region-allocate", inRegion, "segment-allocate", inHeap, atMost(0.34)),
  ];
}

function releaseAll(heap: Heap, segments: Int32Array): void {
  for (const segment of segments) release(heap, segment);
}

function newMib(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(MIB_WORDS * 4));
}

/** A region of 1 MiB in objects of 1 KiB, each written. */
function buildMib(heap: Heap): Packed<unknown> {
  return createThenPack(heap, (region) => {
    const words = region.writable();
    let root = 0;
    for (let used = 0; used < MIB_WORDS; used += 256) {
      root = region.allocate(256);
      words.fill(used, root, root + 256);
    }
    return region.pack(root);
  });
}

/** Allocates in a region that is then discarded; making and discarding it are counted in. */
function bumpMany(heap: Heap): void {
  createThenPack(heap, (region) => {
    for (let index = 0; index < ALLOCATIONS; index++) region.allocate(OBJECT_WORDS);
    return undefined;
  });
}
