/** Forks that multiply without end, put out in every way that there is. */
import { expect } from "vitest";
import type { OxbowError } from "../../dist/src/base/errors.js";
import { randomFrom } from "../../dist/src/base/random.js";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { CallOptions } from "../../dist/src/parallel/pool-call.js";
import type { Atom } from "../../dist/src/term/atom.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";

/** Forks that multiply: wide, deep, with writes, with races, in what evaluates something aside. */
const BOMBS = `
  (= (wide $n) (if (== $n 0) leaf (hyperpose ((wide (- $n 1)) (wide (- $n 1)) (wide (- $n 1))))))
  (= (deep $n) (let $u (add-atom &self (written $n)) (hyperpose ((deep (+ $n 1)) done))))
  (= (racing $n) (race (racing (+ $n 1)) (racing (+ $n 1))))
  (= (writing $n) (let $u (add-atom &self (written $n)) (hyperpose ((writing (+ $n 1)) (writing (+ $n 1))))))
  (= (aside $n) (collapse (hyperpose ((aside (+ $n 1)) (once (aside (+ $n 1)))))))
  (= (undone $n) (transaction (hyperpose ((undone (+ $n 1)) (undone (+ $n 1))))))
  (= (locked $n) (with-mutex m (hyperpose ((locked (+ $n 1)) (locked (+ $n 1))))))
`;

const QUERIES = [
  "(wide 40)",
  "(deep 0)",
  "(racing 0)",
  "(writing 0)",
  "(aside 0)",
  "(undone 0)",
  "(locked 0)",
  "(hyperpose ((wide 40) (writing 0) (+ 1 2)))",
];

/** How a bomb is put out. */
const LIMITS: readonly ((random: () => number) => CallOptions)[] = [
  (random) => ({ maxTimeMs: 300 + random() * 300 }),
  (random) => ({ maxSteps: 1 + Math.floor(random() * 20_000) }),
  (random) => ({ maxBranches: 2 + Math.floor(random() * 2_000) }),
  (random) => ({ maxForkDepth: 1 + Math.floor(random() * 60) }),
  () => ({ maxHeapBytes: 64 * 2 ** 20 }),
  (random) => ({ maxCallMs: 300 + random() * 300 }),
  (random) => ({ signal: AbortSignal.timeout(300 + Math.floor(random() * 300)) }),
];

/**
 * Puts out `rounds` bombs; how often each end was seen. Afterwards every pool answers, and the base, the heap and the
 * number of threads are as they were.
 */
export async function putOutBombs(
  rounds: number,
  seed: number,
): Promise<Readonly<Record<string, number>>> {
  const heap = Heap.create({ maxBytes: 2 ** 30 });
  const random = randomFrom(seed);
  const base = Environment.create(heap);
  for (const { atom } of parse(BOMBS)) base.add(atom);
  const before = Array.from(base.atoms(), (atom) => print(atom));
  const pools = await Promise.all(
    [2, 4].map((threads) => EvaluatorPool.create(heap, { threads, heartbeatMs: 0 })),
  );
  const seen: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const pool = pools[round % pools.length]!;
    const query = parseAtom(QUERIES[Math.floor(random() * QUERIES.length)]!);
    const limits = LIMITS[round % LIMITS.length]!(random);
    const ended = await endOf(pool, base, query, { maxTimeMs: 1_000, ...limits });
    seen[ended] = (seen[ended] ?? 0) + 1;
    const { results, environment } = await pool.evaluate(base, parseAtom("(+ 1 2)"));
    expect([...results].map((result) => print(result))).toEqual(["3"]);
    environment.dispose();
  }
  expect(Array.from(base.atoms(), (atom) => print(atom))).toEqual(before);
  for (const pool of pools) {
    expect(pool.stats().threadsLost).toBe(0);
    await pool.close();
  }
  base.dispose();
  drain(heap);
  checkHeap(heap);
  for (const kind of ["task", "budget"]) expect(heap.stats().kinds.get(kind)).toBeUndefined();
  return seen;
}

async function endOf(
  pool: EvaluatorPool,
  base: Environment,
  query: Atom,
  options: CallOptions,
): Promise<string> {
  try {
    using answer = await pool.evaluateAll(base, [query, query], options);
    checkEnvironment(answer.environment);
    return answer.branches.map(({ status, stopped }) => `${status} ${stopped}`).join(", ");
  } catch (error) {
    // Only the call's signal makes it fail.
    if ((error as OxbowError).code !== "ERR_ABORTED") throw error;
    return "aborted";
  }
}
