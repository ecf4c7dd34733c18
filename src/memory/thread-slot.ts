/**
 * Thread slots: who has which place in the heap, and whether its thread still lives.
 *
 *     STATE   31 … 2               1 0          incarnation   27 … 9    8 … 0
 *             | system's number  | state |               | turn  | slot |
 *
 *   FREE ── attach ──▶ LIVE ── detach ──▶ FREE
 *                       │  └── its thread has ended: settle ──▶ SETTLING ──▶ FREE
 *                       └───── its thread has ended: attach ──▶ LIVE, another thread's
 *
 * A slot says which thread of the system has it, so anybody can find out that the thread is gone, as far
 * as the platform tells. An incarnation names one thread for ever: the slot and its turn, the
 * number of times it was attached. What names its owner by incarnation is never mistaken for the property of
 * the thread that has the slot next.
 *
 * Invariants
 *   TS1  STATE goes from a thread that has ended to its heir or settler in one exchange of the whole
 *        word, number included; so of several that find the end, one goes on.
 *   TS2  A slot with a keeper that lives is settled by the keeper alone: others than the heap must be put
 *        in order first.
 *   TS3  A thread uses its incarnation only after it raised its slot's turn.
 */

import { OxbowError } from "../base/errors.js";
import { platform } from "../platform/current.js";
import { ALIVE, ENDED, Mutex, type OwnerLife, UNKNOWN } from "../sync/mutex.js";
import {
  type LocalHeap,
  loadSlotState,
  SLOT_CAPACITY,
  SLOT_FREE,
  SLOT_KEEPER,
  SLOT_LIVE,
  SLOT_NODE_THREAD,
  SLOT_SETTLING,
  SLOT_STATE,
  SLOT_STATE_BITS,
  SLOT_TURN,
  SLOT_WAITING,
  SLOTS_USED,
  slotAt,
  usedSlots,
} from "./layout.js";

const { systemThread, hasEnded, hostThread } = platform.threads;

const SLOT_BITS = 9;
const TURN_MASK: number = (1 << 19) - 1;
const STATE_MASK: number = (1 << SLOT_STATE_BITS) - 1;
/** Numbers of threads that a state word can hold; Linux gives none above. */
const SYSTEM_THREAD_LIMIT: number = 1 << 22;

/** A slot that this thread has come by. */
interface ClaimedSlot {
  readonly thread: number;
  readonly incarnation: number;
  /** Whether it is that of a thread which has ended and left it as it was. */
  readonly isInherited: boolean;
}

/** Takes the slot of a thread that has ended, else a free one. `ERR_TOO_MANY_THREADS` if there is none. */
export function claimSlot(words: Int32Array): ClaimedSlot {
  const mine = knownSystemThread();
  const ended = findSlot(words, (thread) => takeOver(words, thread, mine));
  const thread = ended > 0 ? ended : claimFree(words, mine);
  const slot = slotAt(thread);
  Atomics.store(words, slot + SLOT_KEEPER, 0);
  Atomics.store(words, slot + SLOT_WAITING, 0);
  Atomics.store(words, slot + SLOT_NODE_THREAD, hostThread());
  Atomics.add(words, slot + SLOT_TURN, 1); // before the incarnation is read (TS3)
  return { thread, incarnation: incarnationOf(words, thread), isInherited: ended > 0 };
}

function knownSystemThread(): number {
  const thread = systemThread();
  return thread < SYSTEM_THREAD_LIMIT ? thread : 0;
}

function stateWord(state: number, systemNumber: number): number {
  return state | (systemNumber << SLOT_STATE_BITS);
}

function findSlot(words: Int32Array, isFound: (thread: number) => boolean): number {
  const end = usedSlots(words);
  for (let thread = 1; thread < end; thread++) if (isFound(thread)) return thread;
  return 0;
}

function takeOver(words: Int32Array, thread: number, mine: number): boolean {
  const state = Atomics.load(words, slotAt(thread) + SLOT_STATE);
  if ((state & STATE_MASK) === SLOT_FREE || !hasEnded(state >>> SLOT_STATE_BITS, mine))
    return false;
  if (isKept(words, thread, mine)) return false;
  return exchangeState(words, thread, state, stateWord(SLOT_LIVE, mine));
}

/** False if another came first (TS1). */
function exchangeState(words: Int32Array, thread: number, from: number, to: number): boolean {
  return Atomics.compareExchange(words, slotAt(thread) + SLOT_STATE, from, to) === from;
}

function claimFree(words: Int32Array, mine: number): number {
  for (let thread = 1; thread < SLOT_CAPACITY; thread++) {
    raiseUsed(words, thread + 1);
    if (exchangeState(words, thread, SLOT_FREE, stateWord(SLOT_LIVE, mine))) return thread;
  }
  throw new OxbowError(
    "ERR_TOO_MANY_THREADS",
    `cannot attach: ${SLOT_CAPACITY - 1} threads are attached, the most a heap can have at once`,
    { limit: SLOT_CAPACITY - 1 },
  );
}

function raiseUsed(words: Int32Array, end: number): void {
  for (let seen = usedSlots(words); seen < end; ) {
    const found = Atomics.compareExchange(words, SLOTS_USED, seen, end);
    if (found === seen) return;
    seen = found;
  }
}

