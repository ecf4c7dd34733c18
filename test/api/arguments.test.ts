/** What public functions and methods say to arguments that TypeScript would not let through. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import * as containers from "../../src/containers/index.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import * as api from "../../src/index.js";
import * as regions from "../../src/regions.js";
import { readEntry } from "../architecture/declarations.js";

const heap = api.Heap.create();
const environment = api.Environment.create(heap);
environment.addAll(api.atoms`(edge a b) (= (f $x) $x)`);
const state = environment.createState(api.integer(1));
const other = environment.clone();
const shared = api.SharedEnvironment.create(heap, environment);
const map = containers.SharedMap.create({ heap });
const vector = containers.SharedVector.create({ heap });
const packed = regions.packRows(heap, api.atoms`(p a)`);
const queue = regions.RegionQueue.create(heap, { capacity: 1 });
const evaluator = new api.Evaluator();
const library = api.standardLibrary();
const pool = await api.EvaluatorPool.create(heap, { threads: 1 });
const before = [...environment.atoms()].map(String);
const closed = environment.clone();
closed.dispose();
const directory = mkdtempSync(join(tmpdir(), "oxbow-arguments-"));
const store = await api.Store.open(directory, { durability: "manual" });
await store.snapshot();
afterAll(async () => {
  await pool.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

const query = api.parseAtom("(f 1)");
const apply = (): api.Atom => query;

const PARTS = { name: "f", type: "(-> Number Number)", summary: "What it does.", apply };
const POOL = { threads: 1 };
/** Constructors, to be called like methods. */
const construct = {
  Evaluator: (parts: api.EvaluatorParts) => new api.Evaluator(parts),
  Library: (operations: readonly api.Operation[]) => new api.Library(operations),
};

const NOTHING = [undefined, null];
const PLAIN = [1, "text", true, [], {}, { tag: 0 }, Symbol("s")];
const NO_OPTIONS = [null, 1, "text", true, []];
const NO_SEARCH = [
  ...NO_OPTIONS,
  { space: 1 },
  { spaces: null },
  { bounds: null },
  { bounds: 1 },
  { bounds: { x: {} } },
  { bounds: { x: { less: 1 } } },
];
const WRONG_LIMITS = [
  { maxStep: 10 },
  { maxSteps: "1" },
  { maxSteps: 0.5 },
  { maxTimeMs: -1 },
  { maxResults: Number.NaN },
  { maxHeapBytes: -1 },
  { maxForkDepth: null },
  { maxBranches: 1.5 },
];
const WRONG_CALLS = [
  ...NO_OPTIONS,
  ...WRONG_LIMITS,
  { limits: { maxSteps: 1 } },
  { maxCallMs: -1 },
  { space: "&self" },
  { seed: 0.5 },
  { firstBranch: -1 },
  { race: 1 },
  { isInterrupted: () => false },
];
const WRONG_RUNS = [
  ...NO_OPTIONS,
  ...WRONG_LIMITS,
  { source: 1 },
  { folder: ["a"] },
  { files: ["a"] },
  { files: { "a.metta": 1 } },
  { onProgress: "f" },
  { isInterrupted: () => false },
];
const WRONG_PARTS = [{ library: {} }, { host: { print: 1 } }, { host: { prints: apply } }];

