import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatText } from "../../src/syntax/format.js";
import { tokensOf } from "../../src/syntax/lexer.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

function isProgram(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

const SPACE = fc.constantFrom(
  " ",
  "  ",
  "\n",
  "\n\n\n",
  "\t",
  "\r\n",
  " ; note\n",
  "\n; own line  \n",
  ";\n",
  "\n\n;;; far\n\n",
);
const LEAF = fc.constantFrom(
  "a",
  "f",
  "=",
  "let",
  "match",
  "!",
  "!x",
  "$x",
  "1",
  "-2.5",
  '"s t"',
  '"a\nb"',
  '"\\"; ("',
  "a-long-name-that-takes-its-room",
  "&self",
);
const ATOM: fc.Arbitrary<string> = fc.letrec<{ atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    LEAF,
    fc
      .tuple(SPACE, fc.array(fc.tuple(tie("atom"), SPACE), { maxLength: 6 }))
      .map(([first, parts]) => `(${first}${parts.flat().join("")})`),
  ),
})).atom;
/** Programs with atoms of every kind, and white space and comments wherever these may stand. */
const PROGRAM = fc
  .tuple(SPACE, fc.array(fc.tuple(fc.constantFrom("", "!", "! ", "!;c\n"), ATOM, SPACE)), SPACE)
  .map(([first, items, last]) => {
    const texts = items.map(([mark, atom, space]) => `${mark}${atom}${space}`);
    return `${first}${texts.join("")}${last}`;
  })
  .filter(isProgram);

function atomsOf(text: string): string[] {
  return parse(text).map(({ atom, evaluate }) => `${evaluate ? "!" : ""}${print(atom)}`);
}

function commentsOf(text: string): string[] {
  return tokensOf(text)
    .filter(({ kind }) => kind === "comment")
    .map(({ start, end }) => text.slice(start, end).trimEnd());
}

describe("formatText, of any program and width,", () => {
  const programs = fc.tuple(PROGRAM, fc.integer({ min: 1, max: 60 }));

  it("changes no atom and no comment (FM1)", () => {
    fc.assert(
      fc.property(programs, ([text, width]) => {
        const formatted = formatText(text, { width });
        expect(atomsOf(formatted)).toEqual(atomsOf(text));
        expect(commentsOf(formatted)).toEqual(commentsOf(text));
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves what was formatted as it is (FM2)", () => {
    fc.assert(
      fc.property(programs, ([text, width]) => {
        const formatted = formatText(text, { width });
        expect(formatText(formatted, { width })).toBe(formatted);
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves no blank at the end of a line, nor two empty lines, outside of strings", () => {
    fc.assert(
      fc.property(programs, ([text, width]) => {
        const formatted = formatText(text.replaceAll("\r", ""), { width });
        const outside = formatted.replaceAll('"a\nb"', '"s"');
        expect(outside).not.toMatch(/[ \t]\n|\n\n\n|^\n/);
        expect(outside === "" || outside.endsWith("\n")).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

/** Each pair: what was written, and its layout in 40 columns. */
const LAYOUTS: readonly (readonly [title: string, text: string, formatted: string])[] = [
  ["puts one space between parts", "( f   1\t2 )", "(f 1 2)\n"],
  ["keeps line ends between parts", "(= (f $x)\n      (g $x))", "(= (f $x)\n  (g $x))\n"],
  ["puts closing parentheses behind what they close", "(f\n (g 1\n )\n)", "(f\n  (g 1))\n"],
  ["indents lists that are no calls by one", "(($x 1)\n($y 2))", "(($x 1)\n ($y 2))\n"],
  ["keeps one of several empty lines", "(a)\n\n\n\n(b)", "(a)\n\n(b)\n"],
  ["keeps items that share a line", "(a)   (b)\n(c)", "(a) (b)\n(c)\n"],
  [
    "breaks a long rule behind its left side",
    "(= (distance $from $to) (sqrt (+ $dx $dy)))",
    "(= (distance $from $to)\n  (sqrt (+ $dx $dy)))\n",
  ],
  [
    "keeps a pattern beside its space",
    "!(match &self (parent $x $y) (child $y $x))",
    "!(match &self (parent $x $y)\n   (child $y $x))\n",
  ],
  [
    "fills the lines of long data",
    "(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17)",
    "(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n 17)\n",
  ],
  [
    "keeps comments where they stand",
    "(f ; first\n; second\n1) ; third\n; last",
    "(f ; first\n  ; second\n  1) ; third\n; last\n",
  ],
  [
    "keeps columns of comments apart from the code",
    "(a)    ; one\n(bb)   ; two",
    "(a)    ; one\n(bb)   ; two\n",
  ],
  ["puts a parenthesis behind a comment on its own line", "(f 1 ; why\n)", "(f 1 ; why\n)\n"],
  ["keeps a space behind a ! before a word", "!   f\n!  (g)", "! f\n!(g)\n"],
  ["keeps strings of several lines", '(f "a\n   b"   1)', '(f "a\n   b" 1)\n'],
  ["keeps the line ends of the text", "(a)\r\n(b\r\n1)", "(a)\r\n(b\r\n  1)\r\n"],
  ["gives nothing for a text of blanks", " \n\t\n", ""],
];

describe("formatText", () => {
  it.each(LAYOUTS)("%s", (_title, text, formatted) => {
    expect(formatText(text, { width: 40 })).toBe(formatted);
  });

  it("refuses what is not MeTTa, with its place", () => {
    expect(() => formatText("(a)\n(b", { file: "b.metta" })).toThrow(
      expect.objectContaining({
        code: "ERR_SYNTAX",
        details: expect.objectContaining({ line: 2 }),
      }),
    );
  });

  it("is limited in nesting by memory alone", () => {
    const text = `${"(f ".repeat(100_000)}x${")".repeat(100_000)}`;
    expect(formatText(text)).toBe(`${text}\n`);
    const broken = `${"(f\n".repeat(20_000)}x${")".repeat(20_000)}`;
    expect(formatText(formatText(broken))).toBe(formatText(broken));
  });
});
