import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment, handleOf } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { Library } from "../../dist/src/eval/library/library.js";
import { Budget } from "../../dist/src/eval/limits/budget.js";
import { NO_LIMITS } from "../../dist/src/eval/limits/limits.js";
import type { Evaluation } from "../../dist/src/eval/program/evaluation.js";
import { Program } from "../../dist/src/eval/program/program.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { runAhead } from "../../dist/src/parallel/ahead.js";
import { runBranch } from "../../dist/src/parallel/branch.js";
import type { PackedResults } from "../../dist/src/parallel/branch-results.js";
import { ForkInPlace } from "../../dist/src/parallel/fork-in-place.js";
import { joinInto } from "../../dist/src/parallel/join.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { CallAnswer, CallOptions } from "../../dist/src/parallel/pool-call.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { Trace } from "../../dist/src/parallel/trace.js";
import type { Atom } from "../../dist/src/term/atom.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { createSite } from "./command-site.mjs";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const site = createSite(heap) as Site;
const siteModule = new URL("./command-site.mjs", import.meta.url).href;
const resourceLimits = { maxOldGenerationSizeMb: 48 };
let pool: EvaluatorPool;
let base: Environment;

beforeAll(() => {
  pool = EvaluatorPool.on(site, { threads: 2, siteModule, resourceLimits });
  base = Environment.create(heap);
  for (const text of ["base", "(edge a b)", "(= (f) 1)"]) base.add(parseAtom(text));
});

afterAll(async () => {
  await pool.close();
  base.dispose();
  drain(heap);
  checkHeap(heap);
});

const printAll = (atoms: Iterable<Atom>): string[] => Array.from(atoms, (atom) => print(atom));

interface Seen {
  readonly results: string[][];
  readonly status: string[];
  readonly atoms: string[];
  readonly answer: Pick<CallAnswer, "branches" | "conflicts" | "winner">;
}

/** Evaluates the texts as branches of one call and gives the union back. */
async function call(texts: readonly string[], options: CallOptions = {}): Promise<Seen> {
  const { environment, ...answer } = await pool.evaluateAll(
    base,
    texts.map((text) => parseAtom(text)),
    options,
  );
  const atoms = printAll(environment.atoms());
  environment.dispose();
  return {
    results: answer.branches.map((branch) => printAll(branch.results)),
    status: answer.branches.map((branch) => branch.status),
    atoms,
    answer,
  };
}

const BASE = ["base", "(edge a b)", "(= (f) 1)"];

test("a branch sees the base and what it wrote itself, and after the join all is there in order", async () => {
  const { results, atoms } = await call([
    "(do (add x) (read))",
    "(do (add y) (remove base) (read))",
    "(read)",
  ]);
  expect(results).toEqual([[...BASE, "x"], [...BASE.slice(1), "y"], BASE]);
  expect(atoms).toEqual([...BASE.slice(1), "x", "y"]);
  expect(printAll(base.atoms())).toEqual(BASE);
});

test("branches that only read copy no segment, and their union is the base itself", async () => {
  const answer = await pool.evaluateAll(base, Array(8).fill(parseAtom("(read)")));
  expect(answer.branches.map((branch) => branch.segmentsCopied)).toEqual(Array(8).fill(0));
  expect(handleOf(answer.environment).root).toBe(handleOf(base).root);
  answer.environment.dispose();
});

test("an environment of another heap is refused by every call, and nothing is touched", async () => {
  const strange = Heap.create({ maxBytes: 2 ** 24 });
  const elsewhere = Environment.create(strange);
  elsewhere.add(parseAtom("foreign"));
  const refused = expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" });
  const read = [parseAtom("(read)"), parseAtom("(read)")];
  await expect(pool.evaluateAll(elsewhere, read)).rejects.toThrow(refused);
  await expect(pool.evaluateAhead(elsewhere, read, {})).rejects.toThrow(refused);
  expect(() => pool.evaluateAllSync(elsewhere, read)).toThrow(refused);
  elsewhere.dispose();
  checkHeap(strange);
});

