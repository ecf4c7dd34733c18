import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  completenessOf,
  lexemesOf,
  matchingBrackets,
  wordBefore,
} from "../../../src/cli/repl/lexemes.js";

describe("lexemesOf", () => {
  it("cuts an input into its kinds", () => {
    const kinds = lexemesOf('!(f $x 1.5 "a b" g) ; why').map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== "space")).toEqual([
      "mark",
      "open",
      "word",
      "variable",
      "number",
      "string",
      "word",
      "close",
      "comment",
    ]);
  });

  it("loses no character of any input (LX1)", () => {
    const text = fc.string({ unit: fc.constantFrom(...'()"; \n\\!$a1é𝄞'.split("")) });
    fc.assert(
      fc.property(text, (input) => {
        expect(
          lexemesOf(input)
            .map((lexeme) => lexeme.text)
            .join(""),
        ).toBe(input);
      }),
    );
  });
});

describe("completenessOf", () => {
  it.each([
    ["(f x)", "complete"],
    ["", "complete"],
    ["symbol", "complete"],
    ["(f (g x)", "open"],
    ['(f "a)', "open"],
    ['(f ")")', "complete"],
    ["(f ; )", "open"],
    ["(f ; (\n)", "complete"],
    ["!", "open"],
    ["! ; what", "open"],
    ["!(f)", "complete"],
    ["(f))", "overclosed"],
    [") (", "overclosed"],
    ['"a\\"', "open"],
  ])("judges %j as %s", (input, expected) => {
    expect(completenessOf(input)).toBe(expected);
  });
});

describe("matchingBrackets", () => {
  it("finds the partner of the bracket before or under the cursor", () => {
    expect(matchingBrackets("(f (g))", 7)).toEqual([0, 6]);
    expect(matchingBrackets("(f (g))", 6)).toEqual([3, 5]);
    expect(matchingBrackets("(f (g))", 0)).toEqual([0, 6]);
    expect(matchingBrackets("(f (g))", 2)).toBeNull();
  });

  it("is not misled by brackets in strings and comments", () => {
    expect(matchingBrackets('(f "(" )', 8)).toEqual([0, 7]);
    expect(matchingBrackets("(f ; (\n)", 8)).toEqual([0, 7]);
  });
});

describe("wordBefore", () => {
  it("is what completion replaces", () => {
    expect(wordBefore("!(add-at", 8)).toBe("add-at");
    expect(wordBefore("!(add-atom &se", 14)).toBe("&se");
    expect(wordBefore("!(", 2)).toBe("");
    expect(wordBefore("(abc def)", 4)).toBe("abc");
  });
});
