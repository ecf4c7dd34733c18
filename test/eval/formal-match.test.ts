/** What a formal of a call's type says of the type's variables when an argument shows its type. */
import { expect, it } from "vitest";
import { matchFormal, OPEN } from "../../src/eval/types/formal-match.js";
import { TypePlan } from "../../src/eval/types/type-plan.js";
import type { Atom, Expression } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

/** What the variables of a function type stand for after its formals met the types; null: that is not certain. */
function matched(type: string, ...types: string[]): string | null {
  const plan = new TypePlan(parseAtom(type) as Expression);
  const bound: (Atom | null)[] = new Array<Atom | null>(plan.variableCount).fill(null);
  const fit = types.every((each, index) =>
    matchFormal(plan, plan.formals[index + 1]!, parseAtom(each), bound),
  );
  if (!fit) return null;
  return bound
    .map((each) => (each === null ? "-" : each === OPEN ? "open" : print(each)))
    .join(" ");
}

it.each([
  ["(-> (List $t) $t)", ["(List Number)"], "Number"],
  ["(-> $t (List $t) (List $t))", ["Number", "(List Number)"], "Number"],
  ["(-> $t (List $t) (List $t))", ["Number", "(List String)"], null],
  [
    "(-> (Pair $a $b) (List $b) $a)",
    ["(Pair Number (List A))", "(List (List A))"],
    "Number (List A)",
  ],
  ["(-> (Pair $a $a) $a)", ["(Pair Number String)"], null],
  ["(-> (List Number) Number)", ["(List Number)"], ""],
  ["(-> (List Number) Number)", ["(List String)"], null],
  ["(-> (List $t) $u Number)", ["(List Number)"], "Number -"],
  ["(-> (List $t) Number)", ["(Set Number)"], null],
  ["(-> (List $t) Number)", ["(List Number Number)"], null],
  ["(-> (List $t) Number)", ["Number"], null],
])("%s with %j", (type, types, expected) => {
  expect(matched(type, ...types)).toBe(expected);
});

it.each([
  ["(-> (List $t) $t)", ["(List $u)"], "open"],
  ["(-> (List $t) $t $t)", ["(List $u)", "Number"], "Number"],
  ["(-> $t (List $t) $t)", ["Number", "(List $u)"], "Number"],
  ["(-> (Pair $a (List $a)) $a)", ["(Pair Number $u)"], null],
  ["(-> (Pair $a $b) $a)", ["(Pair $u $u)"], null],
  ["(-> $t $t)", ["(List $u)"], null],
])("%s with a type that has variables of its own, %j", (type, types, expected) => {
  expect(matched(type, ...types)).toBe(expected);
});

it.each([
  ["(-> (List $t) $t)", "(List %Undefined%)"],
  ["(-> (List %Undefined%) Number)", "(List Number)"],
  ["(-> (List $t) $t)", "(List Atom)"],
  ["(-> (List $t) $t)", "(List (Set %Undefined%))"],
])(
  "%s with %s is left to the full check: what is not known fits everything there",
  (type, shown) => {
    expect(matched(type, shown)).toBeNull();
  },
);

it("fills formals and result with what variables stand for", () => {
  const plan = new TypePlan(parseAtom("(-> (Pair $a $b) Number (Pair $b $a))") as Expression);
  const bound = [parseAtom("A"), parseAtom("(List B)")];
  const shown = (): string[] =>
    [...plan.typesFor(bound).slice(1), plan.resultFor(bound)].map((each) => print(each));
  expect(shown()).toEqual(["(Pair A (List B))", "Number", "(Pair (List B) A)"]);
  expect(plan.resultFor([...bound])).toBe(plan.resultFor(bound));
  expect(print(plan.resultFor([parseAtom("C"), parseAtom("D")]))).toBe("(Pair D C)");
  expect(shown()).toEqual(["(Pair A (List B))", "Number", "(Pair (List B) A)"]);
});
