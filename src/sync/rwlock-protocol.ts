/**
 * The protocol of the read-write lock: many readers or one writer, phase-fair.
 *
 *   0        1        2 …    31   32         48         64
 *   ┌────────┬────────┬─────────┬──────────┬──────────┬──────────┬ …
 *   │ gate   │ limit  │ unused  │ reader 1 │ reader 2 │ reader 3 │    one line of 64 bytes a reader
 *   └────────┴────────┴─────────┴──────────┴──────────┴──────────┴ …
 *
 *   gate     31   30        29        28      27        26 … 8   7 … 0
 *            0  │ WAITERS │ READERS │ DRAIN │ OPENING │ 0      │ owner     owner 0 = no writer
 *
 *   reader   0 never used · 1 free · −n n tasks of the thread wait · 2 + n n holds (HOPE: not yet sure)
 *
 * A writer closes the gate by putting its number there, waits until every reader word is without a
 * hold (it *drains*), and writes. A reader makes its own word a hold and then looks at the gate: if
 * that is closed it turns the hold into a wait. So reader and writer each write their own word
 * before they read the other's, and one of them must see the other (Dekker). The writer that
 * leaves turns every wait into a hold, which is the readers' turn, and opens the gate.
 *
 * | word   | written by                                | read by           | a stale read causes |
 * | ------ | ----------------------------------------- | ----------------- | ------------------- |
 * | gate   | writers; readers (flag READERS only)      | everybody         | a failed exchange, or one more turn of a loop |
 * | limit  | a reader's first use, upwards             | writers           | nothing: see RW4 |
 * | reader | its thread; a leaving writer (−n → 2 + n) | writers, recovery | nothing: a hold seen too late was a wait |
 *
 * Invariants
 *   RW1  While a writer is inside, no reader word is a hold, except one about to become a wait.
 *   RW2  A reader sleeps on its own word, and only while the word is a wait. The word was a wait, or a
 *        hope, when the reader set READERS in a closed gate. A gate with READERS is opened by way of
 *        OPENING, and the scan that makes waits and hopes into holds comes after OPENING was set; so
 *        the writer that is inside then grants every wait it is obliged to.
 *   RW3  While OPENING is set the gate counts as open for readers and as closed for writers; so a
 *        wait is granted only when no writer can be inside.
 *   RW4  `limit` is at least the number of any thread whose reader word is not 0: it is raised first.
 *   RW5  A draining writer sleeps on a reader's word, and only after it set DRAIN; a reader that ends
 *        a hold and then sees DRAIN wakes it.
 *   RW6  A waiting writer sleeps on the gate, and only after it set WAITERS in a closed gate; whoever
 *        opens a gate with WAITERS wakes one writer, and a writer that has slept sets WAITERS when it
 *        takes the gate, because others may still be asleep.
 *   RW7  A writer is kept out by readers for one hold each: a closed gate admits no new reader. A reader
 *        is kept out by writers for a few turns, however many there are: its path has one loop, in
 *        which it sleeps, and a writer is obliged to grant the wait before it sleeps (RW2).
 *   RW8  Whatever step a thread dies at, `recover` leaves the lock as if the thread had let go, and
 *        wakes everybody, because the dead thread may have been about to.
 */
import {
  AND,
  COMPARE_EXCHANGE,
  EVERYONE,
  EXCHANGE,
  LOAD,
  NOTIFY,
  OR,
  type Protocol,
  STORE,
  step,
  TIMED_OUT,
  WAIT,
} from "./step.js";

const OWNER_BITS = 8;
export const OWNER_MASK: number = (1 << OWNER_BITS) - 1;
const OPENING: number = 1 << 27;
export const DRAIN: number = 1 << 28;
export const READERS: number = 1 << 29;
export const WAITERS: number = 1 << 30;

export const GATE = 0;
export const LIMIT = 1;
const HEADER_WORDS = 32;
const READER_STRIDE = 16;
/** Owners are 1 … MAXIMUM_OWNER. */
export const MAXIMUM_OWNER = 128;
export const RWLOCK_WORDS: number = HEADER_WORDS + MAXIMUM_OWNER * READER_STRIDE;

