import { expect, test } from "vitest";
import {
  GATE,
  LIMIT,
  lockReadSteps,
  lockWriteSteps,
  MAXIMUM_OWNER,
  OWNER_MASK,
  readerIndex,
  recoverRwLockSteps,
  tryLockWriteSteps,
  unlockReadSteps,
  unlockWriteSteps,
  WAITERS,
} from "../../src/sync/rwlock-protocol.js";
import { LOAD, type Protocol, STORE, type Step } from "../../src/sync/step.js";
import { type Actor, BLIND, explore, type Model, type Operation } from "./explorer.js";

const operation = (name: string, holds: string, run: () => Protocol<unknown>): Operation => ({
  name,
  run,
  holds,
});
const reader = (owner: number): Actor => ({
  operations: [
    operation("lockRead", "r", () => lockReadSteps(0, owner, true)),
    operation("unlockRead", "", () => unlockReadSteps(0, owner)),
  ],
});
const writer = (owner: number): Actor => ({
  operations: [
    operation("lockWrite", "w", () => lockWriteSteps(0, owner)),
    operation("unlockWrite", "", () => unlockWriteSteps(0, owner)),
  ],
});
const twice = (actor: Actor): Actor => ({
  ...actor,
  operations: [...actor.operations, ...actor.operations],
});
const hasty = (actor: Actor): Actor => ({
  ...actor,
  operations: actor.operations.map((each, index) =>
    index === 0 ? { ...each, mayTimeOut: true, onFalse: 2 } : each,
  ),
});
const trying = (owner: number): Actor => ({
  operations: [
    { ...operation("tryLockWrite", "w", () => tryLockWriteSteps(0, owner)), onFalse: 2 },
    operation("unlockWrite", "", () => unlockWriteSteps(0, owner)),
  ],
});
const nested = (owner: number): Actor => {
  const [lock, unlock] = reader(owner).operations;
  const inner = { during: "r", holds: "r" };
  return { operations: [lock!, { ...lock!, ...inner }, { ...unlock!, ...inner }, unlock!] };
};
const mortal = (actor: Actor): Actor => ({ ...actor, mortal: true });
const forever = (actor: Actor): Actor => ({ ...actor, forever: true });
const recovery = (owner: number, deadActor: number): Actor => ({
  operations: [operation("recover", "", () => recoverRwLockSteps(0, owner, deadActor + 1))],
  afterDeathOf: deadActor,
});

const safe: Model["safe"] = (holds) => {
  const writers = holds.filter((hold) => hold === "w").length;
  if (writers > 1) return "two writers inside";
  return writers === 1 && holds.includes("r") ? "a reader beside a writer" : null;
};
const free: Model["atEnd"] = (words) => {
  if ((words[GATE]! & OWNER_MASK) !== 0) return "the gate is closed";
  for (let owner = 1; owner <= 4; owner++) {
    const word = words[readerIndex(0, owner)]!;
    if (word !== 0 && word !== 1) return `reader ${owner} is left at ${word}`;
    if (word !== 0 && words[LIMIT]! < owner) return "the limit is too low";
  }
  return null;
};
const lock = (...actors: Actor[]): Model => ({ words: 32 + 16 * 4, actors, safe, atEnd: free });

const models: Readonly<Record<string, Model>> = {
  "a reader and a writer": lock(twice(reader(1)), twice(writer(2))),
  "two writers": lock(twice(writer(1)), twice(writer(2))),
  "two readers and a writer": lock(reader(1), reader(2), writer(3)),
  "a reader and two writers": lock(reader(1), writer(2), writer(3)),
  "three writers": lock(writer(1), writer(2), writer(3)),
  "a nested reader and a writer": lock(nested(1), twice(writer(2))),
  "a reader, a writer, and one that only tries": lock(reader(1), writer(2), trying(3)),
  "a reader and two writers that may all time out": lock(
    hasty(reader(1)),
    hasty(writer(2)),
    hasty(writer(3)),
  ),
  "two readers and a writer that may all time out": lock(
    hasty(reader(1)),
    hasty(reader(2)),
    hasty(writer(3)),
  ),
  "a reader that may die, and a writer": lock(mortal(reader(1)), twice(writer(2)), recovery(3, 0)),
  "a writer that may die, and two readers": lock(
    mortal(writer(1)),
    reader(2),
    reader(3),
    recovery(4, 0),
  ),
  "a writer that may die, a reader and a writer": lock(
    mortal(writer(1)),
    reader(2),
    writer(3),
    recovery(4, 0),
  ),
  "a reader that may die, a reader and a writer": lock(
    mortal(reader(1)),
    reader(2),
    writer(3),
    recovery(4, 0),
  ),
  "a writer among readers that never stop": {
    ...lock(forever(reader(1)), forever(reader(2)), writer(3)),
    follow: { actor: 2, holds: "w" },
  },
  "a reader among writers that never stop": {
    ...lock(reader(1), forever(writer(2)), forever(writer(3))),
    follow: { actor: 0, holds: "r" },
  },
};