test("results of another thread are read where they lie, and go when all were read or disposed", async () => {
  const own = Heap.create({ maxBytes: 2 ** 26 });
  const regions = (): number => {
    drain(own);
    return own.stats().kinds.get("region")?.segments ?? 0;
  };
  const environment = Environment.create(own);
  const answering = EvaluatorPool.on(createSite(own) as Site, { threads: 1, siteModule });
  const texts = ["(many 20000)", "(many 3)", "(many 0)"];
  const answer = await answering.evaluateAll(
    environment,
    texts.map((text) => parseAtom(text)),
  );
  // From here on no thread but this one holds what was handed over.
  await answering.close();
  const [many, few] = answer.branches.map(({ results }) => results as PackedResults);
  expect([many!.length, many!.decodedCount, few!.decodedCount]).toEqual([20_000, 0, 0]);
  expect(regions()).toBe(2);
  expect(print(many!.at(19_999)!)).toBe("19999");
  expect(many!.decodedCount).toBe(1);
  expect(printAll(few!)).toEqual(["0", "1", "2"]);
  expect(regions()).toBe(1);
  answer.dispose();
  expect(regions()).toBe(0);
  expect(() => many!.at(0)).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
  environment.dispose();
});

test("a call without branches answers at once", async () => {
  const { results, atoms } = await call([]);
  expect(results).toEqual([]);
  expect(atoms).toEqual(BASE);
});

test("each branch's output and results stay with the branch", async () => {
  const { answer } = await call(["(do (print one) (print two) 1)", "(print three)"]);
  expect(answer.branches.map((branch) => branch.output)).toEqual(["one\ntwo\n", "three\n"]);
});

const faults: readonly [string, string, string][] = [
  ["throws", "(throw)", "failed"],
  ["exhausts the stack", "(deep 1)", "failed"],
  ["finds no room in the shared heap", "(exhaust)", "failed"],
  ["ends its thread", "(exit)", "lost"],
  ["ends its thread while it makes a symbol", "(exit-naming)", "lost"],
  ["exhausts V8's heap", "(eat)", "lost"],
];

for (const [name, command, expected] of faults) {
  test(`a branch that ${name} has that as its result and harms no other`, async () => {
    const { results, status, atoms } = await call([
      "(do (add x) 1)",
      `(do (add lost) ${command})`,
      "(do (add y) 2)",
    ]);
    expect(status).toEqual(["done", expected, "done"]);
    expect(results[1]![0]).toContain("(Error");
    expect(results[0]).toEqual(["1"]);
    expect(results[2]).toEqual(["2"]);
    expect(atoms).toEqual([...BASE, "x", "y"]);
    // Nobody waits for a lock that the branch was inside of.
    const { symbols } = site.vocabulary;
    expect(symbols.textOf(symbols.idOfText(`after ${name}`))).toBe(`after ${name}`);
  });
}

test("a branch that ends its thread takes no other branch of its task along", async () => {
  const texts = Array.from({ length: 3000 }, (_, index) => `(do ${index})`);
  texts[1500] = "(exit)";
  const { results, status } = await call(texts);
  expect(status.filter((each) => each !== "done")).toEqual(["lost"]);
  expect(results[1499]).toEqual(["1499"]);
  expect(results[1501]).toEqual(["1501"]);
});

test("an aborted call rejects, and a thread that does not heed it is replaced", async () => {
  const controller = new AbortController();
  const aborted = call(["(do (work 5) (print started))", "(stuck)", "(work 60000)"], {
    signal: controller.signal,
    onBranch: () => controller.abort(),
  });
  await expect(aborted).rejects.toThrow(expect.objectContaining({ code: "ERR_ABORTED" }));
  const { status } = await call(["1", "2", "3"]);
  expect(status).toEqual(["done", "done", "done"]);
});

test("a call that has a time of its own answers with what has ended by then", async () => {
  await call(["(work 20)", "(work 20)"]); // both threads are up
  const texts = ["(do (add a) 1)", "(work 60000)", "(do (add b) 2)"];
  const { status, results, atoms } = await call(texts, { maxCallMs: 5_000 });
  expect(status).toEqual(["done", "cancelled", "done"]);
  expect(results).toEqual([["1"], [], ["2"]]);
  expect(atoms).toEqual([...BASE, "a", "b"]);
});

