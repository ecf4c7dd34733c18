import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as browser from "../../src/browser.js";
import * as containers from "../../src/containers/index.js";
import * as oxbow from "../../src/index.js";
import * as inspector from "../../src/inspector.js";
import * as regions from "../../src/regions.js";
import { ROOT } from "./sources.js";

/**
 * Values and classes. A name is added here when it is meant for users, and stays. Types are in the snapshots of
 * declarations.test.ts.
 */
const VALUES = [
  "Environment",
  "Evaluator",
  "EvaluatorPool",
  "Heap",
  "HeapExhaustedError",
  "hostAtom",
  "Library",
  "NOT_REDUCIBLE",
  "OperationError",
  "OxbowError",
  "SharedEnvironment",
  "Store",
  "alphaEqual",
  "boolean",
  "equal",
  "errorAtom",
  "snapshotOperation",
  "atom",
  "atoms",
  "evaluate",
  "expressionOf",
  "runProgram",
  "runProgramSync",
  "toAtom",
  "toValue",
  "evaluateAsync",
  "evaluateStream",
  "expression",
  "float",
  "integer",
  "isAtom",
  "isBoolean",
  "isError",
  "isExpression",
  "isFloat",
  "isHost",
  "isInteger",
  "isNumber",
  "isOperation",
  "isSpace",
  "isState",
  "isString",
  "isSymbol",
  "isVariable",
  "operation",
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

/** `oxbow/regions`. */
const REGION_VALUES = [
  "Heap",
  "HeapExhaustedError",
  "Packed",
  "PackedAtoms",
  "RegionQueue",
  "createThenPack",
  "packAtoms",
  "packRows",
];

/** Stores are files. */
const NOT_IN_BROWSERS: ReadonlySet<string> = new Set(["Store", "snapshotOperation"]);

describe("the public API", () => {
  it("has exactly these values", () => {
    expect(Object.keys(oxbow).toSorted()).toEqual(VALUES.toSorted());
  });

  it("has an entry for the containers alone, with exactly these values", () => {
    expect(Object.keys(containers).toSorted()).toEqual(CONTAINER_VALUES);
  });

  it("has an entry for regions, with exactly these values", () => {
    expect(Object.keys(regions).toSorted()).toEqual(REGION_VALUES);
  });

  it("has an entry for the inspector, with exactly this value", () => {
    expect(Object.keys(inspector)).toEqual(["Inspector"]);
  });

  it("has an entry for browsers: the same but stores, and what a page lacks for threads", () => {
    const kept = VALUES.filter((name) => !NOT_IN_BROWSERS.has(name));
    expect(Object.keys(browser).toSorted()).toEqual([...kept, "missingForThreads"].toSorted());
  });

  it("is what the package exports, beside its package.json", () => {
    const manifest: { exports: Record<string, unknown> } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    const entry = (path: string): object => ({
      types: `./dist/types/${path}.d.ts`,
      default: `./dist/src/${path}.js`,
    });
    expect(manifest.exports).toEqual({
      ".": entry("index"),
      "./containers": entry("containers/index"),
      "./regions": entry("regions"),
      "./cluster": entry("cluster/index"),
      "./inspector": entry("inspector"),
      "./browser": { ...entry("browser"), default: "./dist/browser/oxbow.js" },
      "./package.json": "./package.json",
    });
  });
});