/** Values that are not of a kind of parameter. */
const WRONG = {
  atom: [...NOTHING, ...PLAIN, environment],
  atoms: [...NOTHING, 1, {}, ["text"], [null], query],
  environment: [...NOTHING, ...PLAIN, query, heap, closed],
  environments: [...NOTHING, 1, {}, ["text"], [null]],
  heap: [...NOTHING, ...PLAIN, environment],
  text: [...NOTHING, 1, true, [], {}, query],
  function: [...NOTHING, ...PLAIN, query],
  options: [
    ...NO_OPTIONS,
    ...WRONG_LIMITS,
    { space: "&self" },
    { signal: 1 },
    { isInterrupted: true },
    { host: { random: 1 } },
  ],
  "options of a call": [...WRONG_CALLS, { signal: 1 }, { onBranch: 1 }],
  "options of a blocking call": [
    ...WRONG_CALLS,
    { signal: new AbortController().signal },
    { onBranch: apply },
  ],
  "options of a map": [
    ...WRONG_CALLS,
    ...NOTHING,
    {},
    { pattern: query },
    { pattern: query, template: "x" },
    { pattern: "x", template: query },
    { pattern: query, template: query, maxStep: 1 },
  ],
  "options of a run": [...WRONG_RUNS, { signal: 1 }, { pool: {} }],
  "options of a run at once": [...WRONG_RUNS, { pool }],
  "options of a free run": [...WRONG_RUNS, ...WRONG_PARTS, { pool: 1 }],
  "options of a free run at once": [...WRONG_RUNS, ...WRONG_PARTS, { pool }],
  "options of parse": [...NO_OPTIONS, { file: 1 }, { tokens: "f" }, { start: -1 }, { files: "a" }],
  "options of a host value": [
    ...NO_OPTIONS,
    ...NOTHING,
    {},
    { type: query },
    ...["print", "equals", "match", "equal"].map((name) => ({ type: "T", [name]: 1 })),
  ],
  "parts of an operation": [
    ...NO_OPTIONS,
    undefined,
    {},
    ...Object.keys(PARTS).map((name) => ({ ...PARTS, [name]: undefined })),
    ...Object.keys(PARTS).map((name) => ({ ...PARTS, [name]: 1 })),
    { ...PARTS, pure: 1 },
    { ...PARTS, effects: true },
  ],
  "parts of an evaluator": [...NO_OPTIONS, ...WRONG_PARTS, { maxSteps: 1 }, library],
  "options of a pool": [
    ...NO_OPTIONS,
    undefined,
    {},
    ...[0, 1.5, 121, "2"].map((threads) => ({ threads })),
    { threads: 1, thread: 2 },
    { threads: 1, libraryModule: 1 },
    { threads: 1, libraryModule: new URL("file:///library.mjs"), permissions: {} },
    { threads: 1, startTimeMs: 0 },
    { threads: 1, startTimeMs: "1" },
    { threads: 1, heartbeatMs: -1 },
    { threads: 1, permissions: { allowRead: "." } },
    { threads: 1, permissions: { read: ["."] } },
    { threads: 1, resourceLimits: { maxOldGenerationSizeMb: -1 } },
    { threads: 1, resourceLimits: { stackSize: 4 } },
    { threads: 1, trace: {} },
  ],
  "options of a store": [
    ...NO_OPTIONS,
    { durability: "always" },
    { thresholds: { operations: 0 } },
    { threshold: {} },
    { keep: "2" },
    { onProgress: 1 },
    { onError: {} },
  ],
  "options of a snapshot": [...NO_OPTIONS, { name: "" }, { name: 1 }, { names: "a" }],
  "a codec": [...NO_OPTIONS, { codec: "zip" }, { level: 9 }],
  "choice of a snapshot": [null, true, {}, [], 7, "none", query],
  store: [...NOTHING, ...PLAIN, environment],
  permissions: [...NO_OPTIONS, { allowRead: "." }, { allowWrite: [1] }, { read: ["."] }],
  operations: [...NOTHING, 1, {}, ["text"], [null], [{ name: "f" }]],
  symbol: [...NOTHING, ...PLAIN, query],
  anything: [],
  "options of a space": [
    ...NO_OPTIONS,
    { spaces: null },
    { space: 1 },
    { space: "&self" },
    { space: query },
  ],
  "options of a search": NO_SEARCH,
  "options of a match": [
    ...NO_SEARCH,
    query,
    { pattern: query },
    { template: null },
    { template: "$x" },
  ],
  "options of a union": [
    ...NO_OPTIONS,
    other,
    { from: other },
    { base: null },
    { base: 1 },
    { base: heap },
    { base: closed },
  ],
  space: [1, "&self", {}, query],
  state: [...NOTHING, ...PLAIN, query],
  library: [null, 1, "text", {}],
  "options of a heap": [
    ...NO_OPTIONS,
    { maxByte: 1 },
    { maxBytes: "1" },
    { maxBytes: 1 },
    { maxBytes: 2 ** 22 + 0.5 },
    { maxBytes: Number.POSITIVE_INFINITY },
    { tracing: 1 },
    { autoCollect: "yes" },
    { merging: "yes" },
  ],
  "options of a container": [...NO_OPTIONS, heap, { heap: 1 }, { heap: null }, { maxBytes: 1 }],
  "options of a receiver": [
    ...NO_OPTIONS,
    heap,
    { heap: 1 },
    { heap: null },
    { maxBytes: 2 ** 22 },
  ],
  "options of a queue": [
    ...NOTHING,
    1,
    {},
    { capacity: 0 },
    { capacity: 1.5 },
    { capacity: 2 ** 16 },
    { size: 1 },
  ],
  "options of waiting": [
    ...NO_OPTIONS,
    5,
    { timeoutMs: -1 },
    { timeoutMs: "1" },
    { timeoutMs: Number.NaN },
    { timeout: 1 },
  ],
  "options of print": [...NO_OPTIONS, apply, { showState: 1 }, { showStates: apply }],
  "ended thread": [...NOTHING, "1", 1.5, {}, Number.NaN],
  packed: [...NOTHING, ...PLAIN, query],
  key: [...NOTHING, true, [], {}, Symbol("s"), query],
  json: [undefined, Number.NaN, Symbol("s"), apply, new Map(), 1n],
  head: [...NOTHING, 1, true, [], {}],
  number: [...NOTHING, "0", true, [], {}, 1n],
  integer: [...NOTHING, "0", true, [], {}, 1.5, Number.NaN, 2 ** 60],
  boolean: [...NOTHING, "true", 1, [], {}],
  address: [...NOTHING, "text", 1.5, -1, Number.NaN, {}, 2 ** 40],
  iterable: [...NOTHING, 1, {}, query],
  template: [...NOTHING, "x", 1, ["x"], {}, query],
  value: [...NOTHING, Symbol("s"), apply, {}, [{}]],
  handle: [...NOTHING, ...PLAIN, { kind: "Other", number: 1 }, { kind: "Heap" }],
  operation: [...NOTHING, 1, "text", {}],
} as const satisfies Record<string, readonly unknown[]>;