/** Names the thread that has the slot now. */
export function incarnationOf(words: Int32Array, thread: number): number {
  const turn = Atomics.load(words, slotAt(thread) + SLOT_TURN) & TURN_MASK;
  return (turn << SLOT_BITS) | thread;
}

/** This thread's view of a mutex in the heap. Who waits in it finds out by itself that its owner has ended. */
export function mutexAt(heap: LocalHeap, index: number): Mutex {
  const life = (owner: number): OwnerLife => lifeOf(heap, owner);
  return new Mutex(heap.words, index, heap.incarnation, life, heap.slot + SLOT_WAITING);
}

/** The slot of the thread that an incarnation names. */
export function slotOfIncarnation(incarnation: number): number {
  return incarnation & (SLOT_CAPACITY - 1);
}

/** The threads that sleep at the lock of that word, by their slots. */
export function waitersAt(words: Int32Array, index: number): number[] {
  const found: number[] = [];
  for (let thread = 1; thread < usedSlots(words); thread++) {
    if (loadSlotState(words, thread) !== SLOT_LIVE) continue;
    if (Atomics.load(words, slotAt(thread) + SLOT_WAITING) === index) found.push(thread);
  }
  return found;
}

/** Whether the thread of an incarnation is still there; for those that wait for it. */
export function lifeOf({ words, slot }: LocalHeap, incarnation: number): OwnerLife {
  const mine = Atomics.load(words, slot + SLOT_STATE) >>> SLOT_STATE_BITS;
  return lifeAsSeenBy(words, incarnation, mine);
}

function lifeAsSeenBy(words: Int32Array, incarnation: number, mine: number): OwnerLife {
  const thread = slotOfIncarnation(incarnation);
  const state = Atomics.load(words, slotAt(thread) + SLOT_STATE);
  if (incarnationOf(words, thread) !== incarnation || (state & STATE_MASK) !== SLOT_LIVE)
    return ENDED;
  const systemNumber = state >>> SLOT_STATE_BITS;
  if (systemNumber === 0 || mine === 0) return UNKNOWN;
  return hasEnded(systemNumber, mine) ? ENDED : ALIVE;
}

/** From now on the thread of `keeper`, an incarnation, is told of this thread's end and settles it (TS2). */
export function keepSlot({ words, slot }: LocalHeap, keeper: number): void {
  Atomics.store(words, slot + SLOT_KEEPER, keeper);
}

function isKept(words: Int32Array, thread: number, mine: number): boolean {
  const keeper = Atomics.load(words, slotAt(thread) + SLOT_KEEPER);
  return keeper !== 0 && lifeAsSeenBy(words, keeper, mine) !== ENDED;
}

/** Begins to settle a slot; false if nobody has it, or another thread settles it. */
export function beginSettling(words: Int32Array, thread: number): boolean {
  const state = Atomics.load(words, slotAt(thread) + SLOT_STATE);
  if ((state & STATE_MASK) !== SLOT_LIVE) return false;
  return exchangeState(words, thread, state, stateWord(SLOT_SETTLING, knownSystemThread()));
}

/** The slot is there for the next thread. By the thread that has it, or settled it. */
export function freeSlot(words: Int32Array, thread: number): void {
  Atomics.store(words, slotAt(thread) + SLOT_STATE, SLOT_FREE);
}

/** The slots of threads that have certainly ended and that nobody keeps. */
export function slotsOfGone(heap: LocalHeap): number[] {
  const { words } = heap;
  const mine = Atomics.load(words, heap.slot + SLOT_STATE) >>> SLOT_STATE_BITS;
  const gone: number[] = [];
  for (let thread = 1; thread < usedSlots(words); thread++) {
    const state = Atomics.load(words, slotAt(thread) + SLOT_STATE);
    if (thread === heap.thread || (state & STATE_MASK) !== SLOT_LIVE) continue;
    if (!hasEnded(state >>> SLOT_STATE_BITS, mine) || isKept(words, thread, mine)) continue;
    gone.push(thread);
  }
  return gone;
}

/** The slots of a thread of Node.js that nobody keeps. Throws `ERR_INVALID_ARGUMENT` if it certainly runs. */
export function slotsOfEnded(heap: LocalHeap, threadId: number): number[] {
  const { words } = heap;
  const mine = systemThread();
  const found: number[] = [];
  for (let thread = 1; thread < usedSlots(words); thread++) {
    if (loadSlotState(words, thread) !== SLOT_LIVE) continue;
    if (Atomics.load(words, slotAt(thread) + SLOT_NODE_THREAD) !== threadId + 1) continue;
    const life = lifeAsSeenBy(words, incarnationOf(words, thread), mine);
    if (life === ALIVE || threadId + 1 === hostThread()) throw stillRuns(threadId);
    if (!isKept(words, thread, mine)) found.push(thread);
  }
  return found;
}

/** The slots of a thread of Node.js that this thread keeps. */
export function slotsKept({ words, incarnation }: LocalHeap, threadId: number): number[] {
  const found: number[] = [];
  for (let thread = 1; thread < usedSlots(words); thread++) {
    const slot = slotAt(thread);
    if (Atomics.load(words, slot + SLOT_NODE_THREAD) !== threadId + 1) continue;
    if (Atomics.load(words, slot + SLOT_KEEPER) === incarnation) found.push(thread);
  }
  return found;
}

function stillRuns(threadId: number): OxbowError {
  return new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot recover what thread ${threadId} held: it still runs; wait for the worker's "exit"`,
    { threadId },
  );
}
