import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import type { BranchOutcome } from "../../dist/src/parallel/outcome.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { runOn } from "./run-on.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 26 });
const site = createSite(heap);
const base = Environment.create(heap);
const folder = mkdtempSync(join(tmpdir(), "oxbow-library-"));

const TEXTS: Readonly<Record<string, string>> = {
  "typescript.ts": "export function library(): void {}",
  "syntax.mjs": "export function library( {",
  "top.mjs": "throw new RangeError('at the top');",
  "needs.mjs": "import './is-not-there.mjs'; export function library() {}",
  "nothing.mjs": "export const library = 5;",
  "asset.json": "{}",
};
const WAYS_TO_FAIL = [
  "never",
  "throw",
  "reject",
  "throw-text",
  "nothing",
  "number",
  "other-copy",
  "exit",
];

beforeAll(() => {
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(folder, name), text);
  const ways = new URL("./failing-library.mjs", import.meta.url).href;
  for (const kind of WAYS_TO_FAIL) {
    const text = `import { KINDS } from "${ways}"; export const library = KINDS["${kind}"];`;
    writeFileSync(join(folder, `failing-${kind}.mjs`), text);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
  base.dispose();
  drain(heap);
  checkHeap(heap);
});

const inFolder = (name: string): string => pathToFileURL(join(folder, name)).href;
/** A module that fails in one of the ways of `failing-library.mjs`. */
const failing = (kind: string): string => inFolder(`failing-${kind}.mjs`);

/** What is wrong, the module, and what the cause says. */
const FAULTS: readonly (readonly [string, string, RegExp])[] = [
  ["has no function library", inFolder("nothing.mjs"), /exports no function library/],
  ["is TypeScript", inFolder("typescript.ts"), /\.ts/],
  ["is missing", inFolder("missing.mjs"), /Cannot find module/],
  ["imports what is missing", inFolder("needs.mjs"), /is-not-there/],
  ["has a syntax error", inFolder("syntax.mjs"), /Unexpected|syntax/],
  ["is no module", inFolder("asset.json"), /json/i],
  ["throws when it is loaded", inFolder("top.mjs"), /at the top/],
  ["throws in library()", failing("throw"), /as asked/],
  ["throws what is no error", failing("throw-text"), /as asked/],
  ["throws later in library()", failing("reject"), /as asked/],
  ["gives nothing", failing("nothing"), /gave no Library/],
  ["gives a number", failing("number"), /gave no Library/],
  ["gives a library of another copy", failing("other-copy"), /another copy/],
];

const failure = (reason: RegExp) =>
  expect.objectContaining({
    code: "ERR_LIBRARY_MODULE",
    message: expect.stringMatching(reason) as unknown,
    cause: expect.anything() as unknown,
  });

const ATOMS = ["(+ 1 1)", "(+ 1 2)"].map((text) => parseAtom(text));

/** Each way to ask a pool; what it gives. */
const WAYS: Readonly<Record<string, (pool: EvaluatorPool) => Promise<unknown>>> = {
  evaluate: (pool) => pool.evaluate(base, ATOMS[0]!),
  evaluateAll: (pool) => pool.evaluateAll(base, ATOMS),
  race: (pool) => pool.evaluateAll(base, ATOMS, { race: true }),
  stream: (pool) => pool.stream(base, ATOMS).next(),
  map: async (pool) => {
    using facts = Environment.create(heap);
    facts.add(parseAtom("(a 1)"));
    return await pool.map(facts, { pattern: parseAtom("(a $x)"), template: parseAtom("$x") });
  },
  program: async (pool) => {
    await runOn(heap, "!(+ 1 1) !(+ 1 2)", pool);
  },
};

test.each(FAULTS)(
  "a pool is not made with a module that %s",
  async (_what, libraryModule, reason) => {
    const made = EvaluatorPool.create(heap, { threads: 2, libraryModule });
    await expect(made).rejects.toThrow(failure(reason));
  },
);

test("a module that never makes a library fails the pool, and its calls, after the time that it may take", async () => {
  const libraryModule = failing("never");
  const late = failure(/none within 50 ms/);
  const made = EvaluatorPool.create(heap, { threads: 1, libraryModule, startTimeMs: 50 });
  await expect(made).rejects.toThrow(late);
  const pool = EvaluatorPool.on(site, { threads: 2, libraryModule, startTimeMs: 50 });
  await expect(pool.evaluateAll(base, ATOMS)).rejects.toThrow(late);
  expect(() => pool.evaluateAllSync(base, ATOMS)).toThrow(late);
  await pool.close();
});

test.each([0, -1, Number.NaN])("a time of %s to start in is refused", async (startTimeMs) => {
  const made = EvaluatorPool.create(heap, { threads: 1, startTimeMs });
  await expect(made).rejects.toThrow(expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }));
});

