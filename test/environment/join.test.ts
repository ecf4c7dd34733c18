import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conjunction } from "../../src/environment/conjunction.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { takePin } from "../../src/environment/handle.js";
import { Join } from "../../src/environment/join.js";
import { type MatchCursor, patternMatches } from "../../src/environment/match-cursor.js";
import { orderPatterns } from "../../src/environment/pattern-order.js";
import { matchPattern } from "../../src/environment/query.js";
import { RowMatcher } from "../../src/environment/row-matcher.js";
import { matchThrough, searchTrail } from "../../src/environment/search.js";
import { type Atom, EXPRESSION, VARIABLE, type Variable } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve } from "../../src/term/resolve.js";
import { Trail } from "../../src/term/trail.js";
import { atom, environmentOf, makeHeap, matches, settle } from "./harness.js";

/** What a cursor finds, printed; a match that is said to be the last must be. */
function found(cursor: MatchCursor, wanted: Atom, trail: Trail): string[] {
  const texts: string[] = [];
  let wasLast = false;
  for (; cursor.next(); trail.undoTo(0)) {
    expect(wasLast).toBe(false);
    texts.push(print(resolve(wanted)));
    wasLast = cursor.isLast();
  }
  return texts;
}

/** Matches all patterns pattern by pattern, without a join. */
function nestedLoops(env: Environment, patterns: readonly Atom[], trail: Trail): Conjunction {
  const { root, store } = handleOf(env);
  const levels = orderPatterns(store, [root], patterns).map((pattern) => {
    const matcher = RowMatcher.of(store, pattern);
    return () => patternMatches(store, [root], matcher, trail, null);
  });
  return new Conjunction(takePin(handleOf(env)), null, levels, trail);
}

/** Both ways of searching, in order. */
function bothWays(env: Environment, query: string): readonly [string[], string[]] {
  const [trail, other] = [new Trail(), new Trail()];
  const wanted = renameFresh(atom(query));
  const join = matchPattern(handleOf(env), null, wanted, trail);
  expect(join).toBeInstanceOf(Join);
  const again = renameFresh(atom(query));
  if (again.tag !== EXPRESSION) throw new Error("a conjunction is an expression");
  const conjunction = nestedLoops(env, again.children.slice(1), other);
  return [found(join, wanted, trail), found(conjunction, again, other)];
}

