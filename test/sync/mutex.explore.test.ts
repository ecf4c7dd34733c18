import { expect, test } from "vitest";
import { lockMutexSteps, recoverMutexSteps, unlockMutexSteps } from "../../src/sync/mutex.js";
import { EXCHANGE, LOAD, type Step } from "../../src/sync/step.js";
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
const user = (owner: number): Actor => ({ operations: [lock(owner), unlock(owner)] });
/** Skips the unlock when the lock timed out. */
const hasty = (owner: number): Actor => ({
  operations: [{ ...lock(owner), mayTimeOut: true, onFalse: 2 }, unlock(owner)],
});

const safe: Model["safe"] = (holds) =>
  holds.filter((hold) => hold === "lock").length > 1 ? "two threads inside" : null;
const free: Model["atEnd"] = (words) => ((words[0]! & 255) === 0 ? null : "the lock is not free");

const models: Readonly<Record<string, Model>> = {
  "two threads": { words: 1, actors: [user(1), user(2)], safe, atEnd: free },
  "three threads": { words: 1, actors: [user(1), user(2), user(3)], safe, atEnd: free },
  "three threads, two of which may time out": {
    words: 1,
    actors: [user(1), hasty(2), hasty(3)],
    safe,
    atEnd: free,
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
  test(`${name} are never inside together, never stuck, and leave the mutex free`, () => {
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
