import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as containers from "../../src/containers/public.js";
import * as oxbow from "../../src/index.js";
import { ROOT } from "./sources.js";

/** Values and classes. A name is added here when it is meant for users, and stays. */
const VALUES = [
  "BOOLEAN",
  "EXPRESSION",
  "Environment",
  "Evaluator",
  "EvaluatorPool",
  "FLOAT",
  "HOST",
  "Heap",
  "HeapExhaustedError",
  "HostAtom",
  "hostAtom",
  "INTEGER",
  "Library",
  "NOT_REDUCIBLE",
  "OPERATION",
  "OperationError",
  "OxbowError",
  "Packed",
  "PackedAtoms",
  "RegionQueue",
  "SPACE",
  "STATE",
  "STRING",
  "SYMBOL",
  "SharedEnvironment",
  "VARIABLE",
  "alphaEqual",
  "boolean",
  "createThenPack",
  "equal",
  "errorAtom",
  "atom",
  "atoms",
  "evaluate",
  "expressionOf",
  "siteWith",
  "toAtom",
  "toValue",
  "evaluateAsync",
  "evaluateStream",
  "expression",
  "float",
  "integer",
  "operation",
  "packAtoms",
  "packRows",
  "parse",
  "parseAtom",
  "print",
  "standardLibrary",
  "string",
  "symbol",
  "variable",
];

const TYPES = [
  "Answer",
  "Atom",
  "AtomLike",
  "AtomList",
  "Bindings",
  "BuildingRegion",
  "Capability",
  "BooleanAtom",
  "BranchOutcome",
  "BranchStatus",
  "CallAnswer",
  "CallOptions",
  "ErrorCode",
  "ErrorDetails",
  "EvaluateOptions",
  "Evaluation",
  "ExhaustionDetails",
  "Explanation",
  "Expression",
  "FloatAtom",
  "HeapHandle",
  "HeapOptions",
  "HeapStats",
  "Host",
  "HostAtomOptions",
  "HostBehavior",
  "IntegerAtom",
  "Limits",
  "MatchSolution",
  "Operation",
  "OperationAtom",
  "OperationContext",
  "OperationFailure",
  "OperationResult",
  "PackedHandle",
  "Packing",
  "ParseOptions",
  "PatternReport",
  "PoolOptions",
  "PoolStats",
  "ProgramItem",
  "Region",
  "RegionTrace",
  "RelationAccess",
  "RegionQueueHandle",
  "Results",
  "RowList",
  "Site",
  "SpaceAtom",
  "StateAtom",
  "StateConflict",
  "StopReason",
  "StringAtom",
  "SymbolAtom",
  "Variable",
];

/** `oxbow/containers`. */
const CONTAINER_VALUES = ["Heap", "MapSnapshot", "SharedMap", "SharedVector", "VectorSnapshot"];
const CONTAINER_TYPES = [
  "HeapHandle",
  "HeapOptions",
  "JsonValue",
  "MapReader",
  "MapWriter",
  "Shareable",
  "SharedHandle",
  "SharedKey",
];

/** The types that an entry exports: `export type { A, B }` and `export { type A, b }`. */
function typesOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const single = [...text.matchAll(/\btype (\w+)/g)].map((match) => match[1]!);
  const grouped = [...text.matchAll(/export type \{([^}]*)\}/g)].flatMap((match) =>
    match[1]!.split(",").map((name) => name.trim()),
  );
  return [...single, ...grouped].filter((name) => name !== "").toSorted();
}

describe("the public API", () => {
  it("has exactly these values", () => {
    expect(Object.keys(oxbow).toSorted()).toEqual(VALUES.toSorted());
  });

  it("has exactly these types", () => {
    expect(typesOf("src/index.ts")).toEqual(TYPES.toSorted());
  });

  it("has an entry for the containers alone, with exactly these names", () => {
    expect(Object.keys(containers).toSorted()).toEqual(CONTAINER_VALUES);
    expect(typesOf("src/containers/public.ts")).toEqual(CONTAINER_TYPES);
  });

  it("is what the package exports, beside its package.json", () => {
    const manifest: { exports: Record<string, unknown> } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    const entry = (path: string): object => ({
      types: `./dist/src/${path}.d.ts`,
      default: `./dist/src/${path}.js`,
    });
    expect(manifest.exports).toEqual({
      ".": entry("index"),
      "./containers": entry("containers/public"),
      "./package.json": "./package.json",
    });
  });
});
