import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Mutex } from "../../src/sync/mutex.js";
import { checkRwLock, RwLock } from "../../src/sync/rwlock.js";
import { sleep } from "../../src/sync/step.js";

const layout = {
  arrived: 0,
  gate: 32,
  left: 64,
  right: 96,
  faults: 128,
  scratch: 160,
  done: 192,
  mutex: 224,
  rwLock: 256,
};
const MAIN = 100;

interface Party {
  readonly words: Int32Array;
  readonly workers: readonly Worker[];
  readonly ended: Promise<unknown>;
}

/** Starts a thread for each job and lets all of them through the gate once they have arrived. */
async function start(jobs: readonly string[], rounds: number): Promise<Party> {
  const words = new Int32Array(new SharedArrayBuffer((256 + RwLock.WORDS) * 4));
  RwLock.initialize(words, layout.rwLock);
  Mutex.initialize(words, layout.mutex);
  const workers = jobs.map((job, index) => {
    const workerData = { words, layout, owner: index + 1, job, rounds };
    return new Worker(new URL("./lock-worker.mjs", import.meta.url), { workerData });
  });
  const ended = Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once("error", reject);
          worker.once("exit", resolve);
        }),
    ),
  );
  for (;;) {
    const arrived = Atomics.load(words, layout.arrived);
    if (arrived === jobs.length) break;
    await sleep(words, layout.arrived, arrived, 10_000);
  }
  Atomics.store(words, layout.gate, 1);
  Atomics.notify(words, layout.gate);
  return { words, workers, ended };
}

function expectWhole({ words }: Party): void {
  expect(words[layout.faults]).toBe(0);
  expect(words[layout.left]).toBe(words[layout.right]);
  checkRwLock(words, layout.rwLock);
}

test("readers on real threads never see what a writer has half done", async () => {
  const party = await start(["mix", "mix", "mix", "mix"], 20_000);
  await party.ended;
  expectWhole(party);
  expect(party.words[layout.left]).toBeGreaterThan(4 * 20_000 * 0.2);
});

test("readers that never stop do not keep a writer out", async () => {
  const party = await start(["read", "read", "read", "write"], 500);
  await party.ended;
  expectWhole(party);
  expect(party.words[layout.left]).toBe(500);
});

test("writers that give up leave a lock that works", async () => {
  const party = await start(["hurry", "hurry", "mix", "mix"], 3_000);
  await party.ended;
  expectWhole(party);
});

test("a mutex on real threads loses no update", async () => {
  const party = await start(["mutex", "mutex", "mutex"], 30_000);
  await party.ended;
  expect(party.words[layout.left]).toBe(90_000);
  expect(party.words[layout.right]).toBe(90_000);
  expect(party.words[layout.mutex]! & 255).toBe(0);
});

for (const [job, held] of [
  ["dieReading", "read"],
  ["dieWriting", "write"],
] as const) {
  test(`the others go on when a thread ends inside (${held} lock)`, async () => {
    const { words, workers } = await start([job], 1);
    if (Atomics.load(words, layout.done) === 0) await sleep(words, layout.done, 0, 10_000);
    const lock = new RwLock(words, layout.rwLock, MAIN);
    const mutex = new Mutex(words, layout.mutex, MAIN);
    const waiting = lock.lockWriteAsync(10_000);
    await workers[0]!.terminate();
    expect(lock.recover(1)).toBe(held);
    await waiting;
    lock.unlockWrite();
    checkRwLock(words, layout.rwLock);
    expect(mutex.recover(1)).toBe(held === "write");
    expect(mutex.tryLock()).toBe(true);
  });
}
