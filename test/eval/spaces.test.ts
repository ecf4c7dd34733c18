import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { Heap } from "../../src/memory/heap.js";
import { statsOf } from "../../src/memory/stats.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import { print } from "../../src/term/printer.js";
import { runIn } from "./run.js";

const heap = Heap.create({ maxBytes: 2 ** 26 });
let evaluator: Evaluator;
let base: Environment;
let opened: Environment[];

/** Spaces in spaces, and states that are shared by them. */
const PROGRAM = `
  !(bind! &outer (new-space))
  !(bind! &inner (new-space))
  !(bind! &count (new-state 0))
  !(add-atom &outer (holds &inner))
  !(add-atom &outer (counter &count))
  !(add-atom &inner (item 1))
  (= (items) (collapse (match &outer (holds $s) (match $s (item $x) $x))))
  (= (counted) (match &outer (counter $c) (get-state $c)))
  (= (seen) ((items) (counted) (collapse (match &self (top $x) $x))))
`;

/** Runs program text and gives the results of each \`!\`. */
function run(environment: Environment, program: string): string[] {
  const lines: string[] = [];
  for (const { results } of runIn(evaluator, environment, program)) {
    lines.push(
      results.map((atom) => print(atom, (state) => environment.getState(state))).join(" "),
    );
  }
  checkEnvironment(environment);
  return lines;
}

const seen = (environment: Environment): string => run(environment, "!(seen)")[0]!;

function clone(environment: Environment): Environment {
  const made = environment.clone();
  opened.push(made);
  return made;
}

function union(left: Environment, right: Environment): Environment {
  const united = left.union(right);
  opened.push(united);
  checkEnvironment(united);
  return united;
}

beforeEach(() => {
  evaluator = new Evaluator(parallelLibrary(), { print: () => undefined });
  base = Environment.create(heap);
  opened = [base];
  run(base, PROGRAM);
});
afterEach(() => {
  for (const environment of opened) environment.dispose();
});

/** Writes to every place that an environment has: a space in a space, a state in one, the top. */
const WRITE = `
  !(match &outer (holds $s) (add-atom $s (item 2)))
  !(change-state! &count 7)
  !(add-atom &self (top written))
`;
const BEFORE = "((1) 0 ())";
const AFTER = "((1 2) 7 (written))";

describe("a clone", () => {
  test("shows what was written before it was made", () => {
    run(base, WRITE);
    expect(seen(clone(base))).toBe(AFTER);
  });

  test("does not show what its parent writes afterwards", () => {
    const made = clone(base);
    run(base, WRITE);
    expect([seen(base), seen(made)]).toEqual([AFTER, BEFORE]);
  });

  test("keeps what it writes from its parent", () => {
    const made = clone(base);
    run(made, WRITE);
    expect([seen(base), seen(made)]).toEqual([BEFORE, AFTER]);
  });

  test("of a clone is isolated from both", () => {
    const made = clone(base);
    const second = clone(made);
    run(made, WRITE);
    expect([seen(base), seen(made), seen(second)]).toEqual([BEFORE, AFTER, BEFORE]);
  });
});

describe("a union", () => {
  test("has what one side wrote, whichever it is", () => {
    const made = clone(base);
    run(made, WRITE);
    expect(seen(union(base, made))).toBe(AFTER);
    expect(seen(union(made, base))).toBe(AFTER);
  });

  test("has what both sides wrote to one space in a space", () => {
    const [left, right] = [clone(base), clone(base)];
    run(left, "!(match &outer (holds $s) (add-atom $s (item 2)))");
    run(right, "!(match &outer (holds $s) (add-atom $s (item 3)))");
    run(right, "!(match &outer (holds $s) (remove-atom $s (item 1)))");
    expect(seen(union(left, right))).toBe("((2 3) 0 ())");
  });

  test("has spaces that either side made, as they left them", () => {
    const [left, right] = [clone(base), clone(base)];
    const make = (x: number): string =>
      `!(let $s (new-space) (let () (add-atom $s (item ${x})) (add-atom &outer (holds $s))))`;
    run(left, make(2));
    run(right, make(3));
    expect(run(union(left, right), "!(match &outer (holds $s) (match $s (item $x) $x))")).toEqual([
      "1 2 3",
    ]);
  });

  test("has a state's value from the side that set it", () => {
    const [left, right] = [clone(base), clone(base)];
    run(left, "!(change-state! &count 5)");
    const united = union(left, right);
    expect(seen(united)).toBe("((1) 5 ())");
    expect(seen(union(right, left))).toBe("((1) 5 ())");
    expect(united.conflicts).toEqual([]);
  });

  test("of sides that set a state differently takes the right one's value and reports it", () => {
    const [left, right] = [clone(base), clone(base)];
    run(left, "!(change-state! &count 5)");
    run(right, "!(change-state! &count 6)");
    const united = union(left, right);
    expect(seen(united)).toBe("((1) 6 ())");
    expect(united.conflicts.map((each) => [print(each.left), print(each.right)])).toEqual([
      ["5", "6"],
    ]);
    expect(seen(union(right, left))).toBe("((1) 5 ())");
  });

  test("again changes nothing and reports nothing", () => {
    const [left, right] = [clone(base), clone(base)];
    run(left, WRITE);
    run(right, "!(change-state! &count 6)");
    const united = union(left, right);
    const again = union(united, right);
    expect(seen(again)).toBe(seen(united));
    expect(again.conflicts).toEqual([]);
  });
});