export const NEVER = 0;
export const FREE = 1;
/** A reader word with one hold; each further hold adds 1. */
export const ONE_HOLD = 3;
/** Beside a number of holds: they become waits if the gate turns out to be closed. */
const HOPE = 1 << 16;

/** Index of a thread's reader word in a lock at `index`. */
export function readerIndex(index: number, owner: number): number {
  return index + HEADER_WORDS + (owner - 1) * READER_STRIDE;
}

/** A reader may pass: no writer, or one that is opening the gate (RW3). */
export function isOpenForReaders(gate: number): boolean {
  return (gate & OWNER_MASK) === 0 || (gate & OPENING) !== 0;
}

/**
 * Takes a read lock; false if it timed out. The fast path of the lock is the first two steps with
 * `hopeful`; the rest of this generator is entered when either fails.
 *
 * @param hopeful make the word a hold before looking at the gate, as the fast path does.
 */
export function* lockReadSteps(index: number, owner: number, hopeful: boolean): Protocol<boolean> {
  const mine = readerIndex(index, owner);
  if (hopeful) {
    const found = yield step("R-hold", COMPARE_EXCHANGE, mine, FREE, ONE_HOLD);
    if (found === FREE) {
      const gate = yield step("R-gate?", LOAD, index + GATE);
      if (isOpenForReaders(gate)) return true;
      return yield* waitToRead(index, owner, ONE_HOLD);
    }
  }
  return yield* lockReadSlowly(index, owner);
}

/** From a reader word that is not a fresh hold. */
export function* lockReadSlowly(index: number, owner: number): Protocol<boolean> {
  const mine = readerIndex(index, owner);
  for (;;) {
    const word = yield step("R-word?", LOAD, mine);
    if (word === NEVER) {
      yield* raiseLimit(index, owner);
      yield step("R-first-use", COMPARE_EXCHANGE, mine, NEVER, FREE);
    } else if (word > FREE) {
      // The thread is inside already: one more hold changes nothing for anybody else.
      const found = yield step("R-again", COMPARE_EXCHANGE, mine, word, word + 1);
      if (found === word) return true;
    } else {
      const waits = word === FREE ? -1 : word - 1;
      const found = yield step("R-wait-word", COMPARE_EXCHANGE, mine, word, waits);
      if (found === word) return yield* waitToRead(index, owner, waits);
    }
  }
}

function* raiseLimit(index: number, owner: number): Protocol<void> {
  for (;;) {
    const limit = yield step("R-limit?", LOAD, index + LIMIT);
    if (limit >= owner) return;
    yield step("R-raise-limit", COMPARE_EXCHANGE, index + LIMIT, limit, owner);
  }
}

/**
 * From a reader word that is a wait, or a fresh hold in front of a closed gate.
 *
 * @param word what the reader word holds; this thread alone can change a hold.
 */
export function* waitToRead(index: number, owner: number, word: number): Protocol<boolean> {
  const mine = readerIndex(index, owner);
  const waits = word > FREE ? 2 - word : word;
  if (word > FREE) yield step("R-retreat", STORE, mine, waits);
  const gate = yield step("R-announce", OR, index + GATE, READERS, 0, waits);
  if (isOpenForReaders(gate)) {
    if (yield* helpSelf(index, mine, waits)) return true;
  } else if ((gate & DRAIN) !== 0) {
    yield step("R-drained", NOTIFY, mine, EVERYONE, 0, waits);
  }
  return yield* sleepUntilGranted(mine, waits);
}

