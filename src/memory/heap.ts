/**
 * The shared heap: one `SharedArrayBuffer` of fixed length that every attached thread sees.
 *
 * It is reserved large when it is made; reserving costs no memory, pages are committed when they are
 * first touched. So it never grows and no view goes stale. The map of its fixed words is in
 * `layout.ts`; segments come from `allocator.ts`.
 *
 * A slot is attached by one thread at a time (TS1); its private words are that thread's (L3).
 *
 * Invariants
 *   H1  The magic word is written last, so a buffer without it is not a heap.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  asBoolean,
  asFunction,
  asInteger,
  asOptions,
  type Checks,
  refuse,
} from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { platform } from "../platform/current.js";
import { countClaimed } from "./chunks.js";
import { COLLECTOR, type CollectionReport, type HeapCollector } from "./collecting.js";
import {
  CHUNK_COUNT,
  CHUNK_HINT,
  CHUNK_WORDS,
  COUNTER_CAPACITY,
  COUNTERS,
  ENTRY_OWNER,
  entryOfChunk,
  FIRST_CHUNK,
  HEAP_IDENTITY,
  HIGH_WATER,
  LINE_WORDS,
  type LocalHeap,
  MAGIC,
  MAGIC_VALUE,
  mapChunks,
  RESERVED,
  ROOT_CAPACITY,
  ROOTS,
  SLOTS_USED,
  slotAt,
  VERSION,
  VERSION_VALUE,
} from "./layout.js";
import { detach, settleInherited, settleThread } from "./ledger.js";
import { becomeBusy } from "./quiet.js";
import { loadEpoch } from "./renewal.js";
import { Scope } from "./scope.js";
import { asHandle, type SharedHandle } from "./shared-handle.js";
import { type HeapStats, statsOf } from "./stats.js";
import { claimSlot, slotsOfEnded } from "./thread-slot.js";

/** How much memory a heap reserves, and what it records. */
export interface HeapOptions {
  /** Bytes to reserve; halved until the system grants them. Default: 4 GiB; at most 8 GiB. */
  readonly maxBytes?: number;
  /**
   * Debug runs: every region remembers where it was made, so that `stats()` can name those that
   * were never disposed. Costs a stack trace per region. Default: off.
   */
  readonly tracing?: boolean;
  /**
   * Whether names and strings that nothing refers to any more are forgotten by themselves: on this thread, in slices of
   * less than a millisecond, when there are twice as many as after the last time. Default: true.
   */
  readonly autoCollect?: boolean;
  /**
   * Whether a collection keeps once what several environments of its thread hold alike, rows and indexes, though each has come
   * to it by itself. Default: true.
   */
  readonly merging?: boolean;
  /**
   * Whether environments that are forked again and again have what their next fork will write copied in advance, while
   * their thread is idle: what recent forks copied, or what a Markov chain of their copies says. Default: `none`.
   */
  readonly shadows?: "none" | "recent" | "markov";
  /** Chunks kept for the map at least, so that what is in a larger or smaller heap has the same places. @internal */
  readonly mapChunks?: number;
}

/** For whatever makes a heap. */
export const HEAP_CHECKS: Checks<HeapOptions> = {
  maxBytes: asHeapBytes,
  tracing: asBoolean,
  autoCollect: asBoolean,
  merging: asBoolean,
  shadows: asShadows,
  mapChunks: asInteger,
};

const MAXIMUM_CHUNKS: number = 2 ** 31 / CHUNK_WORDS - 1;
const MAXIMUM_BYTES: number = MAXIMUM_CHUNKS * CHUNK_WORDS * 4;
const MINIMUM_BYTES: number = 2 ** 22;
/** Chunks that the map of the largest heap takes. */
export const LARGEST_MAP: number = mapChunks(MAXIMUM_CHUNKS);

/** Counters shared by all threads of the heap; see {@link nextCounter}. */
export const COUNTER_WRITER = 0;
export const COUNTER_REGION = 1;
export const COUNTER_TYPES = 3;
export const COUNTER_SEAL = 4;

