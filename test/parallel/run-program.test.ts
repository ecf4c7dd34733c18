import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { Program } from "../../dist/src/eval/program/program.js";
import {
  Environment,
  EvaluatorPool,
  evaluate,
  Heap,
  hostAtom,
  integer,
  type Library,
  type OxbowError,
  operation,
  parseAtom,
  print,
  type RunOutcome,
  type RunProgramOptions,
  runProgram,
  runProgramSync,
  standardLibrary,
} from "../../dist/src/index.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 27 });
const top = mkdtempSync(join(tmpdir(), "oxbow-program-"));
const folder = join(top, "inside");
const other = join(top, "other");
let pool: EvaluatorPool;

beforeAll(async () => {
  pool = await EvaluatorPool.create(heap, { threads: 2 });
  mkdirSync(folder);
  mkdirSync(other);
  writeFileSync(join(folder, "it.metta"), "(= (it) inside)");
  writeFileSync(join(other, "it.metta"), "(= (it) other)");
  writeFileSync(join(folder, "inside.metta"), "(= (where) inside)");
  writeFileSync(join(top, "outside.metta"), "(= (where) outside)");
});
afterAll(async () => {
  await pool.close();
  rmSync(top, { recursive: true });
  drain(heap);
  checkHeap(heap);
});

/** For what is waited for, and comes. */
const PATIENT = { timeout: 60_000 };

