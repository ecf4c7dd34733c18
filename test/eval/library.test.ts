import { expect, it } from "vitest";
import { impureOperation, operation } from "../../src/eval/host/operation.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import { integer, symbol } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";

const PLUS = symbol("+");
const twice = impureOperation("twice", "(-> Number Number)", "Twice as much.", () => integer(2));
const otherPlus = impureOperation("+", "(-> Number Number Number)", "Seven.", () => integer(7));

it("libraries share what the language has, which is made once", () => {
  const [one, other] = [parallelLibrary(), parallelLibrary()];
  for (const name of one.names())
    expect(one.registry.find(symbol(name))).toBe(other.registry.find(symbol(name)));
  expect(one.registry.wordOf("PI")).toBe(other.registry.wordOf("PI"));
});

it("what is added to a library is known to no other", () => {
  const [one, other] = [parallelLibrary(), parallelLibrary()];
  const before = { names: other.names(), entries: other.entries(), words: other.registry.words() };
  one.addOperation(twice);
  one.addOperation(otherPlus);
  one.declare("twice", parseAtom("(-> Number Int)"));
  one.declare("=", parseAtom("Odd"));
  one.define("seven", integer(7));
  one.define("PI", integer(3));

  expect(one.typesOf(symbol("twice")).map(String)).toEqual([
    "(-> Number Number)",
    "(-> Number Int)",
  ]);
  expect(one.typesOf(symbol("=")).map(String)).toEqual(["(-> $t $t %Undefined%)", "Odd"]);
  expect(one.summaryOf(PLUS)).toBe("Seven.");
  expect([one.registry.wordOf("seven"), one.registry.wordOf("PI")]).toEqual([
    integer(7),
    integer(3),
  ]);
  // Each name once, though both have it.
  expect(one.names()).toEqual([...before.names, "twice"]);
  expect(one.registry.words()).toEqual([...before.words, "seven"]);
  expect(one.entries()).toHaveLength(before.entries.length + 1);

  for (const each of [other, parallelLibrary()]) {
    expect(each.registry.has(symbol("twice"))).toBe(false);
    expect(each.summaryOf(PLUS)).not.toBe("Seven.");
    expect(each.typesOf(symbol("=")).map(String)).toEqual(["(-> $t $t %Undefined%)"]);
    expect(each.registry.wordOf("seven")).toBeUndefined();
    expect(each.registry.wordOf("PI")).not.toEqual(integer(3));
    expect({ names: each.names(), entries: each.entries(), words: each.registry.words() }).toEqual(
      before,
    );
  }
});

it("an operation of one's own is a grounded atom to programs, whatever its name is", () => {
  const library = parallelLibrary();
  const quote = symbol("quote");
  expect(library.registry.isGrounded(quote)).toBe(false);
  const own = { name: "quote", type: "(-> Atom Atom)", summary: "Another one." };
  library.addOperation(operation({ ...own, apply: () => integer(1) }));
  expect(library.registry.isGrounded(quote)).toBe(true);
});

it("a library with modules keeps what was there, and one that has changed is extended anew", () => {
  const library = parallelLibrary();
  const [first] = library.modules.values();
  const imported = symbol(first!.operations(library.permissions)[0]!.name);
  const extended = library.withModules(1);
  expect(library.withModules(0)).toBe(library.registry);
  expect(library.withModules(1)).toBe(extended);
  expect([extended.has(imported), library.registry.has(imported)]).toEqual([true, false]);
  library.addOperation(otherPlus);
  expect(extended.summaryOf(PLUS)).not.toBe("Seven.");
  const anew = library.withModules(1);
  expect([anew.summaryOf(PLUS), anew.has(imported)]).toEqual(["Seven.", true]);
  expect(new Set([library.registry, extended, anew].map((each) => each.version)).size).toBe(3);
});