/** Roots: words with a fixed meaning that hold one reference each; see {@link publishRoot}. */
export const ROOT_SYMBOLS = 0;

/** A thread's view of shared memory that holds environments, regions and containers. One for each thread. */
/* A {@link LocalHeap}, which is what the code of the engine takes; declarations do not say so. */
export class Heap {
  /** @internal */
  readonly buffer: SharedArrayBuffer;
  /** @internal */
  readonly words: Int32Array;
  /** This thread's slot, 1 … 511. @internal */
  readonly thread: number;
  /** @internal */
  readonly incarnation: number;
  /** @internal */
  readonly slot: number;
  /** @internal */
  shared: boolean;
  /** @internal */
  runningScopes = 0;
  /** Evaluations that are going on, one inside the other. @internal */
  evaluations = 0;
  /** @internal */
  failCountdown = 0;
  /** @internal */
  segmentsCopied = 0;
  /** @internal */
  copyTrace: Address[] | null = null;
  /** @internal */
  relieve: (() => void) | null = null;
  /** @internal */
  detached = false;
  /** @internal */
  readonly tracing: boolean;
  /** Whether this thread collects by itself. @internal */
  readonly collects: boolean;
  /** @internal */
  readonly merges: boolean;
  /** @internal */
  readonly shadows: "none" | "recent" | "markov";
  /** @internal */
  readonly companions: Map<string, object> = new Map();
  /** @internal */
  epoch: number;
  /** @internal */
  readonly renewals: (() => void)[] = [];

  /**
   * A new heap, with this thread attached. Throws `ERR_HEAP_RESERVE` if the system does not even grant
   * 4 MiB, `ERR_INVALID_ARGUMENT` for a size out of range.
   */
  static create(options: HeapOptions = {}): Heap {
    asOptions("make a heap", options, HEAP_CHECKS);
    const buffer = reserve(options.maxBytes ?? platform.memory.defaultBytes);
    const words = new Int32Array(buffer);
    const chunks = Math.floor(words.length / CHUNK_WORDS);
    const first = Math.max(mapChunks(chunks), options.mapChunks ?? 0);
    for (let chunk = 0; chunk < first; chunk++) words[entryOfChunk(chunk) + ENTRY_OWNER] = RESERVED;
    words[CHUNK_COUNT] = chunks;
    words[FIRST_CHUNK] = first;
    words[CHUNK_HINT] = first;
    words[HIGH_WATER] = first;
    words[HEAP_IDENTITY] = Math.floor(Math.random() * 2 ** 32);
    words[SLOTS_USED] = 1;
    words[VERSION] = VERSION_VALUE;
    Atomics.store(words, MAGIC, MAGIC_VALUE); // last (H1)
    const { tracing = false, autoCollect = true, merging = true, shadows = "none" } = options;
    const settings = { tracing, collects: autoCollect, merges: merging, shadows };
    return new Heap(buffer, words, { shared: false, ...settings });
  }

  /**
   * This thread's view of a heap made elsewhere, by what {@link Heap.share} gave there: any number of threads may
   * receive it, each any number of times. Throws `ERR_INVALID_ARGUMENT` for something else, `ERR_HEAP_ATTACH` for
   * a heap of another version, `ERR_TOO_MANY_THREADS` while 511 threads are attached. The slot of a
   * thread that has ended without giving it up is taken over, where the system tells of the end.
   */
  static receive(handle: SharedHandle<"Heap">): Heap {
    const { memory } = asHandle("Heap", handle);
    const buffer: unknown = memory?.buffer;
    if (!isHeap(buffer)) {
      throw new OxbowError(
        "ERR_HEAP_ATTACH",
        "cannot receive a heap: it is not one of this version",
      );
    }
    const { tracing, merges, shadows } = memory!;
    const settings = { shared: true, tracing, collects: false, merges, shadows };
    return new Heap(buffer, new Int32Array(buffer), settings);
  }