/** There may be no one to grant the wait: enter, or oblige the writer that got in between (RW2). */
function* helpSelf(index: number, mine: number, waits: number): Protocol<boolean> {
  const hold = 2 - waits;
  const found = yield step("R-hope", COMPARE_EXCHANGE, mine, waits, hold | HOPE);
  if (found > FREE) return true;
  const gate = yield step("R-announce-again", OR, index + GATE, READERS, 0, waits);
  if (isOpenForReaders(gate)) {
    // Or a leaving writer has made it a hold already.
    yield step("R-enter", COMPARE_EXCHANGE, mine, hold | HOPE, hold);
    if (hold > ONE_HOLD) yield step("R-wake-tasks", NOTIFY, mine, EVERYONE);
    return true;
  }
  const stood = yield step("R-retreat-again", COMPARE_EXCHANGE, mine, hold | HOPE, waits);
  if (stood !== (hold | HOPE)) return true;
  const now = yield step("R-drain-again?", LOAD, index + GATE, 0, 0, waits);
  if ((now & DRAIN) !== 0) yield step("R-drained-again", NOTIFY, mine, EVERYONE, 0, waits);
  return false;
}

function* sleepUntilGranted(mine: number, wait: number): Protocol<boolean> {
  let waits = wait;
  for (;;) {
    const outcome = yield step("R-sleep", WAIT, mine, waits);
    const seen = yield step("R-granted?", LOAD, mine, 0, 0, outcome);
    if (seen > FREE) return true;
    if (outcome === TIMED_OUT) {
      const less = seen === -1 ? FREE : seen + 1;
      const found = yield step("R-give-up", COMPARE_EXCHANGE, mine, seen, less);
      return found > FREE; // granted at the last moment
    }
    waits = seen;
  }
}

/** Ends one hold; false if there is none. */
export function* unlockReadSteps(index: number, owner: number): Protocol<boolean> {
  const mine = readerIndex(index, owner);
  const found = yield step("R-let-go", COMPARE_EXCHANGE, mine, ONE_HOLD, FREE);
  if (found > ONE_HOLD) {
    yield step("R-one-less", STORE, mine, found - 1);
    return true;
  }
  if (found !== ONE_HOLD) return false;
  const gate = yield step("R-drain?", LOAD, index + GATE);
  if ((gate & DRAIN) !== 0) yield step("R-wake-writer", NOTIFY, mine, EVERYONE);
  return true;
}

/** Takes the write lock; false if it timed out, with nothing taken. */
export function* lockWriteSteps(index: number, owner: number): Protocol<boolean> {
  const first = yield step("W-close", COMPARE_EXCHANGE, index + GATE, 0, owner);
  if (first !== 0 && !(yield* closeGate(index, owner))) return false;
  return yield* drain(index);
}

function* closeGate(index: number, owner: number): Protocol<boolean> {
  let carried = 0;
  for (;;) {
    const gate = yield step("W-open?", LOAD, index + GATE, 0, 0, carried);
    if ((gate & OWNER_MASK) === 0) {
      const closed = gate | owner | carried;
      const found = yield step("W-take", COMPARE_EXCHANGE, index + GATE, gate, closed, carried);
      if (found === gate) return true;
      continue;
    }
    const held = yield step("W-announce", OR, index + GATE, WAITERS, 0, carried);
    if ((held & OWNER_MASK) === 0) continue;
    const outcome = yield step("W-sleep", WAIT, index + GATE, held | WAITERS, 0, carried);
    if (outcome === TIMED_OUT) return false;
    carried = WAITERS; // RW6
  }
}

/** Waits, behind the closed gate, until no reader holds; false if it timed out and opened the gate. */
export function* drain(index: number): Protocol<boolean> {
  const limit = yield step("W-limit?", LOAD, index + LIMIT);
  let announced = 0;
  for (let reader = 1; reader <= limit; reader++) {
    const word = readerIndex(index, reader);
    let seen = yield step("W-reader?", LOAD, word, limit, announced);
    while (seen > FREE) {
      if (announced === 0) yield step("W-drain", OR, index + GATE, DRAIN, limit, reader);
      announced = 1;
      seen = yield step("W-reader-again?", LOAD, word, limit);
      if (seen <= FREE) break;
      const outcome = yield step("W-drain-sleep", WAIT, word, seen, 0, limit);
      if (outcome === TIMED_OUT) {
        yield* openGate(index, 1);
        return false;
      }
    }
  }
  if (announced !== 0) yield step("W-drained", AND, index + GATE, ~DRAIN);
  return true;
}

