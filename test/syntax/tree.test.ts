import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSyntax, type SyntaxNode } from "../../src/syntax/tree.js";
import { type ProgramItem, parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const TEXT = fc
  .array(
    fc.constantFrom(
      ...'( ) ( ) ( ) \n \n ! $x $a#b a f 1 -2.5 "s" "a\\n" "\\q" " \\ ; é ;c\n \n( \n!('.split(
        " ",
      ),
      " ",
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

function parsed(text: string): ProgramItem[] | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

function problemsOf(text: string): string[] {
  const { items, problems } = readSyntax(text);
  const inside = items.flatMap(({ start, syntax }) =>
    syntax.problems.map((problem) => ({ ...problem, start: start + problem.start })),
  );
  return [...problems, ...inside]
    .toSorted((one, other) => one.start - other.start)
    .map(({ start, message }) => `${start}: ${message}`);
}

/** A node in the shape of an atom's text, for texts without strings. */
function shown(node: SyntaxNode, text: string): string {
  if (node.kind !== "list") return text.slice(node.start, node.end);
  return `(${node.children.map((child) => shown(child, text)).join(" ")})`;
}

describe("readSyntax", () => {
  it("finds problems exactly where the parser refuses a text (SX1)", () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        expect(problemsOf(text).length > 0).toBe(parsed(text) === null);
      }),
      { numRuns: 3000 },
    );
  });

  it("finds the items of the parser at their places (SX2)", () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        const items = parsed(
          text.replaceAll(/["\\]/g, "q").replaceAll("1", "one").replaceAll("-2.5", "two"),
        );
        fc.pre(items !== null && items.length > 0);
        const plain = text
          .replaceAll(/["\\]/g, "q")
          .replaceAll("1", "one")
          .replaceAll("-2.5", "two");
        const found = readSyntax(plain).items.map(({ start, syntax }) => ({
          offset: start,
          evaluate: syntax.evaluate,
          atom: shown(syntax.atom!, syntax.text),
        }));
        expect(found).toEqual(
          items.map(({ offset, evaluate, atom }) => ({ offset, evaluate, atom: print(atom) })),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("tells several mistakes of one text", () => {
    const text = '(h 1))\n(= (f $x)\n  (g $x)\n(= (g $a#b) 1)\n!(i "\\q")\n(j "open\n!(k 1)\n!';
    expect(problemsOf(text)).toEqual([
      "5: expected an atom; this ')' has no matching '('",
      "7: expected ')' to close this '('",
      "32: '#' is reserved in the names of variables",
      '45: unknown escape \\q; the known ones are \\n \\t \\r \\0 \\" \\\\ \\x41 \\u{1F600}',
      "51: expected ')' to close this '('",
      "54: expected '\"' to close this string",
      "67: expected an atom after '!'",
    ]);
  });

  it("takes what is known of an item's text, wherever the item has moved", () => {
    const before = readSyntax("(a 1)\n(b 2)");
    const known = new Map(before.items.map(({ syntax }) => [syntax.text, syntax]));
    const after = readSyntax("(c)\n(a 1)\n(b 3)", known);
    expect(after.items.map(({ start }) => start)).toEqual([0, 4, 10]);
    expect(after.items[1]!.syntax).toBe(before.items[0]!.syntax);
  });

  it("is limited in nesting by memory alone", () => {
    const { items } = readSyntax(`${"(".repeat(100_000)}x`);
    expect(items[0]!.syntax.problems).toHaveLength(1);
  });
});