interface Ran {
  /** Of each outcome: where, what, and how it ended. */
  readonly lines: string[];
  /** The code of the error that ended the run; undefined if none did. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly atoms: string[];
  readonly output: string;
}

type Way = (
  environment: Environment,
  text: string,
  options: RunProgramOptions,
) => AsyncIterable<RunOutcome> | Iterable<RunOutcome>;

const WAYS: readonly [string, Way][] = [
  ["at once", (...program) => runProgramSync(...program).outcomes],
  ["waiting", runProgram],
  [
    "on a pool",
    (environment, text, options) => runProgram(environment, text, { ...options, pool }),
  ],
];
const STREAMING = WAYS.slice(1);

async function run(
  way: Way,
  text: string,
  options: RunProgramOptions = {},
  isEnough: (outcome: RunOutcome) => boolean = () => false,
): Promise<Ran> {
  using environment = Environment.create(heap);
  const lines: string[] = [];
  let code: string | undefined;
  let message: string | undefined;
  let output = "";
  const host = { print: (each: string): void => void (output += each) };
  try {
    for await (const outcome of way(environment, text, { host, ...options })) {
      const { source, line, column, query, results, stopped } = outcome;
      const given = results.map((each) => print(each)).join(" ");
      lines.push(`${source}:${line}:${column} ${print(query)} ${stopped} ${given}`);
      if (isEnough(outcome)) break;
    }
  } catch (error) {
    ({ code, message } = error as OxbowError);
  }
  checkEnvironment(environment);
  return {
    lines,
    code,
    message,
    atoms: [...environment.atoms()].map((each) => print(each)),
    output,
  };
}

const LOOP = "(= (loop $n) (loop (+ $n 1)))";

test.each(WAYS)("an outcome says where its `!` stands in which source, %s", async (_name, way) => {
  const { lines } = await run(way, "(a)\n!(+ 1 2) !(* 2 2)\n (b)\n  ! (+ 3 4)", { source: "sums" });
  expect(lines).toEqual([
    "sums:2:1 (+ 1 2) completed 3",
    "sums:2:10 (* 2 2) completed 4",
    "sums:4:3 (+ 3 4) completed 7",
  ]);
});

test.each(WAYS)("a text with a mistake adds and evaluates nothing, %s", async (_name, way) => {
  for (const text of ["(a) (b", "(a) !(println! x) (b", "!(pragma! type-check auto) (a) !("]) {
    const { lines, code, atoms, output } = await run(way, text);
    expect({ lines, code, atoms, output }).toEqual({
      lines: [],
      code: "ERR_SYNTAX",
      atoms: [],
      output: "",
    });
  }
});

test.each(WAYS)(
  "a `!` that a limit stops has written nothing, and the next ones are run, %s",
  async (_name, way) => {
    const text = `${LOOP} !(add-atom &self (kept)) !(let $u (add-atom &self (lost)) (loop 0)) !(+ 1 2)`;
    const { lines, atoms } = await run(way, text, { maxSteps: 10_000 });
    expect(lines.map((line) => line.split(" completed ")[1] ?? line)).toEqual([
      "()",
      expect.stringMatching(/maxSteps $/),
      "3",
    ]);
    expect(atoms).toEqual(["(= (loop $n) (loop (+ $n 1)))", "(kept)"]);
  },
);

test.each(WAYS)("a `!` that has found enough keeps what it wrote, %s", async (_name, way) => {
  const text = "!(let $u (add-atom &self (kept)) (superpose (1 2 3)))";
  const { lines, atoms } = await run(way, text, { maxResults: 2 });
  expect(lines[0]).toMatch(/maxResults 1 2$/);
  expect(atoms).toEqual(["(kept)"]);
});

test.each(WAYS)(
  "an atom that its types forbid is an outcome in its place, %s",
  async (_name, way) => {
    const text = `(: f (-> Number Number)) !(pragma! type-check auto) !(+ 1 1) (f "a") !(+ 1 2) (f 1)`;
    const { lines, atoms } = await run(way, text);
    expect(lines.slice(1)).toEqual([
      "program:1:53 (+ 1 1) completed 2",
      'program:1:62 (f "a") completed (Error (f "a") (BadArgType 1 Number String))',
      "program:1:70 (+ 1 2) completed 3",
    ]);
    expect(atoms).toEqual(["(: f (-> Number Number))", "(f 1)"]);
  },
);

test.each(WAYS)(
  "files of the program's folder are imported, and others only with permission, %s",
  async (_name, way) => {
    const inside = "!(import! &self inside) !(where)";
    const outside = '!(import! &self "../outside.metta") !(where)';
    const last = ({ lines, message }: Ran): string | undefined =>
      message ?? lines.at(-1)?.split(" completed ")[1];
    expect(last(await run(way, inside, { folder }))).toBe("inside");
    const forked = "!(hyperpose ((import! &self inside) (+ 1 1))) !(where)";
    expect(last(await run(way, forked, { folder }))).toBe("inside");
    expect(last(await run(way, outside, { folder }))).toContain("--allow-read");
    expect(last(await run(way, `!(import! &self "${folder}/inside.metta")`))).toContain(
      "--allow-read",
    );
    const library = standardLibrary({ allowRead: [top] });
    expect(last(await run(way, outside, { folder, library }))).toBe("outside");
  },
);

test.each(WAYS)(
  "after a program its folder is read by nobody without permission, %s",
  async (_name, way) => {
    const library = standardLibrary();
    await run(way, "!(import! &self inside)", { folder, library });
    const { message } = await run(way, `!(import! &self "${folder}/inside.metta")`, { library });
    expect(message).toContain("--allow-read");
  },
);

test.each(STREAMING)(
  "a failed import is the last outcome, and then the run fails, %s",
  async (_name, way) => {
    const { lines, code, atoms } = await run(
      way,
      "!(+ 1 1) (a) !(import! &self none) (b) !(+ 1 2)",
      {
        folder,
      },
    );
    expect(lines.map((line) => line.split(" completed ")[1])).toEqual([
      "2",
      expect.stringContaining("Error (import!"),
    ]);
    expect(code).toBe("ERR_FILE");
    expect(atoms).toEqual(["(a)"]);
  },
);

test("a failed import fails the whole of a run that is awaited, or made at once", async () => {
  using environment = Environment.create(heap);
  const text = "\n !(import! &self none)";
  const failure = { code: "ERR_FILE", details: { place: "program:2:2" } };
  await expect(runProgram(environment, text)).rejects.toMatchObject(failure);
  expect(() => runProgramSync(environment, text)).toThrow(expect.objectContaining(failure));
});

test.each(STREAMING)("leaving the loop ends the run where it is, %s", async (_name, way) => {
  const text = "(a) !(add-atom &self (b)) (c) !(add-atom &self (d)) (e) !(println! never)";
  let count = 0;
  const { atoms, output } = await run(way, text, {}, () => ++count === 2);
  expect(atoms).toEqual(["(a)", "(b)", "(c)", "(d)"]);
  expect(output).toBe("");
});

test.each(STREAMING)(
  "a signal ends the run, and what it interrupted has written nothing, %s",
  async (_name, way) => {
    const stop = new AbortController();
    const text = `${LOOP} !(+ 1 1) (kept) !(let $u (add-atom &self (lost)) (loop 0)) (never)`;
    const ran = run(way, text, { signal: stop.signal }, () => {
      setImmediate(() => stop.abort());
      return false;
    });
    const { lines, code, atoms } = await ran;
    expect(lines).toHaveLength(1);
    expect(code).toBe("ERR_ABORTED");
    expect(atoms).toEqual(["(= (loop $n) (loop (+ $n 1)))", "(kept)"]);
  },
);

test.each(STREAMING)(
  "a signal ends an expression too that nothing may be evaluated beside, %s",
  async (_name, way) => {
    const stop = new AbortController();
    const text = `${LOOP} !(+ 1 1) !(let $u (import! &self inside) (loop 0)) (never)`;
    const { lines, code } = await run(way, text, { signal: stop.signal, folder }, () => {
      setImmediate(() => stop.abort());
      return false;
    });
    expect(lines).toHaveLength(1);
    expect(code).toBe("ERR_ABORTED");
  },
);

test.each(WAYS)("a signal that was aborted before lets nothing begin, %s", async (_name, way) => {
  const { code, atoms } = await run(way, "(a) !(+ 1 1)", { signal: AbortSignal.abort() });
  expect(code).toBe("ERR_ABORTED");
  expect(atoms).toEqual([]);
});

test.each(WAYS)("a limit that is no limit is refused, %s", async (_name, way) => {
  const { code } = await run(way, "!(+ 1 1)", { maxSteps: -1 });
  expect(code).toBe("ERR_INVALID_ARGUMENT");
});

test("operations may answer later, but not to a program that is run at once", async () => {
  const library = standardLibrary();
  library.addOperation(
    operation({
      name: "later",
      type: "(-> Number)",
      summary: "One, in a moment.",
      apply: async () => integer(1),
    }),
  );
  const text = "!(let $u (add-atom &self (asked)) (later))";
  const kept = await run(runProgram, text, { library });
  expect(kept.lines[0]).toMatch(/completed 1$/);
  expect(kept.atoms).toEqual(["(asked)"]);
  using environment = Environment.create(heap);
  expect(() => runProgramSync(environment, text, { library })).toThrow(
    expect.objectContaining({ code: "ERR_ASYNCHRONOUS" }),
  );
  expect(environment.count).toBe(0);
});

test.each(WAYS)(
  "what a program sets is known to the next one in its environment alone, %s",
  async (_name, way) => {
    using environment = Environment.create(heap);
    using other = Environment.create(heap);
    const options = { library: standardLibrary() };
    for await (const _outcome of way(environment, "!(bind! word 5)", options));
    const seen: string[] = [];
    for (const each of [environment, other]) {
      for await (const { results } of way(each, "!(quote word)", options))
        seen.push(print(results[0]!));
    }
    expect(seen).toEqual(["(quote 5)", "(quote word)"]);
  },
);

/** A library with `(wait)`, which is 1 as soon as its ending is called. */
function waitingLibrary(): { readonly library: Library; readonly endings: (() => void)[] } {
  const library = standardLibrary();
  const endings: (() => void)[] = [];
  library.addOperation(
    operation({
      name: "wait",
      type: "(-> Number)",
      summary: "One, when the test says so.",
      apply: async () => {
        await new Promise<void>((end) => endings.push(end));
        return integer(1);
      },
    }),
  );
  return { library, endings };
}

test("programs that wait at the same time with one library keep a folder each", async () => {
  const { library, endings } = waitingLibrary();
  const folders = [folder, other];
  const runs = folders.map((each) => {
    const text = `!(let $u (wait) (import! &self it)) !(it)
      !(let $u (wait) (import! &self "${top}/outside.metta"))`;
    return run(runProgram, text, { library, folder: each });
  });
  await vi.waitUntil(() => endings.length === runs.length, PATIENT);
  // Of the host, while programs with a folder wait.
  using environment = Environment.create(heap);
  const query = parseAtom(`(import! &self "${folder}/it.metta")`);
  expect(print(evaluate(environment, query, { library }).results[0]!)).toContain("--allow-read");
  for (const end of endings.splice(0)) end();
  await vi.waitUntil(() => endings.length === runs.length, PATIENT);
  for (const end of endings) end();
  for (const [index, name] of ["inside", "other"].entries()) {
    const { lines, message } = await runs[index]!;
    expect(lines.slice(0, 2).map((line) => line.replace(/^.*completed /, ""))).toEqual([
      "()",
      name,
    ]);
    expect(message).toContain("--allow-read");
  }
});

test("what a program has bound, and what its rules may bind, is known whatever library it is run with", async () => {
  const withHandle = standardLibrary();
  withHandle.addOperation(
    operation({
      name: "handle",
      type: "(-> Handle)",
      summary: "A value of the host.",
      apply: () => hostAtom({}, { type: "Handle", print: () => "the-handle" }),
    }),
  );
  const shown = async (first: string, second: string, options: RunProgramOptions) => {
    using environment = Environment.create(heap);
    await runProgram(environment, first, { library: withHandle });
    const next = { library: standardLibrary(), ...options };
    const { outcomes } = await runProgram(environment, second, next);
    return outcomes.map(({ results }) => results.join(" "));
  };
  for (const options of [{}, { pool }]) {
    expect(await shown("!(bind! &h (handle))", "!(quote &h)", options)).toEqual([
      "(quote the-handle)",
    ]);
    expect(await shown("(= (set) (bind! word 5))", "!(set) !(quote word)", options)).toEqual([
      "()",
      "(quote 5)",
    ]);
  }
});

test("rules that bind words hold programs of other environments up in nothing", () => {
  const library = standardLibrary();
  const isBarrier = (text: string): boolean => {
    using environment = Environment.create(heap);
    const place = { environment, space: null, library };
    const program = new Program(place, text, {}, () => []);
    return [...program.steps()].some(
      (step) => step.kind === "evaluate" && program.isBarrier(step.item.atom),
    );
  };
  expect(isBarrier("(= (set) (bind! word 5)) !(set)")).toBe(true);
  expect(isBarrier("!(set)")).toBe(false);
  expect(isBarrier("!(let $rule (= (set) (bind! word 5)) (add-atom &self $rule)) !(set)")).toBe(
    true,
  );
  expect(isBarrier("!(set)")).toBe(false);
});

test("programs that end in the order in which they began leave nobody a permission", async () => {
  const { library, endings } = waitingLibrary();
  const runs = [folder, top].map((each) => run(runProgram, "!(wait)", { library, folder: each }));
  await vi.waitUntil(() => endings.length === runs.length, PATIENT);
  for (const [index, end] of endings.entries()) {
    end();
    expect((await runs[index]!).lines[0]).toMatch(/completed 1$/);
  }
  const { message } = await run(runProgram, `!(import! &self "${folder}/inside.metta")`, {
    library,
  });
  expect(message).toContain("--allow-read");
  using environment = Environment.create(heap);
  const query = parseAtom(`(import! &self "${folder}/inside.metta")`);
  expect(print(evaluate(environment, query, { library }).results[0]!)).toContain("--allow-read");
});

test("a run begins when it is asked for, and is run once", async () => {
  using environment = Environment.create(heap);
  const begun = runProgram(environment, "(a) !(+ 1 1) !(car-atom ())");
  expect(environment.count).toBe(0);
  const first = await begun;
  expect(await begun).toBe(first);
  expect(environment.count).toBe(1);
  expect(first).toMatchObject({ errors: 1, stopped: 0 });
  expect(first.outcomes.map(({ query }) => query)).toEqual(
    ["(+ 1 1)", "(car-atom ())"].map((text) => parseAtom(text)),
  );
});

test("a program on a pool knows the operations that the pool's threads know", async () => {
  const libraryModule = new URL("./tripling-library.mjs", import.meta.url);
  await using own = await EvaluatorPool.create(heap, { threads: 1, libraryModule });
  using environment = Environment.create(heap);
  const text = `(= (work $n) (if (== $n 0) 0 (work (- $n 1))))
    !(triple 1) !(let $u (work 30000) (triple 2)) !(triple 3) !(triple 4)`;
  const { outcomes } = await runProgram(environment, text, { pool: own });
  expect(outcomes.map(({ results }) => print(results[0]!))).toEqual(["3", "6", "9", "12"]);
});
