import { expect, test } from "vitest";
import {
  COMPARE_EXCHANGE,
  LOAD,
  type Protocol,
  STORE,
  type Step,
  step,
} from "../../src/sync/step.js";
import { type Actor, explore, type Model } from "../sync/explorer.js";
import {
  addSteps,
  claimSteps,
  ENTRY,
  EPOCH,
  PLACE,
  PLACE_FREE,
  REBORN,
  STAMP,
  sweepSteps,
} from "./symbol-steps.js";

const OLD = 5;
const NEW = 6;

/** Asks for a text; if the id is the answer, it has the text from then on (Y1). */
function* ask(text: number): Protocol<boolean> {
  if (!(yield* claimSteps(text))) return true;
  for (const word of [0, 1]) {
    const found = yield step("has?", LOAD, PLACE + word, 0, 0, text);
    if (found !== text) throw new Error(`an id that a thread has asked for has text ${found}`);
  }
  const stamp = yield step("lives?", LOAD, STAMP, 0, 0, text);
  if (stamp !== EPOCH) throw new Error("an id that a thread has asked for is free");
  return true;
}

const actor = (run: () => Protocol<boolean>, more: Partial<Actor> = {}): Actor => ({
  operations: [{ name: "run", run, holds: "" }],
  ...more,
});
const operation = (run: () => Protocol<boolean>) => ({ name: "write", run, holds: "", onFalse: 2 });
/** Sweeps the id and, once it is free, gives it to another text. */
const writer = (more: Partial<Actor> = {}): Actor => ({
  operations: [operation(sweepSteps), operation(() => addSteps(NEW))],
  ...more,
});

const base = {
  words: 9,
  initial: (words: Int32Array) => {
    words[STAMP] = EPOCH - 1;
    words[ENTRY] = PLACE;
    words[PLACE] = OLD;
    words[PLACE + 1] = OLD;
  },
  safe: () => null,
  atEnd: (words: Int32Array, dead: readonly number[]) => {
    if (words[PLACE_FREE] === 1 && words[ENTRY] === PLACE) return "a text stands in a free place";
    const isWhole = words[PLACE] === words[PLACE + 1];
    if (words[STAMP]! >= 0 && !isWhole) return "an id in use has half a text";
    if (dead.length > 0) return null;
    return words[REBORN] === 1 || words[STAMP] === EPOCH
      ? null
      : "the id was neither kept nor freed";
  },
};

const models: Readonly<Record<string, Model>> = {
  "a thread that asks for the text and a sweep": {
    ...base,
    actors: [actor(() => ask(OLD)), writer()],
  },
  "two threads that ask, one for the text that comes after, and a sweep": {
    ...base,
    actors: [actor(() => ask(OLD)), actor(() => ask(NEW)), writer()],
  },
  "two threads that ask for one text and a sweep": {
    ...base,
    actors: [actor(() => ask(OLD)), actor(() => ask(OLD)), writer()],
  },
  "a sweep that may end at every step, the next one, and threads that ask": {
    ...base,
    actors: [
      writer({ mortal: true }),
      { ...writer(), afterDeathOf: 0 },
      actor(() => ask(OLD)),
      actor(() => ask(NEW)),
    ],
  },
  "a thread that asks and may end at every step": {
    ...base,
    actors: [actor(() => ask(OLD), { mortal: true }), actor(() => ask(OLD)), writer()],
  },
};

for (const [name, model] of Object.entries(models)) {
  test(`${name}: who gets the id has its text, or makes it anew (Y5, SW1, SW2)`, () => {
    const result = explore(model);
    expect(result.complaint, result.trace.join("\n")).toBeNull();
    expect(result.ends).toBeGreaterThan(0);
  });
}

const change =
  (label: string, changed: (step: Step) => Partial<Step>) =>
  (current: Step): Step =>
    current.label === label ? { ...current, ...changed(current) } : current;

const mutations: Readonly<Record<string, Required<Model>["mutate"]>> = {
  "the sweep takes the id whoever has asked": (current) =>
    current.label === "S-dying" ? { ...current, kind: STORE, a: current.b } : current,
  "the thread stamps whatever stands there": (current) =>
    current.label === "C-stamp" ? { ...current, kind: STORE, a: current.b } : current,
  "the thread does not stamp": (current) =>
    current.label === "C-stamp" ? { skipped: current.a } : current,
  "the id is in use before it has its text": change("A-first", () => ({ index: STAMP, a: EPOCH })),
};

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

/** Compares first and looks at the stamp then. */
function* claimLate(text: number): Protocol<boolean> {
  for (const word of [0, 1]) {
    const found = yield step("C-word?", LOAD, PLACE + word, 0, 0, text);
    if (found !== text) return true;
  }
  const stamp = yield step("C-stamp?", LOAD, STAMP, 0, 0, text);
  if (stamp < 0) return true;
  yield step("C-stamp", COMPARE_EXCHANGE, STAMP, stamp, EPOCH, text);
  const now = yield step("has?", LOAD, PLACE, 0, 0, text);
  if (now !== text) throw new Error("an id that a thread has asked for has another text");
  return true;
}

test("the explorer notices when a thread reads the stamp after it has compared", () => {
  expect(isNoticed({ ...base, actors: [actor(() => claimLate(OLD)), writer()] })).toBe(true);
});
