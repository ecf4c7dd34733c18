/** An environment cut into blocks and made again elsewhere holds the same, row for row. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carryOut } from "../../src/cluster/change-list.js";
import { changeBlock, cutBase } from "../../src/cluster/cut.js";
import { Names, NameTable } from "../../src/cluster/names.js";
import { BlockReader, CHANGES } from "../../src/cluster/words.js";
import { changesBetween } from "../../src/environment/changes.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { Heap } from "../../src/memory/heap.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const MEBIBYTE = 2 ** 20;

function makeHeap(): Heap {
  return Heap.create({ maxBytes: 32 * MEBIBYTE });
}

/** Cuts an environment of one heap and makes it again in another. */
function sendWhole(
  from: Environment,
  names: Names,
  to: Heap,
): { environment: Environment; names: Names } {
  const made = Environment.create(to);
  const theirs = new Names();
  for (const words of cutBase(handleOf(from), names)) replay(words, made, theirs);
  return { environment: made, names: theirs };
}

function replay(words: Int32Array, environment: Environment, names: Names): void {
  const block = new BlockReader(words, CHANGES, "a test");
  carryOut(block, handleOf(environment), new NameTable(handleOf(environment), names));
  block.end();
}

function textOf(environment: Environment): string[] {
  return [...environment.atoms()].map((atom) => print(atom));
}

/** The texts of all atoms, with what each name is numbered in blocks. */
function numbered(environment: Environment, names: Names): string[] {
  const list = Array.from({ length: names.length }, (_, number) => print(names.at(number)!));
  return textOf(environment).map((text) => {
    const number = list.indexOf(text);
    return number < 0 ? text : `name ${number}`;
  });
}

describe("a cut environment", () => {
  it("is made again with every kind of atom in it", () => {
    const texts = [
      "a",
      "$x",
      "(f $x $y $x)",
      '"text with ü"',
      "1",
      "-7",
      "268435456",
      "12345678901234567890123",
      "-12345678901234567890123",
      "1.5",
      "True",
      "()",
      "(= (f $x) (g $x))",
      "(: f (-> A B))",
      "((a b) c)",
      "(a (b (c (d))))",
    ];
    const from = Environment.create(makeHeap());
    for (const text of texts) from.add(parseAtom(text));
    const { environment } = sendWhole(from, new Names(), makeHeap());
    checkEnvironment(environment);
    expect(textOf(environment)).toEqual(texts);
  });

  it("keeps its spaces and states, and what refers to them", () => {
    const from = Environment.create(makeHeap());
    const space = from.createSpace();
    const state = from.createState(parseAtom("(holds 1)"));
    from.add(parseAtom("(in it)"), { space });
    from.addAll([space, state]);
    const { environment, names } = sendWhole(from, new Names(), makeHeap());
    const [theirSpace, theirState] = [...environment.atoms()];
    expect(names.at(0)).toEqual(theirSpace);
    expect(names.at(1)).toEqual(theirState);
    expect([...environment.atoms({ space: theirSpace as typeof space })].map(String)).toEqual([
      "(in it)",
    ]);
    expect(String(environment.getState(theirState as typeof state))).toBe("(holds 1)");
  });

  it("has the same blocks, but for some, after a row was removed", () => {
    const heap = makeHeap();
    const from = Environment.create(heap);
    for (let index = 0; index < 15_000; index++)
      from.add(parseAtom(`(fact ${index} ${index % 7})`));
    const before = new Set([...cutBase(handleOf(from), new Names())].map((words) => words.join()));
    from.remove(parseAtom("(fact 7000 0)"));
    const after = [...cutBase(handleOf(from), new Names())].map((words) => words.join());
    expect(after.length).toBeGreaterThan(3);
    expect(after.filter((words) => !before.has(words)).length).toBeLessThanOrEqual(2);
  });
});

type Step = readonly ["add" | "remove", number] | readonly ["state" | "space"];

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom("add" as const, "remove" as const), fc.nat({ max: 9 })),
    fc.tuple(fc.constantFrom("state" as const, "space" as const)),
  ),
  { maxLength: 40 },
);

function run(environment: Environment, path: readonly Step[]): void {
  for (const [kind, number] of path) {
    const atom = parseAtom(number! % 2 === 0 ? `(even ${number})` : `(= (odd ${number}) $x)`);
    if (kind === "add") environment.add(atom);
    else if (kind === "remove") environment.remove(atom);
    else if (kind === "state") environment.add(environment.createState(parseAtom("(s)")));
    else environment.add(parseAtom("(inner)"), { space: environment.createSpace() });
  }
}

describe("a change list", () => {
  it("makes of an earlier version the later one, whatever was written between", () => {
    fc.assert(
      fc.property(steps, steps, steps, (before, between, after) => {
        const from = Environment.create(makeHeap());
        run(from, before);
        const names = new Names();
        const there = sendWhole(from, names, makeHeap());
        const earlier = from.clone();
        run(from, between);
        const changes = changesBetween(handleOf(earlier), handleOf(from))!;
        replay(changeBlock(changes, handleOf(from), names), there.environment, there.names);
        checkEnvironment(there.environment);
        // Rows that come later get the same ids, so a list of them fits again.
        const second = from.clone();
        run(from, after);
        const more = changesBetween(handleOf(second), handleOf(from))!;
        replay(changeBlock(more, handleOf(from), names), there.environment, there.names);
        expect(numbered(there.environment, there.names)).toEqual(numbered(from, names));
      }),
      { numRuns: 60 },
    );
  });
});

describe("a block that somebody else has written", () => {
  const texts = [
    "(f $x $y $x)",
    "123456789012345678901",
    "1.5",
    "9007199254740000",
    '"text"',
    "(= (g $x) (h True))",
  ];
  const from = Environment.create(makeHeap());
  for (const text of texts) from.add(parseAtom(text));
  from.addAll([from.createSpace(), from.createState(parseAtom("(holds)"))]);
  const names = new Names();
  const blocks = [...cutBase(handleOf(from), names)];
  const before = from.clone();
  from.remove(parseAtom("1.5"));
  from.add(parseAtom("(later)"));
  blocks.push(
    changeBlock(changesBetween(handleOf(before), handleOf(from))!, handleOf(from), names),
  );

  it("is refused, or says something else, and breaks nothing", () => {
    const heap = makeHeap();
    const words = blocks.flatMap((block, index) =>
      [...block.keys()].map((at) => [index, at] as const),
    );
    const place = fc.constantFrom(...words);
    const value = fc.oneof(
      fc.integer({ min: -3, max: 40 }),
      fc.integer(),
      fc.constantFrom(2 ** 31 - 1, -(2 ** 31)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(place, value), { minLength: 1, maxLength: 3 }), (changes) => {
        using made = Environment.create(heap);
        const theirs = new Names();
        const changed = blocks.map((block) => block.slice());
        for (const [[index, at], word] of changes) changed[index]![at] = word;
        try {
          for (const block of changed) replay(block, made, theirs);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_CLUSTER_DATA" });
        }
        checkEnvironment(made);
        for (const atom of made.atoms()) print(atom);
      }),
      { numRuns: 300 },
    );
  });
});