test("the first result of a race wins, the others are cancelled and leave nothing", async () => {
  const { answer, status, atoms } = await call(
    ["(do (add slow) (work 60000))", "(do (add quick) 1)"],
    { race: true },
  );
  expect(answer.winner).toBe(1);
  expect(status).toEqual(["cancelled", "done"]);
  expect(atoms).toEqual([...BASE, "quick"]);
});

test("branches are told of as they end", async () => {
  const told: number[] = [];
  await call(["1", "2", "3"], { onBranch: (index) => told.push(index) });
  expect(told.toSorted((left, right) => left - right)).toEqual([0, 1, 2]);
});

test("a stream yields each branch as it ends and answers with the union", async () => {
  const atoms = ["(do (work 500) (add late) 1)", "(do (add early) 2)"].map((text) =>
    parseAtom(text),
  );
  await call(["(work 20)", "(work 20)"]); // both threads are up
  const stream = pool.stream(base, atoms);
  const order: number[] = [];
  let next = await stream.next();
  for (; !next.done; next = await stream.next()) order.push(next.value.index);
  expect(order).toEqual([1, 0]);
  expect(printAll(next.value.environment.atoms())).toEqual([...BASE, "late", "early"]);
  next.value.environment.dispose();
});

test("a stream that is left early ends its call", async () => {
  const atoms = ["(work 60000)", "1"].map((text) => parseAtom(text));
  for await (const { index } of pool.stream(base, atoms)) {
    expect(index).toBe(1);
    break;
  }
});

test("a map evaluates the template for each match", async () => {
  const answer = await pool.map(base, {
    pattern: parseAtom("(edge $x $y)"),
    template: parseAtom("(do (add (seen $y)) $x)"),
  });
  expect(answer.branches.map((branch) => printAll(branch.results))).toEqual([["a"]]);
  expect(printAll(answer.environment.atoms())).toEqual([...BASE, "(seen b)"]);
  answer.environment.dispose();
});

test("a trace has an event for every branch, in the format of trace viewers", async () => {
  const trace = new Trace();
  const traced = EvaluatorPool.on(site, { threads: 1, siteModule, trace });
  (await traced.evaluateAll(base, [parseAtom("1"), parseAtom("(add x)")])).environment.dispose();
  await traced.close();
  const { traceEvents } = JSON.parse(trace.toJson()) as { traceEvents: Record<string, unknown>[] };
  const branches = traceEvents.filter((event) => event.cat === "branch");
  expect(branches.map(({ name, ph, pid }) => ({ name, ph, pid }))).toEqual([
    { name: "1", ph: "X", pid: process.pid },
    { name: "(add x)", ph: "X", pid: process.pid },
  ]);
  for (const { ts, dur } of branches) {
    expect(Number.isSafeInteger(ts)).toBe(true);
    expect(dur).toBeGreaterThanOrEqual(0);
  }
});

test("locks of the host are told the slot of a thread that has ended, whichever of them throws", async () => {
  const { answer } = await call(["1"]);
  const { thread } = answer.branches[0]!;
  const told: number[] = [];
  const broken = {
    recover: () => {
      throw new Error("no such lock");
    },
  };
  const lock = { recover: (ended: number) => told.push(ended) };
  const warned = once(process, "warning") as Promise<[Error]>;
  pool.locks.addLock(broken);
  pool.locks.addLock(lock);
  await pool.endThread(thread);
  pool.locks.removeLock(broken);
  pool.locks.removeLock(lock);
  expect(told).toEqual([thread]);
  expect((await warned)[0].message).toMatch(/cannot recover a lock of the host.*no such lock/u);
});

test("a thread that ends while it updates a shared environment stops nobody, and no lock is named", async () => {
  using shared = SharedEnvironment.create(heap, base);
  for (let round = 0; round < 2; round++) {
    const { status } = await call([`(exit-updating ${shared.share().number})`]);
    expect(status).toEqual(["lost"]);
    shared.update((environment) => environment.add(parseAtom(`(round ${round})`)));
  }
  await shared.updateAsync((environment) => environment.add(parseAtom("last")));
  using present = shared.snapshot();
  expect(printAll(present.atoms())).toEqual([...BASE, "(round 0)", "(round 1)", "last"]);
});

