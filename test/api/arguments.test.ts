/** What public functions and methods say to arguments that TypeScript would not let through. */
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
const queue = regions.RegionQueue.create(heap, 1);
const evaluator = new api.Evaluator();
const library = api.standardLibrary();
const pool = await api.EvaluatorPool.create(heap, { threads: 1 });
const before = [...environment.atoms()].map(String);
const closed = environment.clone();
closed.dispose();
afterAll(async () => await pool.close());

const query = api.parseAtom("(f 1)");
const apply = (): api.Atom => query;

const NOTHING = [undefined, null];
const PLAIN = [1, "text", true, [], {}, { tag: 0 }, Symbol("s")];
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
    null,
    1,
    "text",
    true,
    [],
    { maxStep: 10 },
    { space: "&self" },
    { signal: 1 },
    { maxSteps: "1" },
  ],
  space: [1, "&self", {}, query],
  state: [...NOTHING, ...PLAIN, query],
  library: [null, 1, "text", {}],
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
const SPACE = ["space", undefined] as const;

const ROWS: readonly Row[] = (
  [
    ["evaluate", api, "evaluate", ENVIRONMENT, ATOM, OPTIONS],
    ["evaluateAsync", api, "evaluateAsync", ENVIRONMENT, ATOM, OPTIONS],
    ["evaluateStream", api, "evaluateStream", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.evaluate", evaluator, "evaluate", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.evaluateAsync", evaluator, "evaluateAsync", ENVIRONMENT, ATOM, OPTIONS],
    ["Evaluator.stream", evaluator, "stream", ENVIRONMENT, ATOM, OPTIONS],
    ["Environment.create", api.Environment, "create", ["heap", heap]],
    ["Environment.unionAll", api.Environment, "unionAll", ["environments", [other]]],
    ["Environment.countOf", environment, "countOf", SPACE],
    ["Environment.add", environment, "add", ATOM, SPACE],
    ["Environment.addRule", environment, "addRule", ATOM, ATOM, SPACE],
    ["Environment.addAll", environment, "addAll", ["atoms", [query]], SPACE],
    ["Environment.remove", environment, "remove", ATOM, SPACE],
    ["Environment.atoms", environment, "atoms", SPACE],
    ["Environment.match", environment, "match", ATOM, ATOM, SPACE],
    ["Environment.bindings", environment, "bindings", ATOM, SPACE],
    ["Environment.countMatches", environment, "countMatches", ATOM, SPACE],
    ["Environment.explain", environment, "explain", ATOM, SPACE],
    ["Environment.union", environment, "union", ENVIRONMENT],
    ["Environment.absorb", environment, "absorb", ENVIRONMENT],
    ["Environment.absorbAll", environment, "absorbAll", ["environments", [other]]],
    ["Environment.assign", environment, "assign", ENVIRONMENT],
    ["Environment.createState", environment, "createState", ATOM],
    ["Environment.getState", environment, "getState", ["state", state]],
    ["Environment.setState", environment, "setState", ["state", state], ATOM],
    ["SharedEnvironment.create", api.SharedEnvironment, "create", ["heap", heap], ENVIRONMENT],
    ["SharedEnvironment.update", shared, "update", ["function", () => 1]],
    ["SharedEnvironment.updateAsync", shared, "updateAsync", ["function", () => 1]],
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
    ["SharedMap.receive", containers.SharedMap, "receive", ["handle", map.share()]],
    ["SharedVector.receive", containers.SharedVector, "receive", ["handle", vector.share()]],
    ["Packed.receive", regions.Packed, "receive", ["handle", packed.share()], ["heap", heap]],
    [
      "RegionQueue.receive",
      regions.RegionQueue,
      "receive",
      ["handle", queue.share()],
      ["heap", heap],
    ],
    ["Heap.scope", heap, "scope", ["function", () => 1]],
    [
      "Library.addOperation",
      library,
      "addOperation",
      ["operation", api.operation("f", "(-> Number Number)", "", apply)],
    ],
    ["Library.define", library, "define", ["text", "&word"], ATOM],
    ["EvaluatorPool.evaluate", pool, "evaluate", ENVIRONMENT, ATOM],
    ["EvaluatorPool.evaluateAll", pool, "evaluateAll", ENVIRONMENT, ["atoms", [query]]],
    ["EvaluatorPool.evaluateAllSync", pool, "evaluateAllSync", ENVIRONMENT, ["atoms", [query]]],
    ["EvaluatorPool.map", pool, "map", ENVIRONMENT, ATOM, ATOM],
    ["EvaluatorPool.stream", pool, "stream", ENVIRONMENT, ["atoms", [query]]],
    [
      "operation",
      api,
      "operation",
      ["text", "f"],
      ["text", "(-> Number Number)"],
      ["text", "What it does."],
      ["function", apply],
    ],
    ["parse", api, "parse", ["text", "(f 1)"]],
    ["parseAtom", api, "parseAtom", ["text", "(f 1)"]],
    ["print", api, "print", ATOM],
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

/** What a call with a wrong argument did instead of refusing it; empty if it did. */
async function complaintOf(
  { target, method, parameters }: Row,
  place: number,
  wrong: unknown,
): Promise<string> {
  const args = parameters.map(([, right], index) => (index === place ? wrong : right));
  const label = `argument ${place + 1}, ${inspect(wrong, { depth: 0 })}`;
  const code = wrong === closed ? "ERR_RELEASED" : "ERR_INVALID_ARGUMENT";
  try {
    await callThrough(target, method, args);
    return `${label}: was taken`;
  } catch (error) {
    const isRefused = error instanceof api.OxbowError && error.code === code;
    return isRefused && /^cannot .+: /.test(error.message) ? "" : `${label}: ${String(error)}`;
  }
}

/** Public functions and methods that no row is about yet. The list may only become shorter. */
const WITHOUT_ROW: readonly string[] = [
  "Environment.addPacked",
  "Evaluator.runProgram",
  "Evaluator.runProgramSync",
  "EvaluatorPool.create",
  "Heap.create",
  "Heap.recover",
  "Library.declare",
  "Library.summaryOf",
  "Library.typesOf",
  "MapSnapshot.get",
  "MapSnapshot.has",
  "Packed.read",
  "PackedAtoms.at",
  "RegionQueue.create",
  "RegionQueue.pop",
  "RegionQueue.push",
  "SharedEnvironment.recover",
  "SharedMap.create",
  "SharedMap.delete",
  "SharedMap.get",
  "SharedMap.has",
  "SharedMap.recover",
  "SharedMap.set",
  "SharedMap.update",
  "SharedVector.append",
  "SharedVector.appendAll",
  "SharedVector.at",
  "SharedVector.create",
  "SharedVector.recover",
  "VectorSnapshot.at",
  "atom",
  "atoms",
  "boolean",
  "expressionOf",
  "float",
  "hostAtom",
  "integer",
  "runProgram",
  "runProgramSync",
  "siteWith",
  "standardLibrary",
  "toAtom",
];

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
    expect([...missing].toSorted()).toEqual(WITHOUT_ROW);
  });
});

describe("a wrong argument", () => {
  it.each(ROWS)("of $name is refused, and nothing has happened", async (row) => {
    const complaints: string[] = [];
    for (const [place, [kind]] of row.parameters.entries()) {
      for (const wrong of WRONG[kind]) {
        // Left out, the template is the pattern.
        if (wrong === undefined && row.name === "Environment.match" && place === 1) continue;
        complaints.push(await complaintOf(row, place, wrong));
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
    expect(call).toThrow("cannot evaluate: there is no option maxStep; the options are maxSteps, ");
  });
});
