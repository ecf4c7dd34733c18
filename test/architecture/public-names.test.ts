import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as containers from "../../src/containers/index.js";
import * as oxbow from "../../src/index.js";
import { ROOT } from "./sources.js";

/**
 * Values and classes. A name is added here when it is meant for users, and stays. Types are in the snapshots of
 * declarations.test.ts.
 */
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

/** `oxbow/containers`. */
const CONTAINER_VALUES = ["Heap", "MapSnapshot", "SharedMap", "SharedVector", "VectorSnapshot"];

describe("the public API", () => {
  it("has exactly these values", () => {
    expect(Object.keys(oxbow).toSorted()).toEqual(VALUES.toSorted());
  });

  it("has an entry for the containers alone, with exactly these values", () => {
    expect(Object.keys(containers).toSorted()).toEqual(CONTAINER_VALUES);
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
      "./containers": entry("containers/index"),
      "./package.json": "./package.json",
    });
  });
});
