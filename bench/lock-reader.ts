/**
 * A thread of the environment suite: reads under a lock, over and over, for as long as it is told to. A read
 * holds the lock for a time in which the thread sleeps, so the figure is the lock's, whatever else the
 * machine does.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Mutex } from "../src/sync/mutex.js";
import { RwLock } from "../src/sync/rwlock.js";

/** Which lock and where; threads start together when the gate's word changes. */
export interface LockJob {
  readonly kind: "mutex" | "rwlock";
  readonly words: Int32Array;
  readonly lock: number;
  readonly gate: number;
  /** A word that nobody ever wakes: to sleep on. */
  readonly bed: number;
  readonly owner: number;
  readonly holdMs: number;
  readonly forMs: number;
}

const { kind, words, lock, gate, bed, owner, holdMs, forMs } = workerData as LockJob;

function hold(): void {
  Atomics.wait(words, bed, 0, holdMs);
}

function reader(): () => void {
  if (kind === "mutex") {
    const mutex = new Mutex(words, lock, owner);
    return () => mutex.run(hold);
  }
  const rwlock = new RwLock(words, lock, owner);
  return () => rwlock.read(hold);
}

const read = reader();
parentPort!.postMessage("ready");
Atomics.wait(words, gate, 0);
let reads = 0;
for (const end = performance.now() + forMs; performance.now() < end; reads++) read();
parentPort!.postMessage(reads);
