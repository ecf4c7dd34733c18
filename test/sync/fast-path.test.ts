import { afterEach, expect, test, vi } from "vitest";
import { lockMutexSteps, Mutex, unlockMutexSteps } from "../../src/sync/mutex.js";
import { RwLock } from "../../src/sync/rwlock.js";
import {
  FREE,
  GATE,
  LIMIT,
  lockReadSteps,
  lockWriteSteps,
  ONE_HOLD,
  READERS,
  RWLOCK_WORDS,
  readerIndex,
  unlockReadSteps,
  unlockWriteSteps,
} from "../../src/sync/rwlock-protocol.js";
import { execute, type Protocol, WAIT } from "../../src/sync/step.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const NAMES = [
  "load",
  "store",
  "compareExchange",
  "exchange",
  "or",
  "and",
  "notify",
  "add",
] as const;
const KIND_NAMES = [
  "load",
  "store",
  "compareExchange",
  "exchange",
  "or",
  "and",
  "wait",
  "notify",
  "add",
];
const OPERANDS = [0, 1, 2, 1, 1, 1, 1, 1, 1];

/** The atomic operations of `body`, in order, as `name index operands`. */
function record(body: () => void): string[] {
  const calls: string[] = [];
  for (const name of NAMES) {
    const original = Atomics[name] as (...operands: unknown[]) => number;
    vi.spyOn(Atomics, name).mockImplementation(((words: Int32Array, ...operands: number[]) => {
      calls.push([name, ...operands].join(" "));
      return original(words, ...operands);
    }) as never);
  }
  try {
    body();
  } finally {
    vi.restoreAllMocks();
  }
  return calls;
}

function recordSteps(words: Int32Array, protocol: Protocol<unknown>): string[] {
  const calls: string[] = [];
  let next = protocol.next(0);
  while (!next.done) {
    const { kind, index, a, b } = next.value;
    expect(kind).not.toBe(WAIT);
    calls.push([KIND_NAMES[kind], index, ...[a, b].slice(0, OPERANDS[kind])].join(" "));
    next = protocol.next(execute(words, next.value));
  }
  return calls;
}

function lockWords(change: (words: Int32Array) => void): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(RWLOCK_WORDS * 4));
  change(words);
  return words;
}

const used = (words: Int32Array): void => {
  words[LIMIT] = 2;
  words[readerIndex(0, 1)] = FREE;
  words[readerIndex(0, 2)] = FREE;
};

const stale = (words: Int32Array): void => {
  used(words);
  words[GATE] = READERS;
};

const cases: readonly [
  string,
  (words: Int32Array) => void,
  (lock: RwLock) => void,
  () => Protocol<unknown>,
][] = [
  ["a read lock", used, (lock) => lock.lockRead(), () => lockReadSteps(0, 2, true)],
  [
    "the end of a read lock",
    (words) => {
      used(words);
      words[readerIndex(0, 2)] = ONE_HOLD;
    },
    (lock) => lock.unlockRead(),
    () => unlockReadSteps(0, 2),
  ],
  [
    "the end of a write lock",
    (words) => {
      used(words);
      words[GATE] = 2;
    },
    (lock) => lock.unlockWrite(),
    () => unlockWriteSteps(0, 2),
  ],
];

for (const [name, change, call, steps] of cases) {
  test(`${name} without contention does the steps of the proved protocol`, () => {
    const real = lockWords(change);
    const model = lockWords(change);
    const lock = new RwLock(real, 0, 2);
    expect(record(() => call(lock))).toEqual(recordSteps(model, steps()));
    expect(real).toEqual(model);
  });
}

test("a write lock without contention does the steps of the proved protocol after its own check", () => {
  const real = lockWords(used);
  const model = lockWords(used);
  const lock = new RwLock(real, 0, 2);
  const [upgradeCheck, ...calls] = record(() => lock.lockWrite());
  expect(upgradeCheck).toBe(`load ${readerIndex(0, 2)}`);
  expect(calls).toEqual(recordSteps(model, lockWriteSteps(0, 2)));
  expect(real).toEqual(model);
});

test("a write lock on a gate with a stale flag does the steps of the proved protocol", () => {
  const real = lockWords(stale);
  const model = lockWords(stale);
  const lock = new RwLock(real, 0, 1);
  record(() => lock.lockWrite());
  recordSteps(model, lockWriteSteps(0, 1));
  expect(real).toEqual(model);
});

test("a mutex without contention does one step each way, those of the proved protocol", () => {
  const real = new Int32Array(new SharedArrayBuffer(4));
  const model = new Int32Array(new SharedArrayBuffer(4));
  const mutex = new Mutex(real, 0, 7);
  expect(record(() => mutex.lock())).toEqual(["compareExchange 0 0 7"]);
  // The protocol looks before it takes; the exchange is the same.
  expect(recordSteps(model, lockMutexSteps(0, 7))).toEqual(["load 0", "compareExchange 0 0 7"]);
  expect(real).toEqual(model);
  expect(record(() => mutex.unlock())).toEqual(recordSteps(model, unlockMutexSteps(0, 7)));
  expect(real).toEqual(model);
});
