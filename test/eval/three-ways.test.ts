/** The three ways to evaluate say the same: of random programs, and of programs in which they once did not. */
import { describe, expect, it } from "vitest";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { operation } from "../../src/eval/host/operation.js";
import { string } from "../../src/term/atom.js";
import { ProgramMaker, shrink } from "./random-programs.js";
import { disagree, threeWays } from "./three-ways.js";

/** Expects the same of the three ways, and shows the smallest program that they differ in. */
function expectAgreement(lines: readonly string[]): void {
  if (!disagree(lines)) return;
  const { steps, glances, code } = threeWays(shrink(lines, disagree));
  expect({ program: lines, glances, code }).toEqual({
    program: shrink(lines, disagree),
    glances: steps,
    code: steps,
  });
}

/** The results of a program's last `!`, which all three ways give. */
function agreed(...lines: string[]): string {
  const { steps, glances, code } = threeWays(lines);
  expect(glances).toEqual(steps);
  expect(code).toEqual(steps);
  return steps.results.at(-1)!;
}

const PROGRAMS = 700;
/** Far more than they take, also on a machine that is busy with other things. */
const TIMEOUT_MS = 300_000;

describe("step by step, at a glance and by generated code", () => {
  it(
    "random programs give the same results, errors, writes and output",
    () => {
      for (let seed = 1; seed <= PROGRAMS; seed++) expectAgreement(new ProgramMaker(seed).make());
    },
    TIMEOUT_MS,
  );

  it("random programs use code, alternatives, errors, writes, states, tables, forks and the library's names", () => {
    const seen = { code: 0, several: 0, errors: 0, writes: 0 };
    const written = { state: 0, tabled: 0, fork: 0, parametric: 0, taken: 0 };
    for (let seed = 1; seed <= 200; seed++) {
      const lines = new ProgramMaker(seed).make();
      const { steps, codes } = threeWays(lines);
      if (codes > 0) seen.code++;
      if (steps.results.some((each) => each.includes(" "))) seen.several++;
      if (steps.results.some((each) => each.includes("(Error "))) seen.errors++;
      const added = lines.filter((line) => !line.startsWith("!")).length;
      if (steps.written.length !== added) seen.writes++;
      const text = lines.join(" ");
      if (text.includes("(new-state ")) written.state++;
      if (text.includes("(tabled ")) written.tabled++;
      if (/\((hyperpose|par|race|transaction|with-mutex) /.test(text)) written.fork++;
      if (text.includes("(L $t)")) written.parametric++;
      if (/\([=:] \(?(if|let|case|quote|id|\+|match|car-atom|once) /.test(text)) written.taken++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
    for (const count of Object.values(written)) expect(count).toBeGreaterThan(5);
  });

  it("count a call of a tabled function that has no rules as a step", () => {
    expectAgreement(["!(tabled (h $x $y))", "!(h b 2)", "!(c (h b 2))"]);
  });

  it("check the types of a call before any of its arguments is evaluated", () => {
    expect(agreed("!(< (superpose ()) (+))")).toBe("(Error (+) IncorrectNumberOfArguments)");
    expect(agreed('!(+ (/ 1 0) (+ 1 "s"))')).toBe('(Error (+ 1 "s") (BadArgType 2 Number String))');
    expect(
      agreed("(: g (-> Number Number))", "(= (f $x) (+ (superpose ()) (g $x)))", '!(f "s")'),
    ).toBe('(Error (g "s") (BadArgType 1 Number String))');
  });

  it("take `Atom` for a type like others where it is that of an argument of an argument", () => {
    expect(agreed("!(if (== (quote a) 1) yes no)")).toBe(
      "(Error (== (quote a) 1) (BadArgType 2 Atom Number))",
    );
    expect(agreed("!(== (quote a) 1)")).toBe("False");
  });

  it("blame the same argument whatever types are called", () => {
    const program = (type: string): string[] => [
      `(: h (-> ${type} ${type}))`,
      `(: k (-> ${type} ${type}))`,
      '!(h (k (k "s")))',
    ];
    const [own, builtIn] = ["Amount", "Number"].map((type) => agreed(...program(type)));
    expect(own!.replaceAll("Amount", "Number")).toBe(builtIn);
  });

  it("expect of an argument the type that another one has", () => {
    expect(agreed('(= (f) "s")', "!(== 1 (f))")).toBe('(Error "s" (BadType Number String))');
    expect(agreed("(: same (-> $t $t))", '(= (same $x) "s")', "!(same 1)")).toBe(
      '(Error "s" (BadType Number String))',
    );
  });

  it("see of what a collected match found no more than its template shows", () => {
    const facts = ["(e a b)", "(e b c)", "(e c (p $any))", "(same a a)", "(same a b)"];
    const ask = (query: string): string => agreed(...facts, `!(collapse ${query})`);
    expect(ask("(match &self (e $x $y) hit)")).toBe("(hit hit hit)");
    expect(ask("(match &self (, (e $x $y) (e $y $z)) $x)")).toBe("(a b)");
    expect(ask("(match &self (, (e $x $y) (e $y $z)) hit)")).toBe("(hit hit)");
    expect(ask("(match &self (same $x $x) hit)")).toBe("(hit)");
    expect(ask("(let $u $x (match &self (same $x $y) $u))")).toBe("(a a)");
    expect(ask("(let $u (p $x) (match &self (same $x $y) (q $u)))")).toBe("((q (p a)) (q (p a)))");
    expect(ask("(match &self (e $x $y) (if (== $x a) $y (empty)))")).toBe("(b)");
    expect(
      agreed(...facts, "!(let ($u $v) (collapse (match &self (same $x $y) $y)) ($x $u $v))"),
    ).toBe("($x#0 a b)");
  });

  it("compute what stands in data without variables", () => {
    expect(agreed("(= (g $x) (box (% 0 1)))", "!(g a)", "!(g a)")).toBe("(box 0)");
  });

  it("check what an operation gives against the type that it says it has", () => {
    const library = standardLibrary();
    const apply = () => string("text");
    const type = "(-> Number Number)";
    library.addOperation(operation({ name: "wrong", type, summary: "Wrong.", pure: true, apply }));
    const lines = [
      "(= (f $x) (+ 1 (wrong $x)))",
      "!(f 1)",
      "!(f 1)",
      "!(wrong 1)",
      "!(+ 1 (wrong 1))",
    ];
    const { steps, glances, code } = threeWays(lines, { library });
    expect(glances).toEqual(steps);
    expect(code).toEqual(steps);
    expect(steps.results[0]).toBe('(Error "text" (BadType Number String))');
  });

  it("find the type of a state that holds itself", () => {
    const program = ["!(let $z (new-state $y) (let $u (change-state! $z $z) (get-type $u)))"];
    expect(agreed(...program)).toBe("(StateMonad %Undefined%)");
  });

  it("give each call type variables of its own", () => {
    const program = ["(: g (-> $t L ($t)))", "(= $z 1.5)", "!((superpose (b $y)) (g $y $y))"];
    expect(agreed(...program)).toMatch(/\(\$t#0\).*\(\$t#1\)/);
  });

  it("leave a call of a form as it is that only a type of the program's own allows", () => {
    const types = ["(: case (-> Number))", "(: if (-> Number Number))"];
    const program = [...types, "(= (f $x) (if $x))", "!(f 1)", "!(f 1)", "!(case)"];
    expect(agreed(...program)).toBe("(case)");
    expect(agreed(...program.slice(0, -1))).toBe("(if 1)");
  });

  it("count an error that a branch of a fork gives as one", () => {
    expect(agreed("!(map-atom (a) $x (race (+)))")).toBe("(Error (+) IncorrectNumberOfArguments)");
  });

  it("check what was a variable when its call was checked", () => {
    const program = ["(: g (-> A B A))", "!(foldl-atom (1) 2 $z $x (g $y (unify $y 1 1 $x)))"];
    expect(agreed(...program)).toBe("(Error (g 1 1) (BadArgType 1 A Number))");
  });

  it("take no type from an atom that is a variable", () => {
    const program = ["!(add-atom &self $z)", "!(get-type (sort-strings ()))"];
    expect(agreed(...program)).toBe("Expression");
  });

  it("check what a call asks of its arguments where it stands unevaluated in a primitive's", () => {
    const rule = "(= (g $x) (== () (map-atom () $x match)))";
    const error = "(Error (map-atom () True match) (BadArgType 2 Variable Bool))";
    expect(agreed(rule, "!(g True)", "!(g True)")).toBe(error);
  });

  it("ask the table of a function that has no rules", () => {
    const rule = "(= (f Nil $y) (h f $y))";
    expect(agreed(rule, "!(tabled (h $x $y))", "!(f $x (f $y $x))")).toBe("(h f (h f Nil))");
  });

  it("evaluate an argument after those before it, which may bind it", () => {
    const bound = ["(= (f $x $y) (pair (let $y (here 1) done) $y))", "(= (here 1) there)"];
    expect(agreed(...bound, "!(f 1 $z)", "!(f 1 $z)")).toBe("(pair done there)");
    const known = [
      "(= (f $y) ((case $z (($x (match &self $z found)))) $x))",
      "(= $x $y)",
      "!(f 1)",
    ];
    agreed(...known, known[2]!);
  });

  it("refuse pairs of a `let*` that are none, in rules used often", () => {
    const rule = "(= (f $y) (let* (case 1 (($x 0))) $y))";
    expect(agreed(rule, "!(f 1)", "!(f 1)", "!(f 1)")).toContain("pairs is expected");
  });

  it("take no symbol for a number, also where it fits", () => {
    const rule = "(= (f $x) (let $u (if (< a 1) $x Nil) (k $u)))";
    expect(agreed(rule, "!(f 1)", "!(f 1)")).toBe("(k (if (< a 1) 1 Nil))");
    const declared = ["(: few Number)", "(= (f $x) (+ (- few $x) 1))", "!(f 1)", "!(f 1)"];
    expect(agreed(...declared)).toBe("(+ (- few 1) 1)");
  });

  it("compare variables as what they are when both sides are found", () => {
    const rule = "(= (f $x) (== (let $a 1 $y) (let $y (p $x) $y)))";
    expect(agreed(rule, "!(f 1)", "!(f 1)")).toBe("True");
  });

  it("have one variable for all alternatives of what is before it", () => {
    const rule = "(= (f $x) (collapse (let $a (superpose (1 2)) ($a $y))))";
    expect(agreed(rule, "!(f 1)", "!(f 1)")).toBe("((1 $y#0) (2 $y#0))");
    const search = "(= (f $x) (collapse (match &self (e $z) (got $z $y))))";
    expect(agreed("(e 1)", "(e 2)", search, "!(f 1)", "!(f 1)")).toBe(
      "((got 1 $y#0) (got 2 $y#0))",
    );
  });

  it("have one variable for all alternatives also where a pattern gives it a value that is not reached", () => {
    const twice = (rule: string): string =>
      agreed("(= (g) (superpose (a b)))", rule, "!(collapse (f 1))", "!(collapse (f 1))");
    expect(twice("(= (f $x) (if (g) (let $y 1 $y) 2))")).toBe(
      "((if a (let $y#0 1 $y#0) 2) (if b (let $y#0 1 $y#0) 2))",
    );
    expect(twice("(= (f $x) (let $a (g) (as-it-is (let $y $a $y))))")).toBe(
      "((as-it-is a) (as-it-is b))",
    );
    const quoted = "(= (f $x) (let $a (g) (kept (let $y $a $y))))";
    expect(
      agreed(
        "(: kept (-> Atom %Undefined%))",
        "(= (g) (superpose (a b)))",
        quoted,
        "!(collapse (f 1))",
        "!(collapse (f 1))",
      ),
    ).toBe("((kept (let $y#0 a $y#0)) (kept (let $y#0 b $y#0)))");
  });

  it("keep of two equal numbers the one that a variable stands for", () => {
    const often = (call: string, ...rules: string[]): string => {
      const asked = `!${call}`;
      return agreed("(= (same $x) $x)", ...rules, asked, asked, asked);
    };
    const both = "((p $y $y) (q $y))";
    expect(often("(f 2.0)", `(= (f $x) (case (p $x 2) (${both})))`)).toBe("(q 2.0)");
    expect(often("(f 2.0)", `(= (f $x) (switch (same (p 2 $x)) (${both})))`)).toBe("(q 2)");
    expect(often("(f 2.0)", "(= (f $x) (let (p $y $y) (same (p 2 $x)) (q $y)))")).toBe("(q 2)");
    expect(often("(f 2.0 2)", "(= (f $x $y) (case $x (($y (q $y)))))")).toBe("(q 2)");
    expect(often("(f 2.0 2)", "(= (f $x $y) (let (p $y) (p $x) (q $y)))")).toBe("(q 2)");
    expect(often("(f 2.0 2)", "(= (f $x $y) (unify (p $x) (p $y) (q $y) none))")).toBe("(q 2)");
  });

  it("refuse a call of an operation with too few arguments, which a type of the program's own allows", () => {
    const wrong = (type: string, call: string): void => {
      const lines = [`(: ${type})`, `(= (f $x) ${call})`, "!(f 1)", "!(f 1)", `!${call}`];
      expect(agreed(...lines)).toBe(`(Error ${call} IncorrectNumberOfArguments)`);
      expect(agreed(`!(eval ${call})`)).toBe(`(Error ${call} IncorrectNumberOfArguments)`);
    };
    wrong("car-atom (-> %Undefined%)", "(car-atom)");
    wrong("+ (-> Number Number)", "(+ 1)");
    wrong("== (-> Number Bool)", "(== 1)");
    wrong("add-atom (-> SpaceType %Undefined%)", "(add-atom &self)");
  });

  it("fit parametric types, of data, states and what holds nothing yet", () => {
    const types = [
      "(: Cons (-> $t (List $t) (List $t)))",
      "(: Nil (List $t))",
      "(: len (-> (List $t) Number))",
      "(= (len Nil) 0)",
      "(= (len (Cons $x $xs)) (+ 1 (len $xs)))",
      "(: P (-> $a $b (Pair $a $b)))",
      "(: swap (-> (Pair $a $b) (Pair $b $a)))",
      "(= (swap (P $x $y)) (P $y $x))",
      "(: make (-> Number (List Number)))",
      "(= (make $n) (if (== $n 0) Nil (Cons $n (make (- $n 1)))))",
      "(: wrong (-> Number (List Number)))",
      '(= (wrong $n) (Cons "s" Nil))',
    ];
    const gives = (call: string, value: string): void => {
      expect(agreed(...types, `!${call}`, `!${call}`, `!${call}`)).toBe(value);
    };
    gives("(len (make 40))", "40");
    gives("(len (Cons Nil (Cons (Cons 1 Nil) Nil)))", "2");
    gives('(swap (swap (P 1 (Cons "s" Nil))))', '(P 1 (Cons "s" Nil))');
    gives(
      '(Cons 1 (Cons "s" Nil))',
      '(Error (Cons 1 (Cons "s" Nil)) (BadArgType 2 (List Number) (List String)))',
    );
    gives("(wrong 1)", '(Error (Cons "s" Nil) (BadType (List Number) (List String)))');
    gives(
      "(len (swap (P 1 2)))",
      "(Error (len (swap (P 1 2))) (BadArgType 1 (List $t#0) (Pair Number Number)))",
    );
    gives("(let $s (new-state 1) (get-state (change-state! $s 2)))", "2");
    gives(
      '(let $s (new-state 1) (change-state! $s "x"))',
      '(Error (change-state! (State #0) "x") (BadArgType 2 Number String))',
    );
    gives("(let $s (new-state 1) (let $u (change-state! $s b) (+ 1 (get-state $s))))", "(+ 1 b)");
    gives(
      "(len (new-state Nil))",
      "(Error (len (new-state Nil)) (BadArgType 1 (List $t#0) (StateMonad (List $t#1))))",
    );
    agreed("(= $x found)", "!(0 1)");
  });

  it("take an argument that is written as an error for its own value", () => {
    const rules = ["(= (f $x) (g $x (Error $x $x)))", "(= (g $x $y) $x)"];
    expect(agreed("(: g (-> Atom %Undefined% Number))", ...rules, "!(f 1)", "!(f 1)")).toBe("1");
    expect(agreed(...rules, "!(f 1)", "!(f 1)")).toBe("(Error 1 1)");
    expect(agreed("(= (f $x) (== (Error $x $x) $x))", "!(f 1)", "!(f 1)")).toMatch(/BadArgType/);
  });

  it("overtake the error of a part by another alternative of it, which only fails later", () => {
    const often = (rule: string, ...others: readonly string[]): string =>
      agreed(rule, ...others, "!(collapse (f 2))", "!(collapse (f 2))", "!(collapse (f 2))");
    const roots = "(sqrt-math (superpose (False 4)))";
    const one = "(= (one $x) $x)";
    const none = "(= (none $x) (superpose ()))";
    // At once, behind alternatives of something inside, or waited for in a frame of its own.
    const rules = [
      none,
      one,
      "(= (pick 1) (sqrt-math (superpose (a b))))",
      "(= (pick 2) (superpose (4 5)))",
    ];
    const picked = "(pick (superpose (1 2)))";
    const bound = `(let $u ${roots} $u)`;
    for (const part of [roots, `(id ${roots})`, bound, `(+ ${roots} (one 1))`, picked]) {
      expect(often(`(= (f $x) (none ${part}))`, ...rules)).toBe("()");
      expect(often(`(= (f $x) (none (box ${part})))`, ...rules)).toBe("()");
      expect(often(`(= (f $x) (let $y (box ${part}) (none $y)))`, ...rules)).toBe("()");
    }
    // Behind what a loop is still to come back to.
    const again = "(none (box (sqrt-math (f $x (- $n 1)))))";
    const ends = "(if (== $n 0) (superpose (False 4)) ";
    expect(often("(= (f $x) (f $x 3))", `(= (f $x $n) ${ends} ${again}))`, ...rules)).toBe("()");
    const split = "(none (f (superpose (1 2)) (- $n 1)))";
    const begun = `(= (f $x $n) (if (== $n 0) (pick $x) ${split}))`;
    expect(often("(= (f $x) (f $x 1))", begun, ...rules)).toBe("()");
  });

  it("choose by an error that is written as what to choose by", () => {
    const rule = "(= (f $x) (switch (Error $x b) ((4 four) ($v chosen))))";
    const calls = ["!(f 1)", "!(f 1)", "!(f 1)"];
    expect(agreed(rule, ...calls)).toBe("chosen");
    const given = "(= (g $x $e) (switch $e ((4 four) ($v chosen))))";
    const call = "!(g 1 (Error a b))";
    agreed("(: g (-> Number Atom Atom))", given, call, call, call);
    const held = "(= (h $x) (match &self (held $e) (switch $e (($v chosen)))))";
    agreed("(held (Error a b))", held, "!(h 1)", "!(h 1)", "!(h 1)");
  });

  it("leave an argument of type Atom as it is, also if it could be computed", () => {
    expect(agreed("!(if (=alpha (+ 1 2) 3) computed left)")).toBe("left");
    expect(agreed("!(add-atom &self Empty)", "!(get-atoms &self)")).toBe("Empty");
  });
});
