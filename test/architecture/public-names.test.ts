import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
  "INTEGER",
  "Library",
  "NOT_REDUCIBLE",
  "OPERATION",
  "OperationError",
  "OxbowError",
  "Packed",
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
  "evaluate",
  "expression",
  "float",
  "integer",
  "operation",
  "parse",
  "parseAtom",
  "print",
  "standardLibrary",
  "string",
  "symbol",
  "variable",
];

const TYPES = [
  "Atom",
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
  "Explanation",
  "Expression",
  "FloatAtom",
  "HeapHandle",
  "HeapOptions",
  "HeapStats",
  "Host",
  "IntegerAtom",
  "Limits",
  "Operation",
  "OperationAtom",
  "OperationContext",
  "OperationResult",
  "PackedHandle",
  "Packing",
  "ParseOptions",
  "PoolOptions",
  "PoolStats",
  "ProgramItem",
  "Region",
  "RegionQueueHandle",
  "SpaceAtom",
  "StateAtom",
  "StateConflict",
  "StopReason",
  "StringAtom",
  "SymbolAtom",
  "Variable",
];

const text = readFileSync(join(ROOT, "src/index.ts"), "utf8");

describe("the public API", () => {
  it("has exactly these values", () => {
    expect(Object.keys(oxbow).toSorted()).toEqual(VALUES.toSorted());
  });

  it("has exactly these types", () => {
    const single = [...text.matchAll(/\btype (\w+)/g)].map((match) => match[1]!);
    const grouped = [...text.matchAll(/export type \{([^}]*)\}/g)].flatMap((match) =>
      match[1]!.split(",").map((name) => name.trim()),
    );
    const names = [...single, ...grouped].filter((name) => name !== "");
    expect(names.toSorted()).toEqual(TYPES.toSorted());
  });

  it("is what the package exports, beside its package.json", () => {
    const manifest: { exports: Record<string, unknown> } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    expect(Object.keys(manifest.exports)).toEqual([".", "./package.json"]);
    expect(manifest.exports["."]).toEqual({
      types: "./dist/src/index.d.ts",
      default: "./dist/src/index.js",
    });
  });
});
