import { expect, test, vi } from "vitest";
import { ALIVE, ENDED, Mutex, type OwnerLife, UNKNOWN } from "../../src/sync/mutex.js";
import { checkRwLock, RwLock } from "../../src/sync/rwlock.js";

function newLock(): { one: RwLock; two: RwLock; words: Int32Array } {
  const words = new Int32Array(new SharedArrayBuffer(RwLock.WORDS * 4));
  RwLock.initialize(words, 0);
  return { one: new RwLock(words, 0, 1), two: new RwLock(words, 0, 2), words };
}

function newMutex(): { one: Mutex; two: Mutex } {
  const words = new Int32Array(new SharedArrayBuffer(4));
  Mutex.initialize(words, 0);
  return { one: new Mutex(words, 0, 1), two: new Mutex(words, 0, 2) };
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

test("two readers are inside together, and a writer is not", () => {
  const { one, two, words } = newLock();
  one.lockRead();
  two.lockRead();
  expect(one.holders()).toEqual({ writer: 0, readers: [1, 2] });
  two.unlockRead();
  expect(two.tryLockWrite()).toBe(false);
  one.unlockRead();
  expect(two.tryLockWrite()).toBe(true);
  expect(one.tryLockRead()).toBe(false);
  expect(one.holders()).toEqual({ writer: 2, readers: [] });
  two.unlockWrite();
  checkRwLock(words, 0);
});

test("a thread may read inside its read lock", () => {
  const { one, words } = newLock();
  one.lockRead();
  one.lockRead();
  expect(one.tryLockRead()).toBe(true);
  one.unlockRead();
  one.unlockRead();
  expect(one.isReader()).toBe(true);
  one.unlockRead();
  checkRwLock(words, 0);
});

test("an upgrade is refused and leaves the read lock", () => {
  const { one, two } = newLock();
  one.lockRead();
  expect(() => one.lockWrite()).toThrow(withCode("ERR_LOCK_UPGRADE"));
  expect(() => one.tryLockWrite()).toThrow(withCode("ERR_LOCK_UPGRADE"));
  expect(two.holders()).toEqual({ writer: 0, readers: [1] });
});

test("a thread that would wait for itself is told so", () => {
  const { one, two, words } = newLock();
  one.lockRead();
  one.unlockRead();
  one.lockWrite();
  expect(() => one.lockWrite()).toThrow(withCode("ERR_LOCK_REENTERED"));
  expect(() => one.lockRead()).toThrow(withCode("ERR_LOCK_REENTERED"));
  expect(() => two.unlockWrite()).toThrow(withCode("ERR_LOCK_NOT_OWNED"));
  expect(() => one.unlockRead()).toThrow(withCode("ERR_LOCK_NOT_OWNED"));
  one.unlockWrite();
  checkRwLock(words, 0);
});

test("a lock that is not free in time is not taken", () => {
  const { one, two, words } = newLock();
  one.lockWrite();
  expect(() => two.lockRead(1)).toThrow(withCode("ERR_LOCK_TIMEOUT"));
  expect(() => two.lockWrite(1)).toThrow(withCode("ERR_LOCK_TIMEOUT"));
  one.unlockWrite();
  one.lockRead();
  expect(() => two.lockWrite(1)).toThrow(withCode("ERR_LOCK_TIMEOUT"));
  expect(two.tryLockRead()).toBe(true);
  two.unlockRead();
  one.unlockRead();
  checkRwLock(words, 0);
});

test("tasks of one thread wait for a lock without blocking the thread", async () => {
  const { one, two, words } = newLock();
  const order: string[] = [];
  await one.lockWriteAsync();
  const readers = [1, 2, 3].map(async (task) => {
    await two.lockReadAsync();
    order.push(`in ${task}`);
  });
  const writer = two.lockWriteAsync().then(() => order.push("writer"));
  await Promise.resolve();
  expect(order).toEqual([]);
  one.unlockWrite();
  await Promise.all(readers);
  expect(order).toEqual(["in 1", "in 2", "in 3"]);
  for (let task = 0; task < 3; task++) two.unlockRead();
  await writer;
  expect(one.holders()).toEqual({ writer: 2, readers: [] });
  two.unlockWrite();
  checkRwLock(words, 0);
});

test("a task that gives up leaves the other tasks of its thread waiting", async () => {
  const { one, two, words } = newLock();
  one.lockWrite();
  const patient = two.lockReadAsync();
  await expect(two.lockReadAsync(2)).rejects.toThrow(withCode("ERR_LOCK_TIMEOUT"));
  await expect(two.lockWriteAsync(2)).rejects.toThrow(withCode("ERR_LOCK_TIMEOUT"));
  one.unlockWrite();
  await patient;
  two.unlockRead();
  checkRwLock(words, 0);
});

test("what a dead thread held is taken back", async () => {
  const { one, two, words } = newLock();
  two.lockWrite();
  const reading = one.lockReadAsync();
  expect(one.recover(2)).toBe("write");
  await reading;
  one.unlockRead();
  two.lockRead();
  two.lockRead();
  expect(one.recover(2)).toBe("read");
  expect(one.recover(2)).toBe("nothing");
  expect(one.tryLockWrite()).toBe(true);
  one.unlockWrite();
  checkRwLock(words, 0);
});

test("a mutex keeps others out, is given back, and taken back from the dead", async () => {
  const { one, two } = newMutex();
  one.lock();
  expect(two.tryLock()).toBe(false);
  expect(two.holder()).toBe(1);
  expect(() => one.lock()).toThrow(withCode("ERR_LOCK_REENTERED"));
  expect(() => two.unlock()).toThrow(withCode("ERR_LOCK_NOT_OWNED"));
  expect(() => two.lock(1)).toThrow(withCode("ERR_LOCK_TIMEOUT"));
  const waiting = two.lockAsync();
  one.unlock();
  await waiting;
  expect(one.recover(2)).toBe(true);
  expect(one.recover(2)).toBe(false);
  expect(one.run(() => one.isHeld())).toBe(true);
  expect(one.holder()).toBe(0);
});

/** A mutex that thread 1 holds, and thread 2's view of it, which is told that of thread 1. */
function heldMutex(life: () => OwnerLife): { held: Mutex; waiting: Mutex } {
  const words = new Int32Array(new SharedArrayBuffer(4));
  Mutex.initialize(words, 0);
  const held = new Mutex(words, 0, 1);
  held.lock();
  return { held, waiting: new Mutex(words, 0, 2, life) };
}

test("who waits for a mutex takes it from an owner that has ended", async () => {
  const lives: OwnerLife[] = [ALIVE, UNKNOWN, ALIVE, ENDED];
  const { held, waiting } = heldMutex(() => lives.shift()!);
  waiting.lock();
  expect([lives.length, held.isHeld(), waiting.isHeld()]).toEqual([0, false, true]);
  waiting.unlock();
  held.lock();
  lives.push(ENDED);
  await waiting.lockAsync();
  expect(waiting.isHeld()).toBe(true);
});

test("who waits without a limit for an owner of whom nothing is known gives up after ten seconds", async () => {
  const { waiting } = heldMutex(() => UNKNOWN);
  // A clock that runs fast.
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 500));
  try {
    const timeout = expect.objectContaining({ code: "ERR_LOCK_TIMEOUT" });
    expect(() => waiting.lock()).toThrow(timeout);
    expect(now).toBeGreaterThan(10_000);
    await expect(waiting.lockAsync()).rejects.toThrow(timeout);
  } finally {
    clock.mockRestore();
  }
  expect(waiting.lockWithin(5)).toBe(false);
});
