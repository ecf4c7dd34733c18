import { describe, expect, it } from "vitest";
import { nearestName, unknownHead } from "../../src/cli/suggestions.js";
import { parseAtom } from "../../src/term/parser.js";

const names = ["match", "superpose", "add-atom", "fib", "if", "+"];

describe("nearestName", () => {
  it.each([
    ["mtach", "match"],
    ["superpos", "superpose"],
    ["add_atom", "add-atom"],
    ["fibb", "fib"],
  ])("finds for %s what was meant", (word, meant) => {
    expect(nearestName(word, names)).toBe(meant);
  });

  it.each(["point", "x", "completely-different", "match"])("finds nothing for %s", (word) => {
    expect(nearestName(word, ["match", "superpose", "add-atom"])).toBeUndefined();
  });
});

describe("unknownHead", () => {
  const isKnown = (name: string): boolean => names.includes(name);
  const head = (query: string, ...results: string[]): string | undefined =>
    unknownHead(
      parseAtom(query),
      results.map((text) => parseAtom(text)),
      isKnown,
    );

  it("is the head of a call that stayed as it was", () => {
    expect(head("(fibb 10)", "(fibb 10)")).toBe("fibb");
    expect(head("(fibb (+ 1 2))", "(fibb 3)")).toBe("fibb");
  });

  it("is nothing for calls that were reduced, for known heads, and for data", () => {
    expect(head("(fibb 10)", "55")).toBeUndefined();
    expect(head("(fib x)", "(fib x)")).toBeUndefined();
    expect(head("(fibb 10)", "(fibb 10)", "(fibb 11)")).toBeUndefined();
    expect(head("fibb", "fibb")).toBeUndefined();
    expect(head("(1 2)", "(1 2)")).toBeUndefined();
  });
});
