import { expect, test } from "vitest";
import { FROZEN } from "../../src/memory/segment.js";
import { ADD, COMPARE_EXCHANGE, LOAD, type Protocol, STORE, step } from "../../src/sync/step.js";
import { type Actor, explore, type Model } from "../sync/explorer.js";

/** The count of a segment that a root, which nobody gives up, leads to; and how often it was freed. */
const COUNT = 1;
const FREED = 2;

function* freezeSteps(): Protocol<void> {
  let count = yield step("F-count?", LOAD, COUNT);
  while (count < FROZEN) {
    const found = yield step("F-raise", COMPARE_EXCHANGE, COUNT, count, count + FROZEN, count);
    if (found === count) return;
    count = found;
  }
}

function* retainSteps(turn: number): Protocol<void> {
  const count = yield step("T-count?", LOAD, COUNT, 0, 0, turn);
  if (count < FROZEN) yield step("T-add", ADD, COUNT, 1, 0, turn);
}

function* releaseSteps(turn: number): Protocol<void> {
  const count = yield step("G-count?", LOAD, COUNT, 0, 0, turn);
  if (count === 1) {
    yield step("G-last", STORE, COUNT, 0, 0, turn);
    yield step("G-free", ADD, FREED, 1, 0, turn);
  } else if (count < FROZEN) {
    const before = yield step("G-take", ADD, COUNT, -1, 0, turn);
    if (before === 1) yield step("G-free", ADD, FREED, 1, 0, turn);
  }
}

/** Holds the segment twice, beside what leads to it all the time, and gives both up. */
function* useSteps(): Protocol<boolean> {
  for (const turn of [1, 2]) yield* retainSteps(turn);
  for (const turn of [3, 4]) yield* releaseSteps(turn);
  return true;
}

function* freezing(): Protocol<boolean> {
  yield* freezeSteps();
  return true;
}

function actor(run: () => Protocol<boolean>): Actor {
  return { operations: [{ name: "run", run, holds: "" }] };
}

const MODEL: Model = {
  words: 4,
  initial: (words) => {
    words[COUNT] = 1;
  },
  actors: [actor(useSteps), actor(useSteps), actor(freezing), actor(freezing)],
  safe: () => null,
  atEnd: (words) => {
    if (words[FREED] !== 0) return "a segment is freed that something leads to";
    return words[COUNT]! >= FROZEN ? null : `the segment is not frozen: ${words[COUNT]}`;
  },
};

test("threads freeze a segment at once while others hold it and give it up, and it stays frozen (FZ2)", () => {
  const result = explore(MODEL);
  expect(result.complaint, result.trace.join("\n")).toBeNull();
  expect(result.ends).toBeGreaterThan(0);
});

const mutations: Readonly<Record<string, NonNullable<Model["mutate"]>>> = {
  "the count is not raised but replaced": (current) =>
    current.label === "F-raise" ? { ...current, kind: STORE, a: FROZEN } : current,
  "the count is raised whatever it is": (current) =>
    current.label === "F-raise" ? { ...current, kind: ADD, a: FROZEN } : current,
};

test.each(Object.entries(mutations))("the explorer notices when %s", (_, mutate) => {
  expect(explore({ ...MODEL, mutate }).complaint).not.toBeNull();
});
