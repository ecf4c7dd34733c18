import { describe, expect, it } from "vitest";
import { nearestName } from "../../src/base/nearest-name.js";

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
