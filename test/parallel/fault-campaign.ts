/**
 * Faults at random points: branches that grow, fork, and then fail in one of all the ways there are, beside
 * branches that do not; and threads that are ended from outside meanwhile.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { randomFrom } from "../../dist/src/base/random.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import type { BranchOutcome } from "../../dist/src/parallel/outcome.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { CallOptions } from "../../dist/src/parallel/pool-call.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { createSite } from "./fault-site.mjs";

const RULES = `
  (= (grow $k $n) (if (== $n 0) grown (let $u (add-atom &self (leaf $k $n)) (grow $k (- $n 1)))))
  (= (spread $k $n) (hyperpose ((grow ($k left) $n) (let $u (remove-atom &self (base 1)) $u)
                                (hyperpose ((grow ($k in) $n) (grow ($k out) $n))) (grow ($k right) $n))))
  (= (forever $n) (forever (+ $n 1)))
`;

/** How a branch fails, and how it may end then. `limits` are for every branch of the call. */
interface Fault {
  readonly name: string;
  readonly expression: (random: () => number) => string;
  readonly statuses: readonly BranchOutcome["status"][];
  readonly options?: CallOptions;
}

const upTo = (random: () => number, limit: number): number => Math.floor(random() * limit);

const FAULTS: readonly Fault[] = [
  // What an operation throws is the value of its call, and the branch goes on.
  { name: "throw", expression: () => "(fault throw)", statuses: ["done"] },
  { name: "stack", expression: () => "(fault deep)", statuses: ["done", "failed"] },
  {
    name: "no room in the heap",
    expression: (random) => `(let $v (starve ${1 + upTo(random, 6)}) (grow hungry 1000))`,
    // Inside a mutex it is a limit of the whole evaluation.
    statuses: ["failed", "stopped"],
  },
  {
    name: "steps",
    expression: () => "(forever 0)",
    statuses: ["stopped"],
    options: { maxSteps: 50_000 },
  },
  {
    name: "time",
    expression: () => "(forever 0)",
    statuses: ["stopped"],
    options: { maxTimeMs: 1_500 },
  },
  { name: "exit", expression: () => "(fault exit)", statuses: ["lost"] },
  { name: "V8's heap", expression: () => "(fault eat)", statuses: ["lost"] },
];

/** Two faults in each round, every kind in turn, and every so often threads that are ended from outside. */
export async function runFaults(count: number, seed: number): Promise<Record<string, number>> {
  const heap = Heap.create({ maxBytes: 2 ** 28 });
  const site = createSite(heap) as Site;
  const base = Environment.create(heap);
  for (const { atom } of parse(RULES)) base.add(atom);
  base.addAll(Array.from({ length: 1000 }, (_, index) => parseAtom(`(base ${index})`)));
  const pool = EvaluatorPool.on(site, {
    threads: 2,
    heartbeatMs: 0,
    siteModule: new URL("./fault-site.mjs", import.meta.url).href,
    resourceLimits: { maxOldGenerationSizeMb: 48 },
  });
  const random = randomFrom(seed);
  const seen: Record<string, number> = {};
  const before = Array.from(base.atoms(), (atom) => print(atom));
  for (let done = 0; done < count; ) {
    const fault = FAULTS[(done >> 1) % (FAULTS.length + 1)];
    const name = fault?.name ?? "ended from outside";
    const faults =
      fault === undefined
        ? await endThreads(pool, base, random)
        : await fail(pool, base, fault, random);
    seen[name] = (seen[name] ?? 0) + faults;
    done += faults;
  }
  expect(Array.from(base.atoms(), (atom) => print(atom))).toEqual(before);
  await pool.close();
  base.dispose();
  drain(heap);
  checkHeap(heap);
  return seen;
}

/** A sound branch's results, and what it adds, in the order in which it does. */
function sound(key: string, size: number): { text: string; atoms: string[] } {
  const leaves = (name: string): string[] =>
    Array.from({ length: size }, (_, index) => `(leaf (${key} ${name}) ${size - index})`);
  const atoms = ["left", "in", "out", "right"].flatMap((name) => leaves(name));
  return { text: `(let $m (with-mutex shared mine) (spread ${key} ${size}))`, atoms };
}

async function fail(
  pool: EvaluatorPool,
  base: Environment,
  fault: Fault,
  random: () => number,
): Promise<number> {
  const size = 1 + upTo(random, 8);
  const failing = (key: string): string => {
    const expression = fault.expression(random);
    // Half of the faults happen inside a mutex that the sound branches take too.
    const locked = fault.options === undefined && random() < 0.5;
    const last = locked ? `(with-mutex shared ${expression})` : expression;
    return `(let $u (collapse (spread ${key} ${upTo(random, 30)})) ${last})`;
  };
  const [one, other] = [sound("one", size), sound("other", size)];
  const texts = [failing("first"), one.text, failing("second"), other.text];
  const answer = await pool.evaluateAll(
    base,
    texts.map((text) => parseAtom(text)),
    fault.options,
  );
  const statuses = answer.branches.map(({ status }) => status);
  expect([statuses[1], statuses[3]], fault.name).toEqual(["done", "done"]);
  for (const branch of [answer.branches[0]!, answer.branches[2]!]) {
    expect(fault.statuses, `${fault.name}: ${branch.failure || branch.stopped}`).toContain(
      branch.status,
    );
    expect(print([...branch.results].at(-1)!)).toContain("(Error");
  }
  const added = [...answer.environment.atoms()].map((atom) => print(atom)).filter(isLeaf);
  const soundOnes = added.filter((atom) => !/first|second/.test(atom));
  expect(soundOnes).toEqual([...one.atoms, ...other.atoms]);
  expect(added.filter((atom) => atom.includes("hungry"))).toEqual([]);
  if (statuses[0] !== "done" && statuses[2] !== "done") expect(added).toEqual(soundOnes);
  answer.dispose();
  return 2;
}

/** Threads end at a moment that nobody chose: which branches that costs is told by their outcomes. */
async function endThreads(
  pool: EvaluatorPool,
  base: Environment,
  random: () => number,
): Promise<number> {
  const branches = Array.from({ length: 6 }, (_, index) => sound(`branch${index}`, 20));
  const running = pool.evaluateAll(
    base,
    branches.map(({ text }) => parseAtom(text)),
  );
  await delay(upTo(random, 12));
  const threads = pool.stats().threads.map(({ thread }) => thread);
  const ended = random() < 0.5 ? threads : threads.slice(0, 1);
  await Promise.all(ended.map((thread) => pool.endThread(thread)));
  const answer = await running;
  const expected: string[] = [];
  for (const [index, { status }] of answer.branches.entries()) {
    expect(["done", "lost"]).toContain(status);
    // Of a branch that is done, a fork inside may have been lost.
    if (status === "done") expected.push(...branches[index]!.atoms);
  }
  const known = new Set(expected);
  const added = [...answer.environment.atoms()].map((atom) => print(atom)).filter(isLeaf);
  expect(added.filter((atom) => !known.has(atom))).toEqual([]);
  answer.dispose();
  return ended.length;
}

function isLeaf(text: string): boolean {
  return text.startsWith("(leaf");
}