test("the end of a thread lets no living one out of the lock of a shared environment", async () => {
  using shared = SharedEnvironment.create(heap, base);
  const other = Heap.receive(heap.share());
  const theirs = SharedEnvironment.receive(shared.share(), other);
  pool.locks.addLock(shared);
  await theirs.updateAsync(async (environment) => {
    await call(["(exit)", "(exit)"]);
    environment.add(parseAtom("theirs"));
    const timeout = expect.objectContaining({ code: "ERR_LOCK_TIMEOUT" });
    expect(() => shared.update(() => undefined, { timeoutMs: 5 })).toThrow(timeout);
  });
  pool.locks.removeLock(shared);
  theirs.dispose();
  other.detach();
  using present = shared.snapshot();
  expect(printAll(present.atoms())).toEqual([...BASE, "theirs"]);
});

test("large results come back", async () => {
  const fork = `(fork ${Array.from({ length: 5000 }, (_, index) => `(item ${index} "${"x".repeat(20)}")`).join(" ")})`;
  const { results } = await call([fork]);
  expect(results[0]).toHaveLength(5000);
  expect(results[0]![4999]).toBe(`(item 4999 "${"x".repeat(20)}")`);
});

/** A fork in a fork in a fork …; every level works long enough to be shared. */
function nested(depth: number): string {
  if (depth === 0) return "(do (work 1) (add leaf) 0)";
  return `(do (fork (do (work 1) (add (left ${depth}))) ${nested(depth - 1)} (work 1)) (add (up ${depth})) ${depth})`;
}

test("nested forks come to an end and unite from the inside out", async () => {
  const { atoms, results } = await call([nested(20)]);
  expect(results).toEqual([["20"]]);
  const expected = Array.from({ length: 20 }, (_, index) => `(left ${20 - index})`);
  const ups = Array.from({ length: 20 }, (_, index) => `(up ${index + 1})`);
  expect(atoms).toEqual([...BASE, ...expected, "leaf", ...ups]);
});

/** Programs of reads, writes, removals, delays, seeds and forks in forks. */
const commandArbitrary: fc.Arbitrary<string> = fc.letrec<{ command: string }>((tie) => ({
  command: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("(read)", "(seed)", "(work 0)", "(work 1)"),
    fc.constantFrom("x", "y", "(edge a b)", "(= (f) 2)").map((atom) => `(add ${atom})`),
    fc.constantFrom("x", "base", "(edge a b)").map((atom) => `(remove ${atom})`),
    fc.array(tie("command"), { minLength: 1, maxLength: 4 }).map((all) => `(do ${all.join(" ")})`),
    fc
      .array(tie("command"), { minLength: 1, maxLength: 4 })
      .map((all) => `(fork ${all.join(" ")})`),
  ),
})).command;

/** What the same branches give one after the other on clones, on one thread. */
function sequentially(texts: readonly string[]): Omit<Seen, "answer"> {
  const fork = new ForkInPlace(site);
  const own = base.clone();
  const { outcomes, environments } = fork.join({
    environment: own,
    atoms: texts.map((text) => parseAtom(text)),
    space: null,
    budget: null,
    limits: NO_LIMITS,
    depth: 0,
    seed: 0,
    isInterrupted: () => false,
  });
  joinInto(own, environments);
  const atoms = printAll(own.atoms());
  own.dispose();
  return {
    results: outcomes.map((outcome) => printAll(outcome.results)),
    status: outcomes.map((outcome) => outcome.status),
    atoms,
  };
}

for (const threads of [1, 4]) {
  test(`programs of forks give on ${threads} threads what they give one after the other`, async () => {
    const several = EvaluatorPool.on(site, { threads, siteModule, heartbeatMs: 0 });
    const property = fc.asyncProperty(
      fc.array(commandArbitrary, { minLength: 1, maxLength: 6 }),
      async (texts) => {
        const expected = sequentially(texts);
        const answer = await several.evaluateAll(
          base,
          texts.map((text) => parseAtom(text)),
        );
        const atoms = printAll(answer.environment.atoms());
        answer.environment.dispose();
        expect(answer.branches.map((branch) => printAll(branch.results))).toEqual(expected.results);
        expect(answer.branches.map((branch) => branch.status)).toEqual(expected.status);
        expect(atoms).toEqual(expected.atoms);
      },
    );
    await fc.assert(property, { numRuns: 150 });
    await several.close();
  });
}