test("the model's lock is the lock's layout for four threads", () => {
  expect(MAXIMUM_OWNER).toBeGreaterThanOrEqual(4);
  expect(readerIndex(0, 4)).toBeLessThan(32 + 16 * 4);
});

for (const [name, model] of Object.entries(models)) {
  test(`${name}: nobody is inside with a writer, stuck, or starved (RW7)`, () => {
    const result = explore(model);
    expect(result.complaint, result.trace.join("\n")).toBeNull();
  });
}

const skip =
  (label: string, skipped = 0) =>
  (step: Step): Step | { skipped: number } =>
    step.label === label ? { skipped } : step;
const blind =
  (label: string) =>
  (step: Step): Step =>
    step.label === label ? { ...step, b: BLIND } : step;

/** The step only looks, and the sleep that follows expects no flag. */
const unannounced =
  (announce: string, sleep: string) =>
  (step: Step): Step => {
    if (step.label === announce) return { ...step, kind: LOAD };
    return step.label === sleep ? { ...step, a: step.a & ~WAITERS } : step;
  };

const mutations: Readonly<Record<string, Required<Model>["mutate"]>> = {
  "a reader does not look at the gate": skip("R-gate?"),
  "a reader keeps its hold in front of a closed gate": skip("R-retreat"),
  "a reader does not announce that it waits": skip("R-announce", 1),
  "a reader enters without looking again": skip("R-announce-again"),
  "a hope is sure from the start": (step) =>
    step.label === "R-hope" ? { ...step, b: step.b & 0xffff } : step,
  "a reader does not take its hope back": skip("R-retreat-again", 0x10003),
  "a reader that took its hope back does not wake the writer": skip("R-drained-again"),
  "a retreating reader does not wake the writer that drains": skip("R-drained"),
  "a reader that leaves does not look for a writer that drains": skip("R-drain?"),
  "a reader that leaves does not wake the writer": skip("R-wake-writer"),
  "a reader sleeps without looking": blind("R-sleep"),
  "a reader that gives up overwrites its grant": (step) =>
    step.label === "R-give-up" ? { ...step, kind: STORE } : step,
  "the limit is not raised": skip("R-limit?", 255),
  "a writer does not drain": skip("W-limit?"),
  "a writer does not announce that it drains": skip("W-drain"),
  "a draining writer sleeps without looking": blind("W-drain-sleep"),
  "a waiting writer does not announce itself": unannounced("W-announce", "W-sleep"),
  "a waiting writer sleeps without looking": blind("W-sleep"),
  "a woken writer forgets the others": (step) =>
    step.label === "W-take" ? { ...step, b: step.b & ~WAITERS } : step,
  "a writer opens the gate without OPENING": skip("O-opening"),
  "waits are granted to nobody": skip("O-limit?"),
  "a granted reader is not woken": skip("O-wake-reader"),
  "no writer is woken": skip("O-wake-writer"),
  "a failed try keeps the gate closed": skip("T-limit?", 0),
  "recovery leaves the dead reader's hold": skip("X-free-reader"),
  "recovery leaves the gate closed": skip("X-gate?"),
  "recovery wakes no reader": skip("X-limit?"),
  "recovery wakes no writer": skip("X-wake-writers"),
};

for (const [name, mutate] of Object.entries(mutations)) {
  test(`the explorer notices when ${name}`, () => {
    const caught = Object.entries(models).some(
      ([where, model]) =>
        where.includes("may die") === name.startsWith("recovery") &&
        explore({ ...model, mutate, maximumStates: 60_000 }).complaint !== null,
    );
    expect(caught).toBe(true);
  });
}
