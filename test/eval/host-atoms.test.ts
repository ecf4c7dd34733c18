import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { impureOperation } from "../../src/eval/host/operation.js";
import { Heap } from "../../src/memory/heap.js";
import {
  type Atom,
  EXPRESSION,
  type HostAtom,
  INTEGER,
  integer,
  type MatchSolution,
  symbol,
} from "../../src/term/atom.js";
import { equal } from "../../src/term/equal.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { Parser, parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const heap = Heap.create({ maxBytes: 2 ** 24 });
let environment: Environment;
/** What `match` of the host values below was asked. */
let asked: string[];

beforeEach(() => {
  environment = Environment.create(heap);
  asked = [];
});
afterEach(() => environment.dispose());

/** Matches numbers from a limit on, and binds nothing. */
const adult: HostAtom = hostAtom(18, {
  type: "(Predicate Number)",
  print: (from) => `≥${from}`,
  *match(from, other) {
    asked.push(print(other));
    if (other.tag === INTEGER && other.value >= from) yield [];
  },
});

/** Matches `(key $value)` for each entry, as a store of the host would. */
const table: HostAtom = hostAtom(
  new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]),
  {
    type: "SpaceType",
    print: () => "&table",
    *match(entries, other): Generator<MatchSolution> {
      if (other.tag !== EXPRESSION || other.children.length !== 2) return;
      const [key, value] = other.children as [Atom, Atom];
      for (const [name, number] of entries) {
        asked.push(name);
        yield [
          [key, symbol(name)],
          [value, integer(number)],
        ];
      }
    },
  },
);

class Fraction {
  readonly top: number;
  readonly bottom: number;

  constructor(top: number, bottom: number) {
    this.top = top;
    this.bottom = bottom;
  }
}

function fraction(top: number, bottom: number): HostAtom {
  return hostAtom(new Fraction(top, bottom), {
    type: "Fraction",
    print: (value) => `${value.top}/${value.bottom}`,
    equals: (value, other) =>
      other instanceof Fraction && value.top * other.bottom === other.top * value.bottom,
  });
}

const WORDS: ReadonlyMap<string, Atom> = new Map<string, Atom>([
  ["&adult", adult],
  ["&table", table],
  ["half", fraction(1, 2)],
  ["two-quarters", fraction(2, 4)],
  ["third", fraction(1, 3)],
]);

function evaluator(): Evaluator {
  const library = standardLibrary();
  library.addOperation(
    impureOperation("halves", "(-> Fraction Number)", "How many halves.", ([value]) => {
      const { top, bottom } = (value as HostAtom).value as Fraction;
      return integer((2 * top) / bottom);
    }),
  );
  return new Evaluator(library);
}

function ask(query: string): string[] {
  const parser = new Parser(query, { tokens: (word) => WORDS.get(word) });
  const { results } = evaluator().evaluate(environment, parser.nextItem()!.atom);
  return results.map((atom) => print(atom));
}

function load(program: string): void {
  for (const { atom } of parse(program)) environment.add(atom);
}

describe("a host value", () => {
  test("has the text, the type and the equality that it is given", () => {
    expect(ask("(pair half (get-type half) (== half two-quarters) (== half third))")).toEqual([
      "(pair 1/2 Fraction True False)",
    ]);
    expect(ask("(get-type &adult)")).toEqual(["(Predicate Number)"]);
    expect(ask("(get-metatype half)")).toEqual(["Grounded"]);
  });

  test("is an argument of operations that are declared for its type, and of no others", () => {
    expect(ask("(halves half)")).toEqual(["1"]);
    expect(ask("(halves &adult)")).toEqual([
      "(Error (halves ≥18) (BadArgType 1 Fraction (Predicate Number)))",
    ]);
  });

  test("is equal from both sides, and only to a value of the host", () => {
    const plain = hostAtom(new Fraction(2, 4), { type: "Fraction" });
    expect(equal(plain, fraction(1, 2))).toBe(true);
    expect(equal(fraction(1, 2), plain)).toBe(true);
    expect(equal(fraction(1, 2), integer(1))).toBe(false);
    expect(equal(plain, hostAtom(new Fraction(2, 4), { type: "Fraction" }))).toBe(false);
  });

  test("unifies with an equal one", () => {
    expect(ask("(unify (x half) (x two-quarters) same different)")).toEqual(["same"]);
    expect(ask("(case two-quarters ((third third) (half found)))")).toEqual(["found"]);
  });

  test("cannot be stored", () => {
    expect(ask("(add-atom &self (key half))")).toEqual([
      '(Error (add-atom &self (key 1/2)) "cannot share Fraction: a host value belongs to one thread; nothing was written")',
    ]);
    expect(environment.count).toBe(0);
  });

  test("has a type that can be read", () => {
    expect(() => hostAtom(1, { type: "(Set" })).toThrow(
      expect.objectContaining({ code: "ERR_SYNTAX" }),
    );
  });
});