test("a program on threads gives what it gives on one", async () => {
  const text =
    "a !(read) !(do (add b) (read)) !(print 1) !(do (work 2) (read)) !(work 8) !(do (remove a) (add d)) !(read) (c) !(read) !(alone)";
  const run = async (hereMs: number, isAlone: (atom: Atom) => boolean): Promise<string[]> => {
    const environment = base.clone();
    const lines: string[] = [];
    class Marked extends Program {
      override isBarrier(atom: Atom): boolean {
        return isAlone(atom);
      }
    }
    const place = { environment, space: null, library: new Library([]) };
    const evaluateAlone = async (atom: Atom): Promise<Evaluation> => {
      const { outcome, environment: written } = runBranch(site, {
        environment: environment.clone(),
        atom,
        space: null,
        budget: new Budget(heap, NO_LIMITS),
        maxResults: NO_LIMITS.maxResults,
        tables: null,
        depth: 0,
        seed: 0,
        isInterrupted: () => false,
        fork: new ForkInPlace(site),
      });
      if (outcome.output !== "") lines.push(outcome.output);
      if (written !== null) joinInto(environment, [written]);
      return { results: [...outcome.results], stopped: "completed", steps: 0, failures: [] };
    };
    const outcomes = runAhead(site, pool, environment, new Marked(place, text, {}, () => []), {
      hereMs,
      limits: NO_LIMITS,
      print: (each) => lines.push(each),
      evaluateAlone,
    });
    for await (const { results } of outcomes) lines.push(printAll(results).join(", "));
    lines.push(printAll(environment.atoms()).join(" "));
    environment.dispose();
    return lines;
  };
  const expected = await run(0, () => true);
  // On the pool's threads, on the caller's, and from one to the other and back.
  for (const hereMs of [0, 1, 50]) {
    expect(await run(hereMs, (atom) => print(atom) === "(alone)")).toEqual(expected);
  }
});

test("a pool that is destroyed loses its branches and leaves the heap whole", async () => {
  const other = EvaluatorPool.on(site, { threads: 1, siteModule });
  let answer: Promise<CallAnswer> | null = null;
  await new Promise<void>((started) => {
    const atoms = ["1", "(stuck)", "2"].map((text) => parseAtom(text));
    answer = other.evaluateAll(base, atoms, { onBranch: () => started() });
  });
  await other.destroy();
  const { branches, environment } = await answer!;
  environment.dispose();
  expect(branches[0]!.status).toBe("done");
  expect(["lost", "cancelled"]).toContain(branches[1]!.status);
  await expect(other.evaluateAll(base, [])).rejects.toThrow(
    expect.objectContaining({ code: "ERR_RELEASED" }),
  );
});

test("threads that are ended from outside, again and again, cost no branch but their own", async () => {
  for (let round = 0; round < 4; round++) {
    const { status, atoms } = await call([
      "(do (add x) (exit))",
      "(do (work 1) (add y))",
      "(exit)",
      "1",
    ]);
    expect(status).toEqual(["lost", "done", "lost", "done"]);
    expect(atoms).toEqual([...BASE, "y"]);
  }
  expect(pool.stats().threadsLost).toBeGreaterThanOrEqual(8);
});

test("what ended threads had in hand is found when the pool is at rest", async () => {
  const before = pool.stats().recoveredSegments;
  expect((await call(["(lose)", "(lose)", "1"])).status).toEqual(["lost", "lost", "done"]);
  const deadline = performance.now() + 20_000;
  while (pool.stats().recoveredSegments < before + 2 && performance.now() < deadline)
    await delay(5);
  expect(pool.stats().recoveredSegments).toBeGreaterThanOrEqual(before + 2);
  checkHeap(heap);
  expect((await call(["1"])).status).toEqual(["done"]);
});

test("a thread that is ended by its slot is replaced, and its branch is lost", async () => {
  const [thread] = pool.stats().threads;
  const { status } = await call(["1", "2"]);
  expect(status).toEqual(["done", "done"]);
  const lost = pool.stats().threadsLost;
  await pool.endThread(thread!.thread);
  expect((await call(["1", "2"])).status).toEqual(["done", "done"]);
  expect(pool.stats().threadsLost).toBe(lost + 1);
});
