/**
 * Properties of evaluation over generated programs. A program has facts, and rules for functions of which each
 * only calls ones with a greater number, so it ends.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "./run.js";

const FUNCTIONS = 4;
const CONSTANTS = ["red", "green", "blue", "7", '"text"'];
const RUNS = 150;

/** An atom that may stand in a rule of the function `from`: it calls only later ones. */
function code(from: number, depth: number): fc.Arbitrary<string> {
  const leaf = fc.oneof(
    fc.constantFrom(...CONSTANTS),
    fc.constantFrom("$x", "$y"),
    fc.constant("(colour red)"),
  );
  if (depth === 0) return leaf;
  const part = code(from, depth - 1);
  const calls = Array.from({ length: FUNCTIONS - from - 1 }, (_, index) => `f${from + 1 + index}`);
  const options = [
    leaf,
    fc.tuple(part, part).map(([one, other]) => `(pair ${one} ${other})`),
    fc
      .tuple(part, part, part)
      .map(([one, two, other]) => `(if (== ${one} ${two}) ${one} ${other})`),
    fc.tuple(part, part).map(([value, body]) => `(let $x ${value} ${body})`),
    fc.tuple(part, part).map(([one, other]) => `(superpose (${one} ${other}))`),
    fc.tuple(part, part).map(([one, other]) => `(case ${one} ((red ${other}) ($y $y)))`),
    part.map((body) => `(match &self (colour $x) ${body})`),
    part.map((body) => `(collapse ${body})`),
    part.map((body) => `(quote ${body})`),
  ];
  if (calls.length > 0) {
    options.push(
      fc.tuple(fc.constantFrom(...calls), part).map(([name, arg]) => `(${name} ${arg})`),
    );
  }
  return fc.oneof(...options);
}

function rule(): fc.Arbitrary<string> {
  return fc.integer({ min: 0, max: FUNCTIONS - 1 }).chain((from) => {
    const pattern = fc.oneof(
      fc.constantFrom("$x", "red", "7", "(pair $x $y)", "(pair $x $x)"),
      fc.constantFrom("$x", "$y"),
    );
    return fc.tuple(pattern, code(from, 2)).map(([left, body]) => `(= (f${from} ${left}) ${body})`);
  });
}

const fact = fc.constantFrom("(colour red)", "(colour green)", "(colour $z)", "(: red Warm)");

const query = fc
  .tuple(fc.integer({ min: 0, max: FUNCTIONS - 1 }), code(-1, 2))
  .map(([called, argument]) => `!(f${called} ${argument})`);

const program = fc
  .tuple(
    fc.array(fc.oneof(rule(), rule(), fact), { minLength: 1, maxLength: 8 }),
    fc.array(query, { minLength: 1, maxLength: 2 }),
  )
  .map(([lines, queries]) => [...lines, ...queries].join("\n"));

const LIMITS = { maxSteps: 50_000 };

/** The lines, variables all alike: how they are numbered depends on what else there is. */
function linesOf(text: string): string[] {
  return run(text, LIMITS).lines.map((line) => line.replaceAll(/\$[\w-]+/g, "$$v"));
}

/** Names that are the program's own, and others for them. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ...Array.from(
    { length: FUNCTIONS },
    (_, index) => [`f${index}`, `function-${9 - index}`] as const,
  ),
  ["pair", "Zz"],
  ["colour", "a"],
  ["red", "Purple"],
  ["green", "aa"],
  ["blue", "_"],
  ["Warm", "Cold"],
]);

function rename(text: string): string {
  return text.replaceAll(/[\w-]+/g, (word) => RENAMED.get(word) ?? word);
}

test("renaming the symbols of a program renames its results", () => {
  fc.assert(
    fc.property(program, (text) => {
      expect(linesOf(rename(text))).toEqual(linesOf(text).map(rename));
    }),
    { numRuns: RUNS },
  );
});

const UNRELATED = `
  (= (unrelated $x) (unrelated (more $x)))
  (= (unrelated red) red)
  (: unrelated (-> Atom Atom))
  (something unrelated)
`;

test("rules, types and facts about something else change no result", () => {
  fc.assert(
    fc.property(program, fc.boolean(), (text, before) => {
      const more = before ? `${UNRELATED}${text}` : text.replace("\n!", `${UNRELATED}\n!`);
      expect(linesOf(more)).toEqual(linesOf(text));
    }),
    { numRuns: RUNS },
  );
});

test("evaluating a query a second time gives the same", () => {
  fc.assert(
    fc.property(program, (text) => {
      const queries = text.split("\n").filter((line) => line.startsWith("!"));
      const lines = linesOf(`${text}\n${queries.join("\n")}`);
      expect(lines.slice(queries.length)).toEqual(lines.slice(0, queries.length));
    }),
    { numRuns: RUNS },
  );
});

test("code for rules that are used often gives what evaluation gives", () => {
  fc.assert(
    fc.property(program, (text) => {
      const queries = text.split("\n").filter((line) => line.startsWith("!"));
      const often = Array.from({ length: 12 }, () => queries.join("\n")).join("\n");
      const lines = linesOf(`${text}\n${often}`);
      for (let at = 0; at < lines.length; at += queries.length) {
        expect(lines.slice(at, at + queries.length)).toEqual(lines.slice(0, queries.length));
      }
    }),
    { numRuns: RUNS },
  );
});
