import { expect, test } from "vitest";
import { listenSteps, ringSteps } from "../../src/sync/bell.js";
import {
  ADD,
  COMPARE_EXCHANGE,
  LOAD,
  type Protocol,
  STORE,
  type Step,
  step,
} from "../../src/sync/step.js";
import { type Actor, BLIND, explore, type Model } from "./explorer.js";

const BELL = 0;
/** Work that is ready and not taken; how many pieces are done. */
const WORK = 2;
const FINISHED = 3;

/** What an idle worker does: look, take a piece, or sleep, until `pieces` are done. */
function* workerSteps(pieces: number): Protocol<boolean> {
  for (;;) {
    const rings = yield step("look", LOAD, BELL);
    const work = yield step("work?", LOAD, WORK, 0, 0, rings);
    if (work > 0) {
      const found = yield step("take", COMPARE_EXCHANGE, WORK, work, work - 1);
      if (found !== work) continue;
      yield step("finish", ADD, FINISHED, 1);
      yield* ringSteps(BELL);
      continue;
    }
    const finished = yield step("finished?", LOAD, FINISHED, 0, 0, rings);
    if (finished === pieces) return true;
    yield* listenSteps(BELL, rings);
  }
}

function* publishSteps(pieces: number): Protocol<boolean> {
  for (let piece = 0; piece < pieces; piece++) {
    yield step("publish", ADD, WORK, 1, 0, piece);
    yield* ringSteps(BELL);
  }
  return true;
}

const worker = (pieces: number): Actor => ({
  operations: [{ name: "work", holds: "", run: () => workerSteps(pieces) }],
});
const model: Model = {
  words: 4,
  actors: [
    worker(2),
    worker(2),
    { operations: [{ name: "publish", holds: "", run: () => publishSteps(2) }] },
  ],
  safe: () => null,
  atEnd: (words) => (words[FINISHED] === 2 && words[1] === 0 ? null : "work is left"),
};

test("no interleaving of two idle workers and a publisher oversleeps work", () => {
  const result = explore(model);
  expect(result.complaint, result.trace.join("\n")).toBeNull();
});

const mutations: Readonly<Record<string, (step: Step) => Step | { skipped: number }>> = {
  "nobody is woken": (each) => (each.label === "B-wake" ? { skipped: 0 } : each),
  "the listener does not say that it sleeps": (each) =>
    each.label === "B-listen" ? { skipped: 0 } : each,
  "the listener sleeps without looking at the bell": (each) =>
    each.label === "B-sleep" ? { ...each, b: BLIND } : each,
  "the bell rings without counting": (each) => (each.label === "B-ring" ? { ...each, a: 0 } : each),
  "the work is taken twice": (each) =>
    each.label === "take" ? { ...each, kind: STORE, a: each.b } : each,
};

for (const [name, mutate] of Object.entries(mutations)) {
  test(`the explorer notices when ${name}`, () => {
    expect(explore({ ...model, mutate }).complaint).not.toBeNull();
  });
}