test.each(["./library.mjs", "library.mjs", "../library.mjs", "some-package"])(
  "a module of the relative path %s is refused at once, with a word on what to give",
  async (libraryModule) => {
    const refused = expect.objectContaining({
      code: "ERR_LIBRARY_MODULE",
      message: expect.stringContaining('new URL("./library.mjs", import.meta.url)') as unknown,
    });
    await expect(EvaluatorPool.create(heap, { threads: 1, libraryModule })).rejects.toThrow(
      refused,
    );
    expect(() => EvaluatorPool.on(site, { threads: 1, libraryModule })).toThrow(refused);
  },
);

test.each(FAULTS)(
  "calls of a pool whose threads load a module that %s fail",
  async (_what, url, why) => {
    const pool = EvaluatorPool.on(site, { threads: 1, libraryModule: url });
    await expect(pool.evaluateAll(base, ATOMS)).rejects.toThrow(failure(why));
    await expect(pool.evaluateAll(base, ATOMS)).rejects.toThrow(failure(why));
    expect(() => pool.evaluateAllSync(base, ATOMS)).toThrow(failure(why));
    await pool.close();
  },
);

test.each(Object.entries(WAYS))("a module that fails is told of by %s", async (_name, ask) => {
  const pool = EvaluatorPool.on(site, { threads: 2, libraryModule: failing("throw") });
  await expect(ask(pool)).rejects.toThrow(failure(/as asked/));
  await expect(ask(pool)).rejects.toThrow(failure(/as asked/));
  await pool.close();
});

test("a blocking call is answered by its thread until a thread of the pool has failed", () => {
  const pool = EvaluatorPool.on(site, { threads: 2, libraryModule: failing("throw") });
  const ask = (): string => {
    using answer = pool.evaluateAllSync(base, ATOMS);
    return answer.branches.map(({ results }) => print(results.at(0)!)).join(" ");
  };
  let thrown: unknown;
  const end = performance.now() + 60_000;
  while (thrown === undefined && performance.now() < end) {
    try {
      expect(ask()).toBe("2 3");
    } catch (error) {
      thrown = error;
    }
  }
  expect(thrown).toEqual(failure(/as asked/));
  return pool.close();
});

test("the cause keeps the name, the message and the code of the module's own error", async () => {
  const threw = EvaluatorPool.on(site, { threads: 1, libraryModule: failing("throw") });
  await expect(threw.evaluateAll(base, ATOMS)).rejects.toMatchObject({
    details: { module: failing("throw") },
    cause: { name: "RangeError", message: "as asked", stack: expect.stringContaining("failing") },
  });
  const missing = EvaluatorPool.on(site, { threads: 1, libraryModule: inFolder("missing.mjs") });
  await expect(missing.evaluateAll(base, ATOMS)).rejects.toMatchObject({
    cause: { code: "ERR_MODULE_NOT_FOUND" },
  });
  await Promise.all([threw.close(), missing.close()]);
});

test("a module that ends each thread is given up after a few of them", async () => {
  for (const name of ["evaluateAll", "stream"]) {
    const ask = WAYS[name]!;
    const pool = EvaluatorPool.on(site, { threads: 1, libraryModule: failing("exit") });
    const lost = expect.objectContaining({
      code: "ERR_LIBRARY_MODULE",
      message: expect.stringContaining("ended before") as unknown,
    });
    await expect(ask(pool), name).rejects.toThrow(lost);
    expect(() => pool.evaluateAllSync(base, ATOMS)).toThrow(lost);
    await pool.destroy();
  }
});

test("a pool can be destroyed while its threads start", async () => {
  // In a process of its own: it is the process that would end.
  const script = new URL("./destroying.mjs", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(stdout).toBe("destroyed 12 pools\n");
});

test("a module may be given as a URL, as its text, or as an absolute path", async () => {
  const url = new URL("./tripling-library.mjs", import.meta.url);
  for (const libraryModule of [url, url.href, url.pathname]) {
    await using pool = await EvaluatorPool.create(heap, { threads: 1, libraryModule });
    using answer = await pool.evaluateAll(base, [parseAtom("(+ 1 1)")]);
    expect(print(answer.branches[0]!.results.at(0)!)).toBe("2");
  }
});

test("whoever takes a branch knows the operations of the module, the caller too", async () => {
  const libraryModule = new URL("./tripling-library.mjs", import.meta.url);
  await using pool = await EvaluatorPool.create(heap, {
    threads: 2,
    libraryModule,
    heartbeatMs: 0,
  });
  const atoms = Array.from({ length: 30 }, (_, index) => parseAtom(`(triple ${index})`));
  const show = (branches: readonly BranchOutcome[]): string =>
    branches.flatMap(({ results }) => Array.from(results, (atom) => print(atom))).join(" ");
  const expected = atoms.map((_atom, index) => 3 * index).join(" ");
  for (let turn = 0; turn < 5; turn++) {
    using blocking = pool.evaluateAllSync(base, atoms);
    expect(show(blocking.branches)).toBe(expected);
  }
  using answer = await pool.evaluateAll(base, atoms);
  expect(show(answer.branches)).toBe(expected);
});
