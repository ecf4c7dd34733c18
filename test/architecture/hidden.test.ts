import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as containers from "../../src/containers/index.js";
import * as main from "../../src/index.js";
import * as regions from "../../src/regions.js";

type Class = new (...values: unknown[]) => object;

/** What shows at run time though no declaration has it, each with its reason. `toJSON` says what an object is. */
const SHOWN: Readonly<Record<string, string>> = {
  "EvaluatorPool.endThread": "ends a thread as the system would, for tests of programs",
  "EvaluatorPool.evaluateAhead": "runs of programs on threads, in another folder",
  "EvaluatorPool.locks": "locks of the engine's own hosts",
  "EvaluatorPool.on": "pools whose threads have a site of their own",
  "EvaluatorPool.trace": "traces of the engine's own tools",
  "Heap.failAllocationAt": "tests that let an allocation fail",
  "Packed.head": "what other segments refer to; an address like `root`",
  "Packed.netted": "the net under forgotten handles, which is made before it",
  "PackedAtoms.runAt": "adding packed rows reads runs without decoding them",
};

/** A library's own: forms and modules, which the folder of the evaluator is about. */
const LIBRARY = /^Library\./;

const classes = new Map<string, { readonly made: Class; readonly declaration: string }>();
for (const [entry, exported] of [
  ["oxbow", main],
  ["oxbow-containers", containers],
  ["oxbow-regions", regions],
] as const) {
  const file = new URL(`./declarations/${entry}.d.ts.txt`, import.meta.url);
  const declarations = readFileSync(file, "utf8");
  for (const [name, value] of Object.entries(exported)) {
    const start = declarations.search(new RegExp(`class ${name}\\b`));
    if (typeof value !== "function" || start < 0) continue;
    const declaration = declarations.slice(start, declarations.indexOf("\n}", start));
    classes.set(name, { made: value as Class, declaration });
  }
}

describe("a class that users get", () => {
  it("is found", () => {
    expect(classes.size).toBeGreaterThan(12);
  });

  it("cannot be made with new unless its declaration says so", () => {
    const heap = main.Heap.create();
    const makeable = [...classes]
      .filter(([, { declaration }]) => declaration.includes("private constructor"))
      .filter(([, { made }]) => {
        try {
          return Reflect.construct(made, [heap, 1, 2]) !== null;
        } catch {
          return false;
        }
      });
    expect(makeable.map(([name]) => name)).toEqual([]);
  });

  it("has no method that its declaration does not have", () => {
    const shown = [...classes].flatMap(([name, { made, declaration }]) => {
      const members = [
        ...Object.getOwnPropertyNames(made.prototype),
        ...Object.getOwnPropertyNames(made),
      ];
      return members
        .filter(
          (member) => !["constructor", "length", "name", "prototype", "toJSON"].includes(member),
        )
        .filter((member) => !new RegExp(`[ *]${member}[<(:?]`).test(declaration))
        .map((member) => `${name}.${member}`);
    });
    const found = shown.filter((each) => !LIBRARY.test(each)).toSorted();
    expect(found).toEqual(Object.keys(SHOWN));
  });
});