/** Takes the write lock if that needs no waiting. */
export function* tryLockWriteSteps(index: number, owner: number): Protocol<boolean> {
  const gate = yield step("T-open?", LOAD, index + GATE);
  if ((gate & OWNER_MASK) !== 0) return false;
  const found = yield step("T-take", COMPARE_EXCHANGE, index + GATE, gate, gate | owner);
  if (found !== gate) return false;
  const limit = yield step("T-limit?", LOAD, index + LIMIT);
  for (let reader = 1; reader <= limit; reader++) {
    const seen = yield step("T-reader?", LOAD, readerIndex(index, reader), limit);
    if (seen > FREE) {
      yield* openGate(index, 1);
      return false;
    }
  }
  return true;
}

/** Ends the write lock; false if `owner` does not hold it. */
export function* unlockWriteSteps(index: number, owner: number): Protocol<boolean> {
  const found = yield step("W-open", COMPARE_EXCHANGE, index + GATE, owner, 0);
  if (found === owner) return true;
  if ((found & OWNER_MASK) !== owner) return false;
  yield* openGate(index, 1);
  return true;
}

/** Opens a gate that this thread owns: the waiting readers' turn (RW2, RW3), then one writer's. */
function* openGate(index: number, writers: number): Protocol<void> {
  yield step("O-opening", OR, index + GATE, OPENING, 0, writers);
  yield* grantWaits(index, writers);
  const gate = yield step("O-open", EXCHANGE, index + GATE, 0, 0, writers);
  if ((gate & WAITERS) !== 0) yield step("O-wake-writer", NOTIFY, index + GATE, writers);
}

function* grantWaits(index: number, writers: number): Protocol<void> {
  const limit = yield step("O-limit?", LOAD, index + LIMIT, 0, 0, writers);
  for (let reader = 1; reader <= limit; reader++) {
    const word = readerIndex(index, reader);
    for (;;) {
      const seen = yield step("O-waits?", LOAD, word, limit, 0, writers);
      if (seen >= 0 && (seen & HOPE) === 0) break;
      const hold = seen < 0 ? 2 - seen : seen & ~HOPE;
      const found = yield step("O-grant", COMPARE_EXCHANGE, word, seen, hold, limit);
      if (found !== seen) continue;
      yield step("O-wake-reader", NOTIFY, word, EVERYONE, limit, writers);
      break;
    }
  }
}

/**
 * Releases what an ended thread held (RW8). Exactly one thread recovers a dead one, and not
 * while it holds this lock itself.
 *
 * @returns 1 if the dead thread was a reader, 2 if it was the writer, 0 if it held nothing.
 */
export function* recoverRwLockSteps(index: number, owner: number, dead: number): Protocol<number> {
  const word = readerIndex(index, dead);
  let held = 0;
  const seen = yield step("X-reader?", LOAD, word);
  if (seen !== NEVER) {
    const found = yield step("X-free-reader", EXCHANGE, word, FREE);
    if (found > FREE) held = 1;
  }
  for (;;) {
    const gate = yield step("X-gate?", LOAD, index + GATE, 0, 0, held);
    if ((gate & OWNER_MASK) !== dead) break;
    // Taken over in one step, so that a recovery that dies in turn can be recovered.
    const mine = (gate & ~OWNER_MASK) | owner | OPENING;
    const found = yield step("X-take-over", COMPARE_EXCHANGE, index + GATE, gate, mine, held);
    if (found !== gate) continue;
    held = 2;
    yield* openGate(index, EVERYONE);
  }
  const limit = yield step("X-limit?", LOAD, index + LIMIT, 0, 0, held);
  for (let reader = 1; reader <= limit; reader++) {
    const other = readerIndex(index, reader);
    yield step("X-wake-reader", NOTIFY, other, EVERYONE, limit, held);
  }
  yield step("X-wake-writers", NOTIFY, index + GATE, EVERYONE, 0, held);
  return held;
}
