import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokensOf } from "../../src/syntax/lexer.js";
import { isSpace, parse } from "../../src/term/parser.js";

const TEXT = fc.string({ unit: fc.constantFrom(...'()"; \n\\!$a1é'.split("")) });

function isBlank(text: string): boolean {
  return Array.from(text).every((character) => isSpace(character.charCodeAt(0)));
}

describe("tokensOf", () => {
  it("leaves out white space alone, of any text (LT1)", () => {
    fc.assert(
      fc.property(TEXT, fc.constantFrom("atEnd", "beforeItem"), (text, openStrings) => {
        let end = 0;
        for (const token of tokensOf(text, openStrings)) {
          expect(isBlank(text.slice(end, token.start))).toBe(true);
          expect(token.end).toBeGreaterThan(token.start);
          end = token.end;
        }
        expect(isBlank(text.slice(end))).toBe(true);
      }),
    );
  });

  it("ends words and strings where the parser does (LT2, LT3)", () => {
    fc.assert(
      fc.property(TEXT, (content) => {
        const text = `(${content.replaceAll(/[()\\]/g, "")})`;
        const tokens = tokensOf(text);
        fc.pre(
          tokens.every(({ kind }) => kind !== "openString") && tokens.at(-1)?.kind === "close",
        );
        const [item] = parse(text.replaceAll("$", "v"));
        const leaves = tokens.filter(({ kind }) => !["open", "close", "comment"].includes(kind));
        expect(item?.atom).toMatchObject({ children: { length: leaves.length } });
      }),
    );
  });

  it("ends a string without its quote at the end, or before a line that looks like an item", () => {
    const text = '(f "a\nb)\n(g 1)';
    const ends = (openStrings: "atEnd" | "beforeItem"): string[] =>
      tokensOf(text, openStrings).map(({ start, end }) => text.slice(start, end));
    expect(ends("atEnd")).toEqual(["(", "f", '"a\nb)\n(g 1)']);
    expect(ends("beforeItem")).toEqual(["(", "f", '"a\nb)', "(", "g", "1", ")"]);
  });
});
