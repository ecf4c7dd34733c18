/** Many threads, each of which adds rules to a clone of one environment and hands its clone back. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import type { SharedHandle } from "../../dist/src/memory/shared-handle.js";
import { parse } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { heldIn } from "./held.js";

/** The clones in the order of the threads, all of which were attached at once. The caller disposes them. */
async function growInCrowd(
  heap: Heap,
  base: Environment,
  threads: number,
  rules: number,
): Promise<Environment[]> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const crowd = Array.from({ length: threads }, async (_, index) => {
    const workerData = {
      handle: heap.share(),
      base: base.share(),
      index,
      threads,
      rules,
      words,
    };
    const worker = new Worker(new URL("./crowd-worker.mjs", import.meta.url), { workerData });
    const ended = once(worker, "exit");
    const [grown] = (await once(worker, "message")) as [SharedHandle<"Environment">];
    await ended;
    return Environment.receive(grown, heap);
  });
  return await Promise.all(crowd);
}

/** Folds from left to right; all but the last are disposed, the given ones are not. */
function uniteInLine(environments: readonly Environment[]): Environment {
  const [first, ...rest] = environments;
  let united = first!.clone();
  for (const environment of rest) {
    const next = united.union(environment);
    united.dispose();
    united = next;
  }
  return united;
}

/** Folds neighbours, then their unions, and so on. */
function uniteInTree(environments: readonly Environment[]): Environment {
  if (environments.length === 1) return environments[0]!.clone();
  const half = environments.length >> 1;
  using left = uniteInTree(environments.slice(0, half));
  using right = uniteInTree(environments.slice(half));
  return left.union(right);
}

/** Ten facts that half of the threads take away, a base of rules, and what the threads add: all folds hold the same. */
export async function crowdUnites(base: number, threads: number, rules: number): Promise<void> {
  const heap = Heap.create();
  const before = Environment.create(heap);
  const facts = Array.from({ length: 10 }, (_, index) => `(taken ${index})`);
  const known = Array.from({ length: base }, (_, index) => `(= (base ${index}) ${index})`);
  for (const { atom } of parse([...facts, ...known, "(= (rule 0 0) 0)"].join("\n")))
    before.add(atom);
  const held = heldIn(heap);
  const grown = await growInCrowd(heap, before, threads, rules);
  const folds = [
    uniteInLine(grown),
    uniteInTree(grown),
    Environment.unionAll(grown),
    Environment.unionAll(grown, { base: before }),
  ];
  const expected = [...known, "(= (rule 0 0) 0)"];
  for (let thread = 0; thread < threads; thread++) {
    for (let rule = 0; rule < rules; rule++) expected.push(`(= (rule ${thread} ${rule}) ${rule})`);
  }
  for (const fold of folds) {
    checkEnvironment(fold);
    expect(Array.from(fold.atoms(), (atom) => print(atom))).toEqual(expected);
  }
  for (const environment of [...folds, ...grown]) environment.dispose();
  expect(heldIn(heap)).toEqual(held);
  checkHeap(heap);
}
