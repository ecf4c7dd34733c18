// One thread of the lock stress tests; it runs the built files, as every worker does.
import { workerData } from "node:worker_threads";
import { Mutex } from "../../dist/src/sync/mutex.js";
import { RwLock } from "../../dist/src/sync/rwlock.js";

const { words, layout, owner, job, rounds } = workerData;
const rwLock = new RwLock(words, layout.rwLock, owner);
const mutex = new Mutex(words, layout.mutex, owner);

/** All threads start together. */
function passGate() {
  Atomics.add(words, layout.arrived, 1);
  Atomics.notify(words, layout.arrived);
  Atomics.wait(words, layout.gate, 0);
}

/** A small generator, so that every thread mixes its work in its own way. */
let seed = owner * 0x9e3779b9;
function random(below) {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 8) % below;
}

function write() {
  rwLock.lockWrite();
  const next = words[layout.left] + 1;
  words[layout.left] = next;
  for (let pause = random(50); pause > 0; pause--) words[layout.scratch] = pause;
  if (words[layout.right] !== next - 1) Atomics.add(words, layout.faults, 1);
  words[layout.right] = next;
  rwLock.unlockWrite();
}

function read() {
  rwLock.lockRead();
  const left = words[layout.left];
  if (random(8) === 0 && rwLock.tryLockRead()) rwLock.unlockRead();
  if (words[layout.right] !== left) Atomics.add(words, layout.faults, 1);
  rwLock.unlockRead();
}

const jobs = {
  mix() {
    for (let round = 0; round < rounds; round++) {
      if (random(4) === 0) write();
      else read();
    }
  },
  read() {
    // Until the writer is done: a starved writer would never be.
    while (Atomics.load(words, layout.done) === 0) read();
  },
  write() {
    for (let round = 0; round < rounds; round++) write();
    Atomics.store(words, layout.done, 1);
  },
  hurry() {
    for (let round = 0; round < rounds; round++) {
      try {
        rwLock.lockWrite(0.05);
      } catch (error) {
        if (error.code !== "ERR_LOCK_TIMEOUT") throw error;
        continue;
      }
      words[layout.left]++;
      words[layout.right]++;
      rwLock.unlockWrite();
    }
  },
  mutex() {
    for (let round = 0; round < rounds; round++) {
      mutex.lock();
      words[layout.left]++;
      words[layout.right]++;
      mutex.unlock();
    }
  },
  dieReading() {
    rwLock.lockRead();
    stay();
  },
  dieWriting() {
    rwLock.lockWrite();
    mutex.lock();
    stay();
  },
};

/** Stays inside until the thread is ended from outside. */
function stay() {
  Atomics.store(words, layout.done, 1);
  Atomics.notify(words, layout.done);
  Atomics.wait(words, layout.scratch, 0);
}

passGate();
jobs[job]();