const leaf = fc.constantFrom(
  "a",
  "b",
  "c",
  "1",
  "1.0",
  "2",
  '"t"',
  "True",
  "(p a)",
  "(p 1)",
  "(p (q b))",
);
const part = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("$x", "$y", "$z", "$w") },
  { weight: 1, arbitrary: leaf },
  { weight: 1, arbitrary: fc.constantFrom("(p $x)", "(p $w)", "(p (q $y))") },
);
const head = fc.constantFrom("e", "g");
const pair = (place: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(head, place, place).map((parts) => `(${parts.join(" ")})`);

describe("a join", () => {
  it("does not begin with a pattern of few facts that has no variable in common with others", () => {
    const env = environmentOf(makeHeap(), "(colour red)", "(colour green)", "(lone fact)");
    for (let n = 0; n < 40; n++) env.add(atom(`(next n${n} n${n + 1})`));
    const query = "(, (next $x $y) (next $y $z) (colour $c) (lone fact))";
    const { patterns, results } = env.explain(atom(query));
    // Two patterns are of one relation: what tells them apart is how often they were looked up.
    expect(patterns.map(({ lookUps }) => lookUps)).toEqual([1, 1, 40, 39]);
    expect(results).toBe(78);
    expect(matches(env, query, "($x $c)").slice(0, 3)).toEqual([
      "(n0 red)",
      "(n0 green)",
      "(n1 red)",
    ]);
  });

  it("finds what a conjunction of unified patterns finds, in the same order (JN1)", () => {
    const heap = makeHeap();
    fc.assert(
      fc.property(
        fc.array(pair(leaf), { minLength: 8, maxLength: 40, size: "max" }),
        fc.array(pair(part), { minLength: 2, maxLength: 4 }),
        fc.array(fc.nat(39), { maxLength: 4 }),
        (facts, patterns, removed) => {
          const env = environmentOf(heap, ...facts);
          for (const at of removed) env.remove(atom(facts[at % facts.length]!));
          const query = `(, ${patterns.join(" ")})`;
          const [joined, unified] = bothWays(env, query);
          expect(joined).toEqual(unified);
          expect(env.countMatches(atom(query))).toBe(unified.length);
          expect(env.explain(atom(query)).results).toBe(unified.length);
          env.dispose();
        },
      ),
      { numRuns: 200 },
    );
  });

  it("finds the same where later patterns have to be unified", () => {
    const heap = makeHeap();
    fc.assert(
      fc.property(
        fc.array(pair(leaf), { minLength: 8, maxLength: 30, size: "max" }),
        fc.array(pair(part), { minLength: 2, maxLength: 3 }),
        pair(part),
        (facts, patterns, last) => {
          const env = environmentOf(heap, ...facts, "(v $any $any)", "(v a $other)", "(v $one b)");
          const query = `(, ${patterns.join(" ")} ${last.replace(/[eg]/, "v")})`;
          const [trail, other] = [new Trail(), new Trail()];
          const [wanted, again] = [renameFresh(atom(query)), renameFresh(atom(query))];
          if (again.tag !== EXPRESSION) throw new Error("a conjunction is an expression");
          const joined = found(matchPattern(handleOf(env), null, wanted, trail), wanted, trail);
          const general = nestedLoops(env, again.children.slice(1), other);
          const shape = (text: string): string => text.replace(/#\d+/g, "");
          expect(joined.map(shape)).toEqual(found(general, again, other).map(shape));
          env.dispose();
        },
      ),
      { numRuns: 100 },
    );
  });

  it("binds no variables but those that are wanted, in a join and in a search for one pattern", () => {
    const env = environmentOf(makeHeap(), "(e a b)", "(e b c)", "(g b x)", "(g c y)");
    for (const query of ["(, (e $x $y) (g $y $z))", "(e $x $y)"]) {
      const trail = searchTrail(handleOf(env));
      const pattern = renameFresh(atom(query));
      if (pattern.tag !== EXPRESSION) throw new Error("a pattern is an expression");
      const first = pattern.children[1]!;
      const x = first.tag === EXPRESSION ? first.children[1]! : first;
      if (x.tag !== VARIABLE) throw new Error("the first part is a variable");
      const search = (wanted: ReadonlySet<Variable>): MatchCursor =>
        matchThrough(handleOf(env), null, pattern, trail, {
          tallies: null,
          restriction: null,
          wanted,
        });
      for (const wanted of [new Set([x]), new Set<Variable>()]) {
        const cursor = search(wanted);
        let count = 0;
        for (; cursor.next(); trail.undoTo(0)) {
          expect(trail.mark()).toBe(wanted.size);
          expect(print(resolve(x))).toBe(wanted.size === 0 ? print(x) : ["a", "b"][count]);
          count++;
        }
        expect(count).toBe(2);
      }
    }
  });

  it("takes what variables are bound to before", () => {
    const env = environmentOf(makeHeap(), "(e a b)", "(e b c)", "(g b x)", "(g c y)");
    const trail = searchTrail(handleOf(env));
    const wanted = renameFresh(atom("(, (e $x $y) (g $y $z))"));
    if (wanted.tag !== EXPRESSION) throw new Error("a conjunction is an expression");
    const [, first] = wanted.children;
    const x = first?.tag === EXPRESSION ? first.children[1]! : wanted;
    if (x.tag === VARIABLE) trail.bind(x, atom("b"));
    const cursor = matchPattern(handleOf(env), null, wanted, trail);
    expect(cursor).toBeInstanceOf(Join);
    expect(cursor.next()).toBe(true);
    expect(print(resolve(wanted))).toBe("(, (e b c) (g c y))");
    expect(cursor.isLast()).toBe(true);
    trail.undoTo(0);
  });

  it("finds nothing where a pattern has no rows, and all of an empty conjunction once", () => {
    const env = environmentOf(makeHeap(), "(e a b)");
    expect(matches(env, "(, (e $x $y) (none $y))")).toEqual([]);
    expect(matches(env, "(,)")).toEqual(["(,)"]);
  });

  it("reads the environment as it was when it began", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    for (let n = 0; n < 50; n++) env.add(atom(`(e ${n} ${n + 1})`));
    const texts: string[] = [];
    for (const each of env.match(atom("(, (e $x $y) (e $y $z))"), { template: atom("$z") })) {
      texts.push(print(each));
      env.remove(atom(`(e ${49 - texts.length} ${50 - texts.length})`));
      env.add(atom(`(e 50 ${texts.length})`));
    }
    expect(texts).toEqual(Array.from({ length: 49 }, (_, n) => `${n + 2}`));
    settle(heap, env);
  });

  it("looks values up in an index, also where they are nested", () => {
    const env = environmentOf(makeHeap());
    for (let n = 0; n < 400; n++) env.add(atom(`(step (at ${n} 0) (at ${n + 1} 0))`));
    const { patterns, results } = env.explain(atom("(, (step (at 7 0) $b) (step $b $c))"));
    expect(results).toBe(1);
    expect(patterns.map(({ rows }) => rows)).toEqual([1, 1]);
    expect(patterns.map(({ relations }) => relations[0]!.index)).toEqual([
      "place 1 by content",
      "place 1 by content",
    ]);
  });

  it("leaves rows with variables, other kinds of patterns and states to unification", () => {
    const env = environmentOf(makeHeap(), "(e a b)", "(e $any c)", "(g a b)");
    const trail = new Trail();
    const kindOf = (query: string): MatchCursor =>
      matchPattern(handleOf(env), null, renameFresh(atom(query)), trail);
    expect(kindOf("(, (g $x $y) (g $x $y))")).toBeInstanceOf(Join);
    expect(kindOf("(, (g $x $y) (e $x $y))")).toBeInstanceOf(Conjunction);
    expect(kindOf("(, (g $x $y) (g $y $z) (e $x $y))")).toBeInstanceOf(Conjunction);
    expect(kindOf("(, (g $x $y) ($r $x $y))")).toBeInstanceOf(Conjunction);
    expect(kindOf("(, (g $x $y) (= (f $x) $y))")).toBeInstanceOf(Conjunction);
    trail.sameStates = () => true;
    expect(kindOf("(, (g $x $y) (g $x $y))")).toBeInstanceOf(Join);
    env.createState(atom("a"));
    expect(kindOf("(, (g $x $y) (g $x $y))")).toBeInstanceOf(Conjunction);
  });
});
