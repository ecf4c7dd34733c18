import { expect, test } from "vitest";
import {
  ADD,
  COMPARE_EXCHANGE,
  EXCHANGE,
  LOAD,
  type Protocol,
  STORE,
  type Step,
  step,
} from "../../src/sync/step.js";
import { type Actor, explore, type Model } from "../sync/explorer.js";
import {
  beginReadingSteps,
  endReadingSteps,
  releaseSteps,
  replaceVersionSteps,
  takeVersionSteps,
} from "./version-steps.js";

/** Word of the place, of three threads' READING, and the versions, each at its count. */
const WORDS = { place: 1, reading: [2, 3, 4] };
const FIRST = 8;
const VERSIONS = [8, 9, 10];
/** Behind each count: how many writes the version holds. */
const CONTENT = 3;
/** How many writes have succeeded. */
const WRITES = 5;
const LENGTH = 14;

/** Reads the present version: looks at it twice, and finds it alive both times. */
function* read(me: number): Protocol<boolean> {
  const version = yield* beginReadingSteps(WORDS, me);
  for (const look of [1, 2]) {
    const count = yield step("R-look", LOAD, version, 0, 0, look);
    if (count <= 0) throw new Error(`version ${version} is read after it was freed`);
  }
  yield* endReadingSteps(WORDS, me);
  return true;
}

/** Makes a version in free memory, the first there is, and puts it in place of the one it started from. */
function* write(me: number): Protocol<boolean> {
  const from = yield* takeVersionSteps(WORDS, me);
  yield* writeFrom(from);
  yield* releaseSteps(from, -1);
  return true;
}

function* writeFrom(from: number): Protocol<void> {
  const next = yield* allocateSteps(from);
  const content = yield step("W-read", LOAD, from + CONTENT, next, 0, from);
  yield step("W-write", STORE, next + CONTENT, content + 1, 0, from * 64 + next);
  const done = yield* replaceVersionSteps(WORDS, from, next);
  if (done) yield step("W-count", ADD, WRITES, 1, 0, from * 64 + next);
  yield* releaseSteps(next, -1 - from);
}

/** Gives up what it starts from before it is done: its address may come back (VE4). */
function* writeCarelessly(me: number): Protocol<boolean> {
  const from = yield* takeVersionSteps(WORDS, me);
  yield* releaseSteps(from, -2);
  yield* writeFrom(from);
  return true;
}

function* allocateSteps(from: number): Protocol<number> {
  for (const version of VERSIONS) {
    const found = yield step("A-free?", COMPARE_EXCHANGE, version, 0, 1, from);
    if (found === 0) return version;
  }
  throw new Error("no version is free");
}

/** Settles thread 0 after its end. */
function* settle(): Protocol<boolean> {
  const before = yield step("S-take", EXCHANGE, WORDS.reading[0]!, 0);
  if (before < 0) yield* releaseSteps(-before);
  return true;
}

const actor = (run: () => Protocol<boolean>, more: Partial<Actor> = {}): Actor => ({
  operations: [{ name: "run", run, holds: "" }],
  ...more,
});

const twice = (run: () => Protocol<boolean>): Actor => ({
  operations: [1, 2].map(() => ({ name: "write", run, holds: "" })),
});

/** All is free but the version in the place, which has one holder: the place. */
const settled: NonNullable<Model["atEnd"]> = (words, dead) => {
  const present = words[WORDS.place]!;
  if (words[present + CONTENT] !== words[WRITES]) return "a write is lost";
  for (const version of VERSIONS) {
    const count = words[version]!;
    const expected = version === present ? 1 : 0;
    // Of a thread that ended, references may be left over; one too few is never right.
    if (dead.length === 0 ? count !== expected : count < expected) {
      return `version ${version} has ${count} holders, and should have ${expected}`;
    }
  }
  return null;
};

const base = {
  words: LENGTH,
  initial: (words: Int32Array) => {
    words[WORDS.place] = FIRST;
    words[FIRST] = 1;
  },
  safe: () => null,
  atEnd: settled,
};

const models: Readonly<Record<string, Model>> = {
  "a reader and a writer that writes twice": {
    ...base,
    actors: [actor(() => read(0)), twice(() => write(1))],
  },
  "a reader and two writers at once, as when a lock was taken from a living thread,": {
    ...base,
    actors: [actor(() => read(0)), actor(() => write(1)), actor(() => write(2))],
  },
  "a reader that may end at every step and a writer that writes twice": {
    ...base,
    actors: [
      actor(() => read(0), { mortal: true }),
      twice(() => write(1)),
      actor(settle, { afterDeathOf: 0 }),
    ],
  },
};

for (const [name, model] of Object.entries(models)) {
  test(`${name} keep what is read alive, free the rest and lose no write`, () => {
    const result = explore(model);
    expect(result.complaint, result.trace.join("\n")).toBeNull();
    expect(result.ends).toBeGreaterThan(0);
  });
}

const skip =
  (label: string, skipped: (step: Step) => number) =>
  (current: Step): Step | { skipped: number } =>
    current.label === label ? { skipped: skipped(current) } : current;
const change =
  (label: string, changed: Partial<Step>) =>
  (current: Step): Step =>
    current.label === label ? { ...current, ...changed } : current;

const mutations: Readonly<Record<string, Required<Model>["mutate"]>> = {
  "the reader does not look again": skip("R-still?", ({ local }) => local),
  "the reader forgets the reference it was given": change("R-end", { kind: STORE }),
  "the writer looks at no reader": skip("W-reads?", () => 0),
  "the writer hands over whether or not the reader still reads": (current) =>
    current.label === "W-hand-over" ? { ...current, kind: EXCHANGE, a: current.b } : current,
  "the writer hands over what it has no reference for": (current) =>
    current.label === "V-retain" && current.local >= 2048 ? { skipped: 1 } : current,
  "the writer replaces whatever stands there": (current) =>
    current.label === "W-replace" ? { ...current, kind: EXCHANGE, a: current.b } : current,
};

/** What is noticed: a complaint, or that a step finds what cannot be. */
function isNoticed(model: Model): boolean {
  try {
    return explore({ ...model, maximumStates: 400_000 }).complaint !== null;
  } catch {
    return true;
  }
}

for (const [name, mutate] of Object.entries(mutations)) {
  test(`the explorer notices when ${name}`, () => {
    expect(Object.values(models).some((model) => isNoticed({ ...model, mutate }))).toBe(true);
  });
}

test("the explorer notices when a writer gives up what it started from too early", () => {
  const actors = [actor(() => writeCarelessly(0)), twice(() => write(1))];
  expect(isNoticed({ ...base, actors })).toBe(true);
});