  private constructor(
    buffer: SharedArrayBuffer,
    words: Int32Array,
    settings: Pick<Heap, "shared" | "tracing" | "collects" | "merges" | "shadows">,
  ) {
    this.shared = settings.shared;
    this.tracing = settings.tracing;
    this.collects = settings.collects;
    this.merges = settings.merges;
    this.shadows = settings.shadows;
    this.buffer = buffer;
    this.words = words;
    const { thread, incarnation, isInherited } = claimSlot(words);
    this.thread = thread;
    this.incarnation = incarnation;
    this.slot = slotAt(thread);
    this.epoch = loadEpoch(words);
    becomeBusy(this);
    if (isInherited) settleInherited(this);
  }

  /**
   * A handle for other threads, for {@link Heap.receive}; good any number of times. Throws `ERR_NOT_SHAREABLE` in a page
   * that is not cross-origin isolated.
   */
  share(): SharedHandle<"Heap"> {
    if (!isShared(this.buffer)) throw notShared();
    // Before any other thread can attach, so no count is changed without atomics when one does.
    this.shared = true;
    const { buffer, tracing, merges, shadows } = this;
    return { kind: "Heap", number: 0, memory: { buffer, tracing, merges, shadows } };
  }

  /** Bytes reserved. */
  get maxBytes(): number {
    return this.buffer.byteLength;
  }

  /** Bytes in chunks that are claimed by any thread, free blocks inside them included. */
  claimedBytes(): number {
    return countClaimed(this.words) * CHUNK_WORDS * 4;
  }

  /** How the heap's bytes are used; see {@link HeapStats}. Cost: a walk over all blocks. */
  stats(): HeapStats {
    return statsOf(this);
  }

  /**
   * Keeps once what environments of this thread hold alike, and forgets names and strings that nothing refers to any more:
   * no environment, packed result or container, and no thread that is at work. Works in slices of less than a millisecond from the event loop of this thread, beside other threads;
   * only names need a moment in which those of a pool are idle and no other thread is attached. If there is none
   * within a second, the report says that it is not complete, and which threads they were. Throws HeapExhaustedError. Cost: a nanosecond or two for
   * each word of the heap.
   */
  async collect(): Promise<CollectionReport> {
    const collector = this.companions.get(COLLECTOR) as HeapCollector | undefined;
    return (
      collector?.collect() ?? { isComplete: true, blockedBy: [], symbolsFreed: 0, bytesMerged: 0 }
    );
  }

  /**
   * Runs `body` and disposes the environments that it, and what it calls, has made and not disposed, when it
   * returns or throws, or when the promise that it gives is settled. What is to outlive it is handed out:
   * `scope.keep(environment)`. Scopes nest; other work of the thread while `body` waits is not touched. Costs
   * some microseconds, and while a scope runs some for each environment made.
   */
  scope<Result>(body: (scope: Scope) => Result): Result {
    return Scope.run(this, asFunction("run a scope", body));
  }

  /**
   * Releases this thread's slot in the heap: what its ledger holds is released, its chunks wait for
   * the next thread that attaches. The heap must not be used through this object afterwards.
   */
  detach(): void {
    detach(this);
  }

  /**
   * Gives up what a thread of Node.js that has ended held in the heap: its references, its locks, its place.
   * For those who run threads of their own: `worker.once("exit", () => heap.recover(threadId))`, with the
   * `worker.threadId` read before. Threads of a pool are the pool's. Throws `ERR_INVALID_ARGUMENT` if
   * the thread runs. Returns how many places it had.
   */
  recover(threadId: number): number {
    const slots = slotsOfEnded(this, asInteger("recover a heap", threadId));
    for (const thread of slots) settleThread(this, thread);
    return slots.length;
  }

  /**
   * Makes the `k`-th allocation of this thread from now on fail with HeapExhaustedError, once; 0 for
   * none. For testing how a caller handles memory exhaustion.
   * @internal
   */
  failAllocationAt(k: number): void {
    this.failCountdown = k;
  }
}

