import { expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { NO_LIMITS } from "../../dist/src/eval/limits/limits.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { ForkInPlace } from "../../dist/src/parallel/fork-in-place.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { crowdUnites } from "../parallel/crowd.js";
import { runFaults } from "../parallel/fault-campaign.js";
import { checkPrograms } from "../parallel/fork-programs.js";
import { runParty } from "../parallel/shared-party.js";

const LEARN = `(= (learn $k $n)
  (if (== $n 0) done (let $u (add-atom &self (= (rule $k $n) $n)) (learn $k (- $n 1)))))`;

test("100 branches of 1,000 rules over 10,000 unite to the same in a tree and in a line", async () => {
  const heap = Heap.create();
  const site = createSite(heap);
  const pool = EvaluatorPool.on(site, { threads: 8 });
  const base = Environment.create(heap);
  for (const { atom } of parse(LEARN)) base.add(atom);
  base.addAll(
    Array.from({ length: 10_000 }, (_, index) => parseAtom(`(= (base ${index}) ${index})`)),
  );
  const atoms = Array.from({ length: 100 }, (_, index) => parseAtom(`(learn ${index} 1000)`));
  const { environment: tree, branches } = await pool.evaluateAll(base, atoms);
  expect(branches.every(({ status }) => status === "done")).toBe(true);
  const fork = new ForkInPlace(site);
  const isInterrupted = (): boolean => false;
  const request = {
    environment: base,
    atoms,
    space: null,
    budget: null,
    limits: NO_LIMITS,
    depth: 0,
    seed: 0,
    isInterrupted,
  };
  const { environments } = fork.join(request);
  const line = Environment.unionAll(environments);
  expect(tree.count).toBe(10_001 + 100_000);
  expect(Array.from(line.atoms(), (atom) => print(atom))).toEqual(
    Array.from(tree.atoms(), (atom) => print(atom)),
  );
  for (const environment of [tree, line, base, ...environments]) environment.dispose();
  await pool.close();
  drain(heap);
  checkHeap(heap);
});

test("a thousand faults at random leave the base, the other branches and the heap whole", async () => {
  const seen = await runFaults(1_000, 7);
  console.log("faults:", seen);
  expect(Object.values(seen).every((count) => count >= 100)).toBe(true);
});

test("a thousand programs of forks give on 1, 2, 4 and 8 threads what they give in sequence", async () => {
  await checkPrograms(1_000);
});

test("100 threads with 1,000 rules each over 10,000 unite to the same in a tree and in a line", async () => {
  await crowdUnites(10_000, 100, 1_000);
});

test("8 writers and 8 readers share an environment for a minute", async () => {
  const { faults, pairs, reads, writes } = await runParty(8, 8, 60_000);
  console.log("reads:", reads, "writes:", writes);
  expect(faults).toBe(0);
  expect(pairs).toBe(8);
  expect(Math.min(...reads)).toBeGreaterThan(100);
  expect(Math.min(...writes)).toBeGreaterThan(100);
});