describe("a host value with a match of its own", () => {
  test("chooses among what a space holds", () => {
    load("(age Ann 17) (age Bob 18) (age Cid 80) (age Dot unknown)");
    expect(ask("(match &self (age $who &adult) $who)")).toEqual(["Bob", "Cid"]);
    expect(asked).toContain("unknown");
  });

  test("chooses where it stands deeper in a pattern, and beside other patterns", () => {
    load("(age (of Ann) 17) (age (of Bob) 18) (likes Bob tea) (likes Ann tea)");
    expect(ask("(match &self (, (age (of $who) &adult) (likes $who $what)) ($who $what))")).toEqual(
      ["(Bob tea)"],
    );
  });

  test("gives every one of its solutions, in order", () => {
    expect(ask("(unify &table ($k $v) ($k is $v) none)")).toEqual([
      "(a is 1)",
      "(b is 2)",
      "(c is 3)",
    ]);
    expect(ask("(unify &table (b $v) $v none)")).toEqual(["2"]);
    expect(ask("(unify &table (d $v) $v none)")).toEqual(["none"]);
    expect(ask("(unify &table other $v none)")).toEqual(["none"]);
    expect(ask("(match &table ($k $v) ($k $v))")).toEqual(["(a 1)", "(b 2)", "(c 3)"]);
  });

  test("gives every combination with another", () => {
    expect(ask("(unify (&table &table) (($a 1) ($b $c)) ($a $b) none)")).toEqual([
      "(a a)",
      "(a b)",
      "(a c)",
    ]);
    expect(ask("(collapse (unify (&table &table) (($a $n) ($b $n)) ($a $b) none))")).toEqual([
      "((a a) (b b) (c c))",
    ]);
  });

  test("is asked by let and case too", () => {
    expect(ask("(let ($k $v) &table $k)")).toEqual(["a", "b", "c"]);
    expect(ask("(case &table (((d $v) no) (($k 2) (two $k)) ($_ other)))")).toEqual(["(two b)"]);
    expect(ask("(case 5 ((&adult adult) ($_ child)))")).toEqual(["child"]);
    expect(ask("(case 50 ((&adult adult) ($_ child)))")).toEqual(["adult"]);
  });

  test("is asked for no more solutions than are wanted", () => {
    expect(ask("(once (unify &table ($k $v) $k none))")).toEqual(["a"]);
    expect(asked).toEqual(["a"]);
  });

  test("is bound by a variable without being asked", () => {
    expect(ask("(let $x &table (got $x))")).toEqual(["(got &table)"]);
    expect(asked).toEqual([]);
  });

  test("leaves no binding of a solution that was not taken", () => {
    expect(ask("(unify (&table b) (($k $v) $k) ($k $v) none)")).toEqual(["(b 2)"]);
    expect(ask("(unify (&table z) (($k $v) $k) no (free $k $v))")).toEqual(["(free $k $v)"]);
  });

  test("is asked alike by rules that have been used often", () => {
    load(`
      (age Ann 17) (age Bob 18) (age Cid 80)
      (= (adults $p) (match &self (age $who $p) $who))
      (= (pick $t) (unify $t ($k $v) ($k is $v) none))
      (= (keys $t) (let ($k $v) $t $k))
      (= (later-keys $t) (let ($k $v) (id $t) $k))
      (= (deep-keys $t) (let ($a ($k $v)) (pair $t) ($a $k)))
      (= (pairs $t) (let* ((($k $v) $t) (($k $w) $t)) ($k $w)))
      (= (two $t) (case $t ((($k 2) $k) ($_ other))))
      (= (grown $p $n) (let $p $n yes))
      (= (id $x) $x)
      (= (pair $x) (p $x))
    `);
    const queries = [
      ["(adults &adult)", "Bob Cid"],
      ["(pick &table)", "(a is 1) (b is 2) (c is 3)"],
      ["(keys &table)", "a b c"],
      ["(later-keys &table)", "a b c"],
      ["(deep-keys &table)", "(p a) (p b) (p c)"],
      ["(pairs &table)", "(a 1) (b 2) (c 3)"],
      ["(two &table)", "b"],
      ["(grown &adult 20)", "yes"],
      ["(grown &adult 2)", ""],
    ] as const;
    const often = evaluator();
    for (const [query, wanted] of queries) {
      const parser = new Parser(query, { tokens: (word) => WORDS.get(word) });
      const { atom } = parser.nextItem()!;
      for (let time = 0; time < 200; time++) {
        const { results } = often.evaluate(environment, atom);
        expect(results.map((each) => print(each)).join(" "), query).toBe(wanted);
      }
    }
  });
});