/** The heap, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asHeap(act: string, value: Heap): Heap {
  return value instanceof Heap ? value : refuse(act, "a heap", value);
}

function isHeap(buffer: unknown): buffer is SharedArrayBuffer {
  if (!isShared(buffer) || buffer.byteLength < MINIMUM_BYTES) return false;
  const words = new Int32Array(buffer);
  return Atomics.load(words, MAGIC) === MAGIC_VALUE && words[VERSION] === VERSION_VALUE;
}

/** By its tag: the buffer may be of another realm. */
function isShared(buffer: unknown): buffer is SharedArrayBuffer {
  return Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
}

function notShared(): OxbowError {
  const missing = platform.threads.missing().join("; ");
  return new OxbowError(
    "ERR_NOT_SHAREABLE",
    `cannot share a heap: its memory is its thread's alone, since ${missing}`,
    { missing },
  );
}

showAs(Heap, (heap) => {
  const mebibytes = Math.ceil(heap.claimedBytes() / 2 ** 20);
  return `Heap { ${mebibytes} of ${heap.maxBytes / 2 ** 20} MiB }`;
});

function asShadows(act: string, value: NonNullable<HeapOptions["shadows"]>): typeof value {
  if (["none", "recent", "markov"].includes(value)) return value;
  return refuse(act, "`none`, `recent` or `markov`", value);
}

function asHeapBytes(act: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= MINIMUM_BYTES) return bytes;
  return refuse(act, `a whole number of bytes, ${MINIMUM_BYTES} at least,`, bytes);
}

function reserve(wanted: number): SharedArrayBuffer {
  for (
    let bytes = Math.min(wanted, MAXIMUM_BYTES);
    bytes >= MINIMUM_BYTES;
    bytes = Math.floor(bytes / 2)
  ) {
    try {
      return platform.memory.reserve(bytes - (bytes % (CHUNK_WORDS * 4)));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new OxbowError("ERR_HEAP_RESERVE", `cannot reserve a heap of ${wanted} bytes`, { wanted });
}

/** The next number of a counter, from 1 on, each given out once in the heap. */
export function nextCounter(heap: LocalHeap, counter: number): number {
  if (counter >= COUNTER_CAPACITY) throw new RangeError(`no counter ${counter}`);
  return Atomics.add(heap.words, COUNTERS + counter * LINE_WORDS, 1) + 1;
}

/** The last number that a counter has given; 0 for none. */
export function loadCounter(heap: LocalHeap, counter: number): number {
  return Atomics.load(heap.words, COUNTERS + counter * LINE_WORDS);
}

/** All counters, as {@link restoreCounters} takes them. */
export function readCounters({ words }: LocalHeap): number[] {
  const at = (counter: number): number => Atomics.load(words, COUNTERS + counter * LINE_WORDS);
  return Array.from({ length: COUNTER_CAPACITY }, (_, counter) => at(counter));
}

/** Makes an untouched heap go on counting where another was. */
export function restoreCounters({ words }: LocalHeap, counters: readonly number[]): void {
  for (const [counter, value] of counters.entries()) {
    Atomics.store(words, COUNTERS + counter * LINE_WORDS, value);
  }
}

/** The segment that a root refers to, 0 for none. Acquires what was published with it. */
export function loadRoot(heap: LocalHeap, root: number): Address {
  return Atomics.load(heap.words, ROOTS + root);
}

/**
 * Puts `address` into an empty root, which takes over the caller's reference, and returns it; if
 * another thread was first, returns what is there, and the caller keeps its reference.
 */
export function publishRoot(heap: LocalHeap, root: number, address: Address): Address {
  if (root >= ROOT_CAPACITY) throw new RangeError(`no root ${root}`);
  const found = Atomics.compareExchange(heap.words, ROOTS + root, NO_ADDRESS, address);
  return found === NO_ADDRESS ? address : found;
}
