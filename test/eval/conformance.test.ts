import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Atom, VARIABLE, Variable } from "../../src/term/atom.js";
import { equal } from "../../src/term/equal.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { mapLeaves } from "../../src/term/resolve.js";
import { referencePrograms } from "../whole-programs.js";
import { run } from "./run.js";

const programs = referencePrograms();

/** Files that programs make are made here. */
const scratch = mkdtempSync(join(tmpdir(), "oxbow-"));
const folders = { allowRead: [scratch], allowWrite: [scratch] };
afterAll(() => rmSync(scratch, { recursive: true }));

function inScratch(program: string): string {
  return program.replaceAll(/\w+\.txt/g, (name) => join(scratch, name));
}

/** Differences by decision. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([
  ["!(pow-math 5.5 2.3)", "the last digit of a power is the JavaScript engine's"],
  ["(new-random-generator 0)) \n            !(random-float", "random numbers are the engine's own"],
]);

const spoken = programs.filter(
  ({ program }) => ![...DIFFERENT.keys()].some((text) => program.includes(text)),
);

/** The values of a line, where they can be read back; symbols with spaces in them cannot. */
function valuesOf(line: string): Atom[] {
  return parse(line.slice(1, -1).replaceAll(", ", " ")).map(({ atom }) => atom);
}

/** Stands in text that is read back for the mark of a renamed variable, which cannot be read. */
const RENAMED = "@";

/** A value with its renamed variables numbered in the order in which they occur. */
function renumbered(value: Atom): Atom {
  const numbers = new Map<string, number>();
  return mapLeaves(value, (leaf) => {
    if (leaf.tag !== VARIABLE || !leaf.name.includes(RENAMED)) return leaf;
    if (!numbers.has(leaf.name)) numbers.set(leaf.name, numbers.size + 1);
    return new Variable(leaf.name.split(RENAMED)[0]!, numbers.get(leaf.name)!);
  });
}

/** Results are a multiset; renamed variables have numbers, and spaces names, of their own. */
function sameLine(got: string, wanted: string): boolean {
  const plain = (line: string): string =>
    line
      .replaceAll(/(\$[^\s()#]+)#(\d+)/g, `$1${RENAMED}$2`)
      .replaceAll(/GroundingSpace-[\w.]+/g, "space");
  if (plain(got) === plain(wanted)) return true;
  const left = valuesOf(plain(wanted)).map(renumbered);
  for (const value of valuesOf(plain(got))) {
    const index = left.findIndex((other) => equal(renumbered(value), other));
    if (index < 0) return false;
    left.splice(index, 1);
  }
  return left.length === 0;
}

test("all of the reference's programs but a few are compared", () => {
  expect(programs).toHaveLength(191);
  expect(spoken).toHaveLength(189);
});

test.each(
  spoken.map((each) => [`${each.test}: ${each.program.trim().slice(0, 80)}`, each] as const),
)("%s", (_title, { program, raw }) => {
  const { evaluations } = run(inScratch(program), { maxSteps: 300_000 }, folders);
  const got = evaluations.map(
    ({ results }) => `[${results.map((each) => print(each)).join(", ")}]`,
  );
  const wanted = raw.split("\n");
  expect(got).toHaveLength(wanted.length);
  for (const [index, line] of wanted.entries()) {
    expect(sameLine(got[index]!, line), `${got[index]} instead of ${line}`).toBe(true);
  }
});
