/**
 * Determinism: generated programs of forks on several numbers of threads that are held up at random, against
 * what the same programs give in sequence on one thread.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { runOn } from "./run-on.js";

function run(site: Site, text: string, pool: EvaluatorPool | null): Promise<string[]> {
  return runOn(site.vocabulary.heap, text, pool);
}

/** What programs of forks begin with. */
export const BASE = `
  (x 0) (x 1) (x 2) (= (r 0) zero) (= (r 1) one)
  !(tabled (t $k)) (= (t $k) (r $k)) (= (t $k) (match &self (x $y) (seen $k $y))) (= (t 2) (t 1))
  !(let $s (new-state start) (add-atom &self (cell $s)))
  !(let $s (new-space) (add-atom &self (room $s)))
`;
export const ALL = `
  !(collapse (match &self (x $y) $y))
  !(collapse (match &self (= (r $k) $v) ($k $v)))
  !(collapse (match &self (cell $s) (get-state $s)))
  !(match &self (room $r) (collapse (get-atoms $r)))
`;

/** Expressions about rules, facts, removals, states, a space, random numbers, output, reads, and forks in forks. */
const expressionArbitrary: fc.Arbitrary<string> = fc.letrec<{ expression: string }>((tie) => {
  const key = fc.integer({ min: 0, max: 3 });
  const several = fc.array(tie("expression"), { minLength: 1, maxLength: 4 });
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      key.map((k) => `(r ${k})`),
      key.map((k) => `(t ${k})`),
      fc.constant("(collapse (match &self (x $y) $y))"),
      fc.constant("(match &self (cell $s) (get-state $s))"),
      key.map((k) => `(match &self (cell $s) (let $u (change-state! $s ${k}) ${k}))`),
      key.map((k) => `(match &self (room $r) (add-atom $r (in ${k})))`),
      key.map((k) => `(match &self (room $r) (remove-atom $r (in ${k})))`),
      fc.constant("(match &self (room $r) (collapse (get-atoms $r)))"),
      key.map((k) => `(add-atom &self (x ${k}))`),
      key.map((k) => `(remove-atom &self (x ${k}))`),
      key.map((k) => `(add-atom &self (= (r ${k}) (x ${k})))`),
      key.map((k) => `(remove-atom &self (= (r ${k}) zero))`),
      key.map((k) => `(println! (said ${k}))`),
      fc.constant("(superpose (1 2))"),
      fc.constant("(empty)"),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(let $u ${a} ${b})`),
      several.map((all) => `(hyperpose (${all.join(" ")}))`),
      several.map((all) => `(par ${all.join(" ")})`),
      fc.constant("(hyperpose (match &self (x $y) (r $y)))"),
      tie("expression").map((body) => `(transaction ${body})`),
      tie("expression").map((body) => `(with-mutex m ${body})`),
      tie("expression").map((body) => `(collapse ${body})`),
    ),
  };
}).expression;

/** The expressions of a program, to be evaluated in turn. */
export const expressionsArbitrary: fc.Arbitrary<string[]> = fc.array(expressionArbitrary, {
  minLength: 1,
  maxLength: 4,
});

/** Compares so many programs on 1, 2, 4 and 8 threads. The heap is checked at the end. */
export async function checkPrograms(runs: number): Promise<void> {
  const heap = Heap.create({ maxBytes: 2 ** 29 });
  const site = createSite(heap);
  const siteModule = new URL("./delayed-site.mjs", import.meta.url).href;
  // Without a heartbeat every fork is shared as soon as another thread has nothing to do.
  const pools = [1, 2, 4, 8].map((threads) =>
    EvaluatorPool.on(site, { threads, siteModule, heartbeatMs: 0 }),
  );
  const property = fc.asyncProperty(expressionsArbitrary, async (expressions) => {
    const text = `${BASE} ${expressions.map((each) => `!${each}`).join(" ")} ${ALL}`;
    const expected = await run(site, text, null);
    for (const pool of pools) {
      expect(await run(site, text, pool), `${pool.threads} threads`).toEqual(expected);
    }
  });
  await fc.assert(property, { numRuns: runs });
  for (const pool of pools) await pool.close();
  drain(heap);
  checkHeap(heap);
}
