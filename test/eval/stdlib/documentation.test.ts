import { describe, expect, test } from "vitest";
import { result, run } from "../run.js";

const DOCUMENTED = `
  (@doc twice (@desc "Doubles a number") (@params ((@param "A number"))) (@return "Twice as much"))
  (: twice (-> Number Number))
  (@doc pair (@desc "Puts together") (@params ((@param "One") (@param "Other"))) (@return "Both"))
  (@doc Blue (@desc "A colour"))
  (: Blue Colour)
  (@doc (f x) (@desc "A call"))
`;

const TWICE = `(@doc-formal (@item twice) (@kind function) (@type (-> Number Number)) (@desc "Doubles a number") (@params ((@param (@type Number) (@desc "A number")))) (@return (@type Number) (@desc "Twice as much")))`;
const BLUE = `(@doc-formal (@item Blue) (@kind atom) (@type Colour) (@desc "A colour"))`;

type Case = readonly [title: string, query: string, wanted: string];

const FORMAL: readonly Case[] = [
  ["a function", "!(get-doc &self twice)", `[${TWICE}]`],
  ["a function of &self", "!(get-doc twice)", `[${TWICE}]`],
  [
    "a function without a type",
    "!(get-doc &self pair)",
    `[(@doc-formal (@item pair) (@kind function) (@type %Undefined%) (@desc "Puts together") (@params ((@param (@type %Undefined%) (@desc "One")) (@param (@type %Undefined%) (@desc "Other")))) (@return (@type %Undefined%) (@desc "Both")))]`,
  ],
  ["an atom", "!(get-doc &self Blue)", `[${BLUE}]`],
  [
    "an expression",
    "!(get-doc &self (f x))",
    `[(@doc-formal (@item (f x)) (@kind atom) (@type %Undefined%) (@desc "A call"))]`,
  ],
  ["a call of a documented function", "!(get-doc &self (twice 1))", "[]"],
  ["what has no documentation", "!(get-doc &self nothing)", "[]"],
  [
    "an operation of the library",
    "!(get-doc &self +)",
    `[(@doc-formal (@item +) (@kind function) (@type (-> Number Number Number)) (@desc "Sum."))]`,
  ],
  [
    "an atom of another space",
    `!(bind! &kb (new-space)) !(add-atom &kb (@doc Red (@desc "Another"))) !(get-doc &kb Red)`,
    `[(@doc-formal (@item Red) (@kind atom) (@type %Undefined%) (@desc "Another"))]`,
  ],
  ["a single atom", "!(get-doc-single-atom &self Blue)", `[${BLUE}]`],
  ["as an atom", "!(get-doc-atom &self Blue)", `[${BLUE}]`],
  ["as a function", "!(get-doc-function &self twice (-> Number Number))", `[${TWICE}]`],
  [
    "in what is no space",
    "!(get-doc kb Blue)",
    `[(Error (get-doc kb Blue) "a space is expected")]`,
  ],
  [
    "types for parameters",
    `!(get-doc-params ((@param "A")) (@return "B") (Number Bool))`,
    `[(((@param (@type Number) (@desc "A"))) (@return (@type Bool) (@desc "B")))]`,
  ],
  ["too few types", `!(get-doc-params ((@param "A")) (@return "B") (Number))`, "[]"],
  [
    "a type for parameters without one",
    "!(undefined-doc-function-type ((@param a) (@param b)))",
    "[(%Undefined% %Undefined% %Undefined%)]",
  ],
  ["documentation is its own value", "!(let $d (get-doc Blue) $d)", `[${BLUE}]`],
  ["the constructors have types", '!(get-type (@desc "a"))', "[DocDescription]"],
];

describe("formal documentation", () => {
  test.each(FORMAL)("%s", (_title, query, wanted) =>
    expect(result(DOCUMENTED + query)).toBe(wanted),
  );
});

const PRINTED: readonly Case[] = [
  [
    "a function",
    "!(help! twice)",
    "Function twice: (-> Number Number) Doubles a number\nParameters:\n  (type Number) A number\nReturn: (type Number) Twice as much\n",
  ],
  ["an atom", "!(help! Blue)", "Atom Blue: Colour A colour\n"],
  ["what has no documentation", "!(help! nothing)", "No documentation found for nothing\n"],
  ["an operation", "!(help! +)", "Function + (type (-> Number Number Number)) Sum.\n"],
  [
    "a space",
    "!(help-space! &self)",
    "Blue\n\tA colour\n(f x)\n\tA call\ntwice\n\tDoubles a number\npair\n\tPuts together\n",
  ],
  ["a parameter", '!(help-param! (@param (@type Number) (@desc "one")))', "  (type Number) one\n"],
  [
    "a module",
    "!(help! skel)",
    "skel-swap-pair-native\n\tA pair with its parts exchanged, by the host.\nskel-swap-pair\n\tA pair with its parts exchanged, by a rule\n",
  ],
];

describe("help", () => {
  test.each(PRINTED)("%s", (_title, query, wanted) =>
    expect(run(DOCUMENTED + query).output).toBe(wanted),
  );
});

test("help! without an argument lists the library", () => {
  const { output, lines } = run("!(help!)");
  expect(output).toContain("+\n\tSum.\n");
  expect(lines).toEqual(["[()]"]);
});

test("help-param! of what is no parameter has no value", () => {
  expect(result("!(help-param! a)")).toBe("[]");
});
