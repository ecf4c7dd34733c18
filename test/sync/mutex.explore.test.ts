import { expect, test } from "vitest";
import {
  lockMutexSteps,
  Mutex,
  recoverMutexSteps,
  unlockMutexSteps,
} from "../../src/sync/mutex.js";
import { EXCHANGE, LOAD, type Protocol, STORE, type Step, step } from "../../src/sync/step.js";
import { type Actor, BLIND, explore, type Model, type Operation } from "./explorer.js";

const lock = (owner: number): Operation => ({
  name: "lock",
  run: () => lockMutexSteps(0, owner),
  holds: "lock",
});
const unlock = (owner: number): Operation => ({
  name: "unlock",
  run: () => unlockMutexSteps(0, owner),
  holds: "",
});
const recover = (dead: number): Operation => ({
  name: "recover",
  run: () => recoverMutexSteps(0, dead),
  holds: "",
});
/** Where it stands that the thread of actor 0 has ended, as the system knows it after a while. */
const ENDED_WORD = 1;
/** As `Mutex.lockWithin` waits: look by look, and at each whether the owner, thread 1, has ended. */
function* lockWatching(owner: number): Protocol<boolean> {
  for (;;) {
    if (yield* lockMutexSteps(0, owner)) return true;
    const ended = yield step("L-ended?", LOAD, ENDED_WORD);
    if (ended !== 0) yield* recoverMutexSteps(0, 1);
  }
}
function* tell(): Protocol<boolean> {
  yield step("L-end", STORE, ENDED_WORD, 1);
  return true;
}
const watcher = (owner: number): Actor => ({
  operations: [{ ...lock(owner), run: () => lockWatching(owner), mayTimeOut: true }, unlock(owner)],
});
const user = (owner: number): Actor => ({ operations: [lock(owner), unlock(owner)] });
/** Skips the unlock when the lock timed out. */
const hasty = (owner: number): Actor => ({
  operations: [{ ...lock(owner), mayTimeOut: true, onFalse: 2 }, unlock(owner)],
});

const OWNER_MASK: number = Mutex.MAXIMUM_OWNER;
const safe: Model["safe"] = (holds) =>
  holds.filter((hold) => hold === "lock").length > 1 ? "two threads inside" : null;
const free: Model["atEnd"] = (words) =>
  (words[0]! & OWNER_MASK) === 0 ? null : "the lock is not free";

const models: Readonly<Record<string, Model>> = {
  "two threads": { words: 1, actors: [user(1), user(2)], safe, atEnd: free },
  "three threads": { words: 1, actors: [user(1), user(2), user(3)], safe, atEnd: free },
  "three threads, two of which may time out": {
    words: 1,
    actors: [user(1), hasty(2), hasty(3)],
    safe,
    atEnd: free,
  },
  "three threads, two of which watch the other, which may die at every step,": {
    words: 2,
    actors: [
      { ...user(1), mortal: true },
      watcher(2),
      watcher(3),
      { operations: [{ name: "tell", run: tell, holds: "" }], afterDeathOf: 0 },
    ],
    safe,
    // It stays with the dead one if nobody comes after.
    atEnd: (words) => ((words[0]! & OWNER_MASK) > 1 ? "the lock is not free" : null),
    follow: { actor: 1, holds: "lock" },
  },
  "three threads, one of which may die at every step": {
    words: 1,
    actors: [
      { ...user(1), mortal: true },
      user(2),
      user(3),
      { operations: [recover(1)], afterDeathOf: 0 },
    ],
    safe,
    atEnd: free,
  },
};

for (const [name, model] of Object.entries(models)) {
  test(`${name} are never inside together (MU1), never stuck (MU2), and leave the mutex free`, () => {
    const result = explore(model);
    expect(result.complaint, result.trace.join("\n")).toBeNull();
    expect(result.ends).toBeGreaterThan(0);
  });
}

const skip =
  (label: string, skipped = 0) =>
  (step: Step): Step | { skipped: number } =>
    step.label === label ? { skipped } : step;

const mutations: Readonly<Record<string, Required<Model>["mutate"]>> = {
  "a wake-up is forgotten": skip("M-wake-one"),
  "the waiter does not announce itself": (step) => {
    if (step.label === "M-announce") return { ...step, kind: LOAD };
    return step.label === "M-sleep" ? { ...step, a: step.a & 255 } : step;
  },
  "the sleeper does not look at the word first": (step) =>
    step.label === "M-sleep" ? { ...step, b: BLIND } : step,
  "the lock is taken without comparing": (step) =>
    step.label === "M-take" ? { ...step, kind: EXCHANGE, a: step.b } : step,
  "a woken thread forgets the others": (step) =>
    step.label === "M-take" ? { ...step, b: step.b & 255 } : step,
  "recovery wakes nobody": skip("M-wake-all"),
  "recovery leaves the dead owner": skip("M-dead?"),
  "recovery takes the lock from whoever has it": (step) =>
    step.label === "M-take-back" ? { ...step, kind: EXCHANGE, a: step.b } : step,
};

for (const [name, mutate] of Object.entries(mutations)) {
  test(`the explorer notices when ${name}`, () => {
    const complaints = Object.values(models).map((model) => {
      // A mutation may also never end: that is noticed too.
      return explore({ ...model, mutate, maximumStates: 100_000 }).complaint;
    });
    expect(complaints.some((complaint) => complaint !== null)).toBe(true);
  });
}