describe("branches of a program", () => {
  test("write to one space, and the join has all of it", () => {
    run(base, "!(hyperpose ((add-atom &inner (item 2)) (add-atom &inner (item 3))))");
    expect(seen(base)).toBe("((1 2 3) 0 ())");
  });

  test("set a state, and the join has the last branch's value and reports the conflict", () => {
    expect(
      run(base, "!(par (get-state (change-state! &count 1)) (get-state (change-state! &count 2)))"),
    ).toEqual(["(1 2)"]);
    expect(seen(base)).toBe("((1) 2 ())");
    expect(base.conflicts).toHaveLength(1);
  });

  test("see the others' spaces as they were at the fork", () => {
    run(base, "!(hyperpose ((add-atom &inner (item 2)) (add-reduct &self (top (items)))))");
    expect(run(base, "!(match &self (top $x) $x)")).toEqual(["(1)"]);
  });
});

/** Replaces one item by another; fails afterwards if the other is too large. */
const REPLACE = `
  (= (replace $old $new)
     (transaction
       (let* (($gone (remove-atom &inner (item $old)))
              ($come (add-atom &inner (item $new)))
              ($count (change-state! &count $new)))
         (if (< $new 100) replaced (Error (replace $old $new) TooLarge)))))
`;

describe("a transaction", () => {
  test("replaces atoms and states together", () => {
    expect(run(base, `${REPLACE} !(replace 1 50)`)).toEqual(["replaced"]);
    expect(seen(base)).toBe("((50) 50 ())");
  });

  test("that ends in an error leaves spaces and states as they were", () => {
    expect(run(base, `${REPLACE} !(replace 1 500)`)).toEqual(["(Error (replace 1 500) TooLarge)"]);
    expect(seen(base)).toBe(BEFORE);
  });

  test("without a result leaves everything as it was", () => {
    expect(run(base, "!(transaction (let () (add-atom &inner (item 2)) (empty)))")).toEqual([""]);
    expect(seen(base)).toBe(BEFORE);
  });

  test("inside another is undone with it, and alone", () => {
    run(
      base,
      `!(transaction (let () (add-atom &inner (item 2)) (let $x (collapse (transaction
          (let () (add-atom &inner (item 3)) (/ 1 0)))) done)))`,
    );
    expect(seen(base)).toBe("((1 2) 0 ())");
    run(base, "!(transaction (let $x (transaction (add-atom &inner (item 4))) (/ 1 0)))");
    expect(seen(base)).toBe("((1 2) 0 ())");
  });
});

describe("spaces and states", () => {
  test("are told apart by what they are, not by what they hold", () => {
    expect(
      run(base, "!(let* (($a (new-space)) ($b (new-space))) ((== $a $a) (== $a $b)))"),
    ).toEqual(["(True False)"]);
  });

  test("hold variables of their own", () => {
    expect(
      run(base, "!(let () (add-atom &inner (rule $x $x)) (match &inner (rule $a b) $a))"),
    ).toEqual(["b"]);
  });

  test("refuse a value of another type", () => {
    expect(run(base, '!(change-state! &count "text")')[0]).toMatch(/BadArgType 2 Number String/);
    expect(run(base, "!(get-state 5)")[0]).toMatch(/^\(Error \(get-state 5\)/);
    expect(run(base, "!(add-atom 5 (a))")[0]).toMatch(/^\(Error \(add-atom 5 \(a\)\)/);
    expect(seen(base)).toBe(BEFORE);
  });

  test("may hold themselves", () => {
    expect(
      run(
        base,
        "!(let () (add-atom &inner (me &inner)) (match &inner (me $s) (match $s (item $x) $x)))",
      ),
    ).toEqual(["1"]);
    const made = clone(base);
    run(made, "!(add-atom &inner (item 9))");
    expect([seen(base), seen(made)]).toEqual([BEFORE, "((1 9) 0 ())"]);
  });
});

describe("a counter that is kept as a fact", () => {
  /** Bytes that the heap has claimed after so many updates, each of which reads, removes and adds the fact. */
  function claimedAfter(updates: number, update: string): number {
    const own = Heap.create({ maxBytes: 2 ** 26 });
    const environment = Environment.create(own);
    const program = `
      (counter 0)
      (= (loop $n) (if (== $n 0) done (let $done (update) (loop (- $n 1)))))
      (= (same) 0)
      ${update}
      !(loop ${updates})`;
    const outcomes = [...runIn(new Evaluator(), environment, program)];
    expect(outcomes.map(({ results }) => results.map((each) => print(each)))).toEqual([["done"]]);
    const bytes = statsOf(own).committedBytes;
    environment.dispose();
    return bytes;
  }

  const reset = "(let $gone (remove-atom &self (counter $x)) (add-atom &self (counter 0)))";
  test.each([
    ["in the template of a match", `(= (update) (match &self (counter $x) ${reset}))`],
    ["behind a match", `(= (update) (let $x (match &self (counter $x) $x) ${reset}))`],
    ["behind a match of two", `(= (update) (let $x (match &self (, (counter $x)) $x) ${reset}))`],
    [
      "behind a call",
      `(= (value) (match &self (counter $x) $x)) (= (update) (let $x (value) ${reset}))`,
    ],
    ["behind superpose", `(= (update) (let $x (superpose ((same))) ${reset}))`],
  ])("needs no more memory for more updates, %s", (_name, update) => {
    expect(claimedAfter(4_000, update)).toBeLessThanOrEqual(claimedAfter(500, update));
  });
});