type Kind = keyof typeof WRONG;
interface Row {
  readonly name: string;
  readonly target: object;
  readonly method: string;
  readonly parameters: readonly Parameter[];
}
type Parameter = readonly [Kind, unknown];

const ENVIRONMENT = ["environment", environment] as const;
const ATOM = ["atom", query] as const;
const OPTIONS = ["options", {}] as const;
const SPACE = ["space", null] as const;
const KEY = ["key", "a"] as const;
const JSON_VALUE = ["json", 1] as const;
const WAITING = ["options of waiting", undefined] as const;
const IN_SPACE = ["options of a space", undefined] as const;
const MATCHING = ["options of a match", undefined] as const;
const SEARCHING = ["options of a search", undefined] as const;
const UNITING = ["options of a union", undefined] as const;
const TEXT = ["text", "!(f 1)"] as const;
const CALL = ["options of a call", {}] as const;

const ROWS: readonly Row[] = (
  [
    ["evaluate", api, "evaluate", ENVIRONMENT, ATOM, OPTIONS],
    ["evaluateAsync", api, "evaluateAsync", ENVIRONMENT, ATOM, OPTIONS],
    ["evaluateStream", api, "evaluateStream", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.evaluate", evaluator, "evaluate", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.evaluateAsync", evaluator, "evaluateAsync", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.stream", evaluator, "stream", ENVIRONMENT, ATOM, OPTIONS],
    ["Environment.create", api.Environment, "create", ["heap", heap]],
    ["Environment.unionAll", api.Environment, "unionAll", ["environments", [other]], UNITING],
    ["Environment.countOf", environment, "countOf", SPACE],
    ["Environment.add", environment, "add", ATOM, IN_SPACE],
    ["Environment.addRule", environment, "addRule", ATOM, ATOM, IN_SPACE],
    ["Environment.addAll", environment, "addAll", ["atoms", [query]], IN_SPACE],
    ["Environment.remove", environment, "remove", ATOM, IN_SPACE],
    ["Environment.atoms", environment, "atoms", IN_SPACE],
    ["Environment.match", environment, "match", ATOM, MATCHING],
    ["Environment.bindings", environment, "bindings", ATOM, SEARCHING],
    ["Environment.countMatches", environment, "countMatches", ATOM, SEARCHING],
    ["Environment.explain", environment, "explain", ATOM, SEARCHING],
    ["Environment.union", environment, "union", ENVIRONMENT],
    ["Environment.absorb", environment, "absorb", ENVIRONMENT],
    ["Environment.absorbAll", environment, "absorbAll", ["environments", [other]], UNITING],
    ["Environment.assign", environment, "assign", ENVIRONMENT],
    ["Environment.createState", environment, "createState", ATOM],
    ["Environment.getState", environment, "getState", ["state", state]],
    ["Environment.setState", environment, "setState", ["state", state], ATOM],
    ["SharedEnvironment.create", api.SharedEnvironment, "create", ["heap", heap], ENVIRONMENT],
    ["SharedEnvironment.update", shared, "update", ["function", () => 1], WAITING],
    ["SharedEnvironment.updateAsync", shared, "updateAsync", ["function", () => 1], WAITING],
    ["Heap.receive", api.Heap, "receive", ["handle", heap.share()]],
    [
      "Environment.receive",
      api.Environment,
      "receive",
      ["handle", environment.share()],
      ["heap", heap],
    ],
    [
      "SharedEnvironment.receive",
      api.SharedEnvironment,
      "receive",
      ["handle", shared.share()],
      ["heap", heap],
    ],
    [
      "SharedMap.receive",
      containers.SharedMap,
      "receive",
      ["handle", map.share()],
      ["options of a receiver", { heap }],
    ],
    [
      "SharedVector.receive",
      containers.SharedVector,
      "receive",
      ["handle", vector.share()],
      ["options of a receiver", { heap }],
    ],
    ["Packed.receive", regions.Packed, "receive", ["handle", packed.share()], ["heap", heap]],
    [
      "RegionQueue.receive",
      regions.RegionQueue,
      "receive",
      ["handle", queue.share()],
      ["heap", heap],
    ],
    ["Heap.create", api.Heap, "create", ["options of a heap", { maxBytes: 2 ** 22 }]],
    ["Heap.recover", heap, "recover", ["ended thread", 1_000_000]],
    ["Environment.addPacked", environment.clone(), "addPacked", ["packed", packed], IN_SPACE],
    ["SharedEnvironment.recover", shared, "recover", ["ended thread", 1_000_000]],
    ["SharedMap.create", containers.SharedMap, "create", ["options of a container", { heap }]],
    ["SharedMap.get", map, "get", KEY],
    ["SharedMap.has", map, "has", KEY],
    ["SharedMap.delete", map, "delete", KEY],
    ["SharedMap.set", map, "set", KEY, JSON_VALUE],
    ["SharedMap.update", map, "update", ["function", () => 1], WAITING],
    ["SharedMap.recover", map, "recover", ["ended thread", 1_000_000]],
    ["MapSnapshot.get", map.snapshot(), "get", KEY],
    ["MapSnapshot.has", map.snapshot(), "has", KEY],
    [
      "SharedVector.create",
      containers.SharedVector,
      "create",
      ["options of a container", { heap }],
    ],
    ["SharedVector.at", vector, "at", ["number", 0]],
    ["SharedVector.append", vector, "append", JSON_VALUE],
    ["SharedVector.appendAll", vector, "appendAll", ["iterable", [1]]],
    ["SharedVector.recover", vector, "recover", ["ended thread", 1_000_000]],
    ["VectorSnapshot.at", vector.snapshot(), "at", ["number", 0]],
    ["Packed.read", packed, "read", ["address", packed.root]],
    ["PackedAtoms.at", new regions.PackedAtoms(heap, packed), "at", ["number", 0]],
    [
      "RegionQueue.create",
      regions.RegionQueue,
      "create",
      ["heap", heap],
      ["options of a queue", { capacity: 1 }],
    ],
    ["RegionQueue.push", queue, "push", ["packed", packed], WAITING],
    ["RegionQueue.pop", queue, "pop", WAITING],
    ["atom", api, "atom", ["template", ["x"]]],
    ["atoms", api, "atoms", ["template", ["x"]]],
    ["expressionOf", api, "expressionOf", ["head", query], ["value", 1]],
    ["toAtom", api, "toAtom", ["value", 1]],
    ["boolean", api, "boolean", ["boolean", true]],
    ["integer", api, "integer", ["integer", 1]],
    ["float", api, "float", ["number", 1]],
    ["Heap.scope", heap, "scope", ["function", () => 1]],
    [
      "Library.addOperation",
      library,
      "addOperation",
      [
        "operation",
        api.operation({ name: "f", type: "(-> Number Number)", summary: "", apply: apply }),
      ],
    ],
    ["Library.define", library, "define", ["text", "&word"], ATOM],
    ["EvaluatorPool.evaluate", pool, "evaluate", ENVIRONMENT, ATOM, CALL],
    ["EvaluatorPool.evaluateAll", pool, "evaluateAll", ENVIRONMENT, ["atoms", [query]], CALL],
    [
      "EvaluatorPool.evaluateAllSync",
      pool,
      "evaluateAllSync",
      ENVIRONMENT,
      ["atoms", [query]],
      ["options of a blocking call", {}],
    ],
    [
      "EvaluatorPool.map",
      pool,
      "map",
      ENVIRONMENT,
      ["options of a map", { pattern: query, template: query }],
    ],
    ["EvaluatorPool.stream", pool, "stream", ENVIRONMENT, ["atoms", [query]], CALL],
    ["runProgram", api, "runProgram", ENVIRONMENT, TEXT, ["options of a free run", {}]],
    [
      "runProgramSync",
      api,
      "runProgramSync",
      ENVIRONMENT,
      TEXT,
      ["options of a free run at once", {}],
    ],
    ["Evaluator.runProgram", evaluator, "runProgram", ENVIRONMENT, TEXT, ["options of a run", {}]],
    [
      "Evaluator.runProgramSync",
      evaluator,
      "runProgramSync",
      ENVIRONMENT,
      TEXT,
      ["options of a run at once", {}],
    ],
    ["Library.declare", library, "declare", ["text", "word"], ATOM],
    ["Library.table", library, "table", ["atom", api.parseAtom("(f $x)")]],
    ["Library.typesOf", library, "typesOf", ["symbol", api.symbol("f")]],
    ["Library.summaryOf", library, "summaryOf", ["symbol", api.symbol("f")]],
    ["standardLibrary", api, "standardLibrary", ["permissions", {}]],
    [
      "EvaluatorPool.create",
      api.EvaluatorPool,
      "create",
      ["heap", heap],
      ["options of a pool", POOL],
    ],
    ["new Evaluator", construct, "Evaluator", ["parts of an evaluator", {}]],
    ["new Library", construct, "Library", ["operations", []]],
    ["operation", api, "operation", ["parts of an operation", PARTS]],
    ["hostAtom", api, "hostAtom", ["anything", 1], ["options of a host value", { type: "T" }]],
    ["parse", api, "parse", ["text", "(f 1)"], ["options of parse", {}]],
    ["parseAtom", api, "parseAtom", ["text", "(f 1)"], ["options of parse", {}]],
    ["Store.open", api.Store, "open", ["text", directory], ["options of a store", {}]],
    [
      "Store.create",
      api.Store,
      "create",
      ["text", directory],
      ["environment", environment],
      ["options of a store", {}],
    ],
    ["Store.read", api.Store, "read", ["text", directory], ["choice of a snapshot", 1]],
    ["Store.read", store, "read", ["choice of a snapshot", 1]],
    ["Store.snapshot", store, "snapshot", ["options of a snapshot", {}]],
    ["Store.commit", store, "commit", ["function", () => 1]],
    ["Store.diff", store, "diff", ["choice of a snapshot", 1], ["choice of a snapshot", 1]],
    ["Store.export", store, "export", ["text", join(directory, "file")], ["a codec", {}]],
    ["Store.import", api.Store, "import", ["text", join(directory, "file")], ["text", directory]],
    ["Store.verify", api.Store, "verify", ["text", directory]],
    ["snapshotOperation", api, "snapshotOperation", ["store", store]],
    ["print", api, "print", ATOM, ["options of print", {}]],
    ["equal", api, "equal", ATOM, ATOM],
    ["alphaEqual", api, "alphaEqual", ATOM, ATOM],
    ["toValue", api, "toValue", ATOM],
    ["errorAtom", api, "errorAtom", ATOM],
    ["symbol", api, "symbol", ["text", "a"]],
    ["variable", api, "variable", ["text", "x"]],
    ["string", api, "string", ["text", "a"]],
    ["expression", api, "expression", ["atoms", [query]]],
    ["packAtoms", regions, "packAtoms", ["heap", heap], ["atoms", [query]]],
    ["packRows", regions, "packRows", ["heap", heap], ["atoms", [query]]],
    ["createThenPack", regions, "createThenPack", ["heap", heap], ["function", () => undefined]],
  ] as [string, object, string, ...Parameter[]][]
).map(([name, target, method, ...parameters]) => ({ name, target, method, parameters }));

/** What is refused by another name. */
const CODES: { readonly [Name in Kind]?: string } = { json: "ERR_NOT_SHAREABLE" };

/** Everything that a call gives, so that what is lazy happens too. */
async function callThrough(
  target: object,
  method: string,
  args: readonly unknown[],
): Promise<unknown> {
  const called = (Reflect.get(target, method) as (...all: unknown[]) => unknown).apply(target, [
    ...args,
  ]);
  const result = await called;
  if (typeof result !== "object" || result === null || "length" in result) return result;
  if (Symbol.asyncIterator in result) {
    for await (const _each of result as AsyncIterable<unknown>);
  } else if (Symbol.iterator in result) {
    for (const _each of result as Iterable<unknown>);
  }
  return result;
}

function isClosed(wrong: unknown): boolean {
  return (
    wrong === closed || (typeof wrong === "object" && Object.values(wrong ?? {})[0] === closed)
  );
}

/** What a call with a wrong argument did instead of refusing it; empty if it did. */
async function complaintOf(
  { target, method, parameters }: Row,
  place: number,
  wrong: unknown,
  kind: Kind,
): Promise<string> {
  const args = parameters.map(([, right], index) => (index === place ? wrong : right));
  const label = `argument ${place + 1}, ${inspect(wrong, { depth: 0 })}`;
  const code = isClosed(wrong) ? "ERR_RELEASED" : (CODES[kind] ?? "ERR_INVALID_ARGUMENT");
  try {
    await callThrough(target, method, args);
    return `${label}: was taken`;
  } catch (error) {
    const isRefused = error instanceof api.OxbowError && error.code === code;
    return isRefused && /^cannot .+: /.test(error.message) ? "" : `${label}: ${String(error)}`;
  }
}

const ENTRIES = [
  { module: "index", values: api },
  { module: "containers/index", values: containers },
  { module: "regions", values: regions },
];

/** The public functions of an entry, and the public methods of its classes, that take arguments. */
function takingArguments({ module, values }: (typeof ENTRIES)[number]): string[] {
  const { exported } = readEntry(module);
  return Object.entries<unknown>(values).flatMap(([name, value]) => {
    // Guards answer for whatever they are asked about.
    if (typeof value !== "function" || /^is[A-Z]/.test(name)) return [];
    if (!isClass(value)) return hasParameters(value) ? [name] : [];
    const { text } = exported.get(name)!;
    const members = [value, value.prototype as object].flatMap((owner) => methodsOf(owner));
    return members
      .filter((member) => new RegExp(`\\b${member}[<(]`).test(text))
      .map((member) => `${name}.${member}`);
  });
}

function isClass(value: object): value is { readonly prototype: object } {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function methodsOf(owner: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([name]) => name !== "constructor")
    .filter(([, { value }]) => typeof value === "function" && hasParameters(value))
    .map(([name]) => name);
}

function hasParameters(method: object): boolean {
  return !/^[^(]*\(\s*\)/.test(Function.prototype.toString.call(method));
}

describe("the public functions and methods that take arguments", () => {
  it("have a row each", () => {
    const named = new Set(ROWS.map(({ name }) => name));
    const missing = new Set(ENTRIES.flatMap(takingArguments).filter((name) => !named.has(name)));
    expect([...missing]).toEqual([]);
  });
});

describe("a wrong argument", () => {
  it.each(ROWS)("of $name is refused, and nothing has happened", async (row) => {
    const complaints: string[] = [];
    for (const [place, [kind]] of row.parameters.entries()) {
      for (const wrong of WRONG[kind]) {
        complaints.push(await complaintOf(row, place, wrong, kind));
      }
    }
    expect(complaints.filter((each) => each !== "")).toEqual([]);
    checkEnvironment(environment);
    expect([...environment.atoms()].map(String)).toEqual(before);
  });

  it("that is a text says how to make an atom of it", () => {
    const call = (): unknown => Reflect.apply(api.evaluate, undefined, [environment, "(double 2)"]);
    expect(call).toThrow(
      'cannot evaluate: an atom is needed, not the string "(double 2)"; parseAtom(text) and toAtom(value) make one',
    );
  });

  it("that is a misspelt option is named", () => {
    const call = (): unknown =>
      Reflect.apply(api.evaluate, undefined, [environment, query, { maxStep: 1 }]);
    expect(call).toThrow(
      "cannot evaluate: there is no option maxStep; did you mean maxSteps? (there are maxSteps, ",
    );
  });
});
