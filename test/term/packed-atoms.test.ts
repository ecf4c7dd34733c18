import { expect, test } from "vitest";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { Packed } from "../../src/memory/packed.js";
import {
  expression,
  float,
  HostAtom,
  integer,
  string,
  symbol,
  variable,
} from "../../src/term/atom.js";
import { PackedAtoms, packAtoms } from "../../src/term/packed-atoms.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const MAX_BYTES = 256 * 2 ** 20;

test("packed atoms read on another thread's view are the atoms that were packed", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const atoms = [
    symbol("a"),
    integer(2n ** 80n),
    float(-0.5),
    string("line\n"),
    expression([]),
    expression([symbol("f"), variable("x"), expression([variable("x"), variable("y")])]),
  ];
  using made = packAtoms(heap, atoms);
  const other = Heap.receive(heap.share());
  using received = new PackedAtoms(other, Packed.receive(made.share(), other));
  expect(received).toHaveLength(atoms.length);
  expect([...received].map((atom) => print(atom))).toEqual(atoms.map((atom) => print(atom)));
  expect(received.at(-1)).toBeUndefined();
  expect(received.at(atoms.length)).toBeUndefined();
  checkRegions(heap);
});

test("only what is looked at is decoded", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const atoms = Array.from({ length: 20_000 }, (_, index) =>
    parseAtom(`(item ${index} (of $x list))`),
  );
  using list = new PackedAtoms(heap, packAtoms(heap, atoms));
  // Damage to one run is met by its reader only.
  heap.words[list.runAt(5)] = -1;
  expect(print(list.at(19_999)!)).toBe("(item 19999 (of $x list))");
  expect(() => list.at(5)).toThrow();
});

test("an atom that cannot be shared leaves no region behind", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  packAtoms(heap, []).dispose();
  const before = heap.stats().liveSegments;
  const atoms = [symbol("a"), expression([new HostAtom({}, "Thing")])];
  expect(() => packAtoms(heap, atoms)).toThrow(
    expect.objectContaining({ code: "ERR_NOT_SHAREABLE" }),
  );
  expect(heap.stats().kinds.get("region")).toBeUndefined();
  expect(heap.stats().liveSegments).toBeLessThanOrEqual(before + 3);
});
