import { describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import type { Limits } from "../../src/eval/limits/limits.js";
import type { Evaluation } from "../../src/eval/program/evaluation.js";
import { Heap } from "../../src/memory/heap.js";
import { parse } from "../../src/term/parser.js";
import { printBriefly } from "../../src/term/printer.js";
import { LARGEST_INTEGER_BITS, withinEngine } from "../../src/term/sizes.js";
import { runIn } from "./run.js";

/** The evaluation of the last expression with `!`; nothing may be thrown at the host. */
function ask(text: string, limits: Limits = { maxTimeMs: 50_000 }): Evaluation {
  const env = Environment.create(Heap.create());
  const evaluator = new Evaluator(undefined, { print: () => undefined, trace: () => undefined });
  return [...runIn(evaluator, env, text, limits)].at(-1)!;
}

function shown(text: string): string {
  const { results, stopped } = ask(text);
  expect(stopped).toBe("completed");
  return results.map((result) => printBriefly(result, 400)).join(" ");
}

const NEST = "(= (nest $n $x) (if (== $n 0) $x (nest (- $n 1) ($x $x)))) ";

/** `body` where $t60 is bound to an atom of 2^60 leaves, and so are those of other letters. */
function nested(letters: Readonly<Record<string, string>>, body: string): string {
  let text = body;
  for (const [letter, leaf] of Object.entries(letters)) {
    for (let level = 60; level > 0; level--) {
      const below = level === 1 ? leaf : `$${letter}${level - 1}`;
      text = `(unify $${letter}${level} (${below} ${below}) ${text} no)`;
    }
  }
  return `!${text}`;
}

describe("Terms with shared parts", () => {
  test("that are evaluated are compared, searched, typed and collected at once", () => {
    const ask2 = (body: string): string =>
      shown(`${NEST} (fact $z) !(let $t (nest 60 a) (let $u (nest 60 a) ${body}))`);
    expect(ask2("(== $t $u)")).toBe("True");
    expect(ask2("(=alpha $t $u)")).toBe("True");
    expect(ask2("(size-atom (unique-atom ($t $u)))")).toBe("2");
    expect(ask2("(let $r (unique-atom ($t $u)) (size-atom $r))")).toBe("1");
    expect(ask2("(let $r (subtraction-atom ($t b) ($u)) $r)")).toBe("(b)");
    expect(ask2("(get-type $t)")).toBe("%Undefined%");
    expect(ask2("(match &self (fact $t) found)")).toBe("found");
    expect(ask2("(let $s (new-state 1) (== $t ($u $s)))")).toBe("False");
    expect(ask2("(assertEqual $t $u)")).toBe("()");
    expect(ask2("(let $c (collapse (superpose ($t $u))) (size-atom $c))")).toBe("2");
    expect(ask2("(let $h (transaction (id $t)) ok)")).toBe("ok");
  });

  test("with variables are unified, renamed, matched by rules and replaced in at once", () => {
    const both = { t: "(p $y)", u: "(p b)" };
    expect(shown(nested(both, "(unify $t60 $u60 (got $y) no)"))).toBe("(got b)");
    expect(shown(nested(both, "(unify (q $t60 c) (q $u60 $y) (got $y) no)"))).toBe("no");
    expect(shown(nested({ t: "(p $y)", u: "(p $z)" }, "(=alpha $t60 $u60)"))).toBe("True");
    const rule = "(: same (-> Atom Atom Atom)) (= (same $x $x) yes) ";
    expect(shown(rule + nested(both, "(same $t60 $u60)"))).toBe("yes");
    expect(shown(nested({ t: "(p $y)" }, "(unify $y (q $t60) yes no)"))).toBe("no");
    expect(shown(nested({ t: "(p $y)" }, "(let $r (sealed ($y) $t60) ok)"))).toBe("ok");
    expect(shown(nested({ t: "(p $y)" }, "(let $r (atom-subst 1 $y $t60) ok)"))).toBe("ok");
    expect(shown(nested({ t: "(p $y)" }, "(get-type $t60)"))).toBe("%Undefined%");
    const mapped = "(let $r (map-atom (1 2) $x (quote ($x $t60))) (size-atom $r))";
    expect(shown(nested({ t: "(p $y)" }, mapped))).toBe("2");
  });

  test("that are too large to be stored or printed are an error to the program", () => {
    for (const body of ["(add-atom &self (foo $t))", "(new-state $t)", "(println! $t)"]) {
      expect(shown(`${NEST} !(let $t (nest 60 a) (let $r ${body} stored))`)).toMatch(/^\(Error /);
    }
    const caught = "(if-error (repr $t) caught fine)";
    expect(ask(`${NEST} !(let $t (nest 60 a) ${caught})`).stopped).toBe("completed");
    expect(shown(`${NEST} !(let $t (nest 60 a) (assertEqual $t b))`)).toMatch(/^\(Error \(assert/);
  });
});

describe("Values that grow", () => {
  test("are an error to the program when they are too large, and never one to the host", () => {
    const grow = (step: string, start: string): string =>
      shown(`(= (grow $n $s) (if (== $n 0) $s (grow (- $n 1) ${step}))) !(grow 60 ${start})`);
    expect(grow('(format-args "{}{}" ($s $s))', '"ab"')).toMatch(/^\(Error \(format-args /);
    expect(grow("(repr $s)", '"\\"a"')).toMatch(/^\(Error \(repr /);
    expect(grow("(* $s $s)", "7")).toMatch(/^\(Error \(\* /);
    expect(grow("(- 0 (* $s $s))", "-7")).toMatch(/^\(Error \(\* /);
  });

  test("leave their cause with the host", () => {
    const bits = LARGEST_INTEGER_BITS.toString();
    const square = `(= (sq $n $s) (if (== $n 0) $s (sq (- $n 1) (* $s $s)))) !(sq 60 7)`;
    const { failures } = ask(square);
    expect(failures.at(-1)?.cause).toMatchObject({
      code: "ERR_LIMIT",
      message: expect.stringContaining(bits) as string,
    });
  });

  test("of text are read up to the same size", () => {
    const digits = "9".repeat(400_000);
    expect(() => parse(digits)).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
    expect(shown(`!(let $x (parse "${digits}") ok)`)).toMatch(/^\(Error |^ok/);
    expect(shown(`!(let $x ${"9".repeat(300_000)} ok)`)).toBe("ok");
  });
});

describe("One long operation", () => {
  const stops = { maxTimeMs: 50 };

  test("ends when the time of its evaluation is over", () => {
    expect(ask(`${NEST} !(let $t (nest 60 a) (repr $t))`, { maxTimeMs: 1 }).stopped).toBe(
      "maxTimeMs",
    );
    const wide = `(${"(a $x) ".repeat(200_000)})`;
    const loop = "(= (loop $t) (let $r (=alpha $t $t) (loop $t)))";
    expect(ask(`${loop} !(unify $t ${wide} (loop $t) no)`, stops).stopped).toBe("maxTimeMs");
  });

  test("ends when the host interrupts it", () => {
    let looks = 0;
    const { stopped } = ask(`${NEST} !(let $t (nest 60 a) (repr $t))`, {
      isInterrupted: () => ++looks > 3,
    });
    expect(stopped).toBe("aborted");
  });

  test("leaves an evaluator that goes on", () => {
    const env = Environment.create(Heap.create());
    const evaluator = new Evaluator();
    for (const { atom } of parse(NEST)) env.add(atom);
    const [long, short] = parse("!(let $t (nest 60 a) (repr $t)) !(let $t (nest 2 a) (repr $t))");
    expect(evaluator.evaluate(env, long!.atom, { maxTimeMs: 1 }).results).toEqual([]);
    const { results, stopped } = evaluator.evaluate(env, short!.atom);
    expect([String(results), stopped]).toEqual(['"((a a) (a a))"', "completed"]);
  });
});

describe("Deep and wide programs", () => {
  const deep = (open: string, inner: string, close = ")"): string =>
    open.repeat(50_000) + inner + close.repeat(50_000);

  test("match and build by rules however deep they are", () => {
    expect(shown(`(= (h ${deep("(f ", "$x")}) $x) !(h ${deep("(f ", "1")})`)).toBe("1");
    expect(shown(`(= (h $x) (quote ${deep("(f ", "$x")})) !(let $r (h 1) ok)`)).toBe("ok");
  });

  test("have any number of branches", () => {
    const branches = Array.from({ length: 30_000 }, (_, index) => `(${index} found)`).join(" ");
    expect(shown(`!(case 29999 (${branches}))`)).toBe("found");
    expect(shown(`!(switch 29999 (${branches}))`)).toBe("found");
    expect(shown(`!(case 30000 (${branches} ($else else)))`)).toBe("else");
  });
});

describe("an integer that the JavaScript engine itself refuses", () => {
  test("is one that is too large", () => {
    const bits = 2n ** 31n;
    expect(() => withinEngine(() => 1n << bits)).toThrow("cannot make an integer");
  });

  test("is told from what else goes wrong", () => {
    const compute = (): never => {
      throw new TypeError("something else");
    };
    expect(() => withinEngine(compute)).toThrow(TypeError);
  });
});
