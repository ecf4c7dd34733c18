import { describe, expect, it } from "vitest";
import { isLikelySlip, suspects } from "../../src/cli/suggestions.js";
import { parseAtom } from "../../src/term/parser.js";

describe("isLikelySlip", () => {
  it("is a name of the same length, or a long one", () => {
    expect(isLikelySlip("hafl", "half")).toBe(true);
    expect(isLikelySlip("pair", "par")).toBe(false);
    expect(isLikelySlip("superpos", "superpose")).toBe(true);
  });
});

describe("suspects", () => {
  const of = (query: string, ...results: string[]): string[] => [
    ...suspects(
      parseAtom(query),
      results.map((text) => parseAtom(text)),
    ),
  ];

  it("are the heads of calls in results, at any depth", () => {
    expect(of("(fibb 10)", "(fibb 10)")).toEqual(["fibb"]);
    expect(of("(sum)", "(list (fibb 3) 2)", "(pair (fbi 1))")).toEqual([
      "list",
      "fibb",
      "pair",
      "fbi",
    ]);
    expect(of("(fib 10)", "55")).toEqual([]);
    expect(of("fibb", "fibb")).toEqual([]);
    expect(of("(1 2)", "(1 2)")).toEqual([]);
  });

  it("are not the calls in an error, which says itself what is wrong", () => {
    expect(of("(half (one))", "(Error (half (one)) (BadArgType 1 Number String))")).toEqual([
      "Error",
    ]);
  });

  it("are the heads of patterns that nothing matched", () => {
    expect(of("(match &self (parnt $x) $x)")).toEqual(["parnt"]);
    expect(of("(collapse (match &self (, (one $x) (two $x)) $x))")).toEqual(["one", "two"]);
    expect(of("(match &self (parnt $x) $x)", "1")).toEqual([]);
  });

  it("are words for spaces", () => {
    expect(of("(add-atom &slf (a))", "()")).toEqual(["&slf"]);
  });

  it("are no names of one or two letters", () => {
    expect(of("(f x)", "(S (S Z))")).toEqual([]);
  });

  it("are looked for in a bounded part of a result", () => {
    const deep = `${"(fibb ".repeat(1000)}1 (late)${")".repeat(1000)}`;
    expect(of("(x)", deep)).toEqual(["fibb"]);
  });
});
