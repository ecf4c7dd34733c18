import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { matchPattern, ruleSet, typesOf, typeVersion } from "../../src/environment/query.js";
import { statsOf } from "../../src/memory/stats.js";
import { type Atom, symbol } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve } from "../../src/term/resolve.js";
import { Trail } from "../../src/term/trail.js";
import { unify } from "../../src/term/unify.js";
import { atom, contents, environmentOf, makeHeap, matches, settle } from "./harness.js";

/** The instances of the pattern for each atom that unifies with it, variables named alike. */
function bruteForce(atoms: readonly string[], pattern: string): string[] {
  const found: string[] = [];
  for (const text of atoms) {
    const trail = new Trail();
    const wanted = renameFresh(atom(pattern));
    if (unify(wanted, renameFresh(atom(text)), trail)) found.push(shape(resolve(wanted)));
    trail.undoTo(0);
  }
  return found;
}

/** The atom printed with its variables numbered by first occurrence. */
function shape(it: Atom): string {
  const names = new Map<string, string>();
  return print(it).replaceAll(/\$[^\s()]+/gu, (name) => {
    if (!names.has(name)) names.set(name, `$${names.size}`);
    return names.get(name)!;
  });
}

function shapes(env: Environment, pattern: string): string[] {
  return [...env.match(atom(pattern))].map(shape);
}

describe("match", () => {
  it("gives the instances of the template in insertion order, over all relations", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p a)", "(q b)", "(p c)", "lone", "(p d)", "((f x) y)");
    expect(matches(env, "(p $x)", "$x")).toEqual(["a", "c", "d"]);
    expect(matches(env, "($r $x)", "($x $r)")).toEqual([
      "(a p)",
      "(b q)",
      "(c p)",
      "(d p)",
      "(y (f x))",
    ]);
    expect(matches(env, "$all")).toEqual(contents(env));
    expect(matches(env, "(p $x)", "(got $x $other)")).toEqual([
      "(got a $other)",
      "(got c $other)",
      "(got d $other)",
    ]);
    settle(heap, env);
  });

  const variables = ["$x", "$y"];
  const constants = ["a", "b", "c", "1", "1.0", "2", '"s"', "True", "()"];

  function anyAtom(leaves: readonly string[], heads: readonly string[]): fc.Arbitrary<string> {
    const leaf = fc.constantFrom(...leaves);
    const argument = fc.oneof(
      { weight: 4, arbitrary: leaf },
      { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([f, x]) => `(${f} ${x})`) },
    );
    const head = fc.constantFrom(...heads);
    return fc.oneof(
      { weight: 6, arbitrary: fc.tuple(head, argument, argument).map((it) => `(${it.join(" ")})`) },
      { weight: 1, arbitrary: fc.tuple(head, argument).map((it) => `(${it.join(" ")})`) },
      { weight: 1, arbitrary: leaf },
    );
  }
  const closedHeads = ["p", "p", "p", "q", "=", ":", "(f a)", "1"];
  const patterns = anyAtom([...constants, ...variables], [...closedHeads, "$h"]);

  for (const [kind, stored] of [
    ["with variables among them", patterns],
    ["none with variables", anyAtom(constants, closedHeads)],
  ] as const) {
    it(`finds the same as unification with every atom, ${kind}, indexed or not (RM1, RO2)`, () => {
      fc.assert(
        fc.property(
          fc.array(stored, { minLength: 20, maxLength: 60 }),
          fc.array(patterns, { maxLength: 8 }),
          (texts, wanted) => {
            const heap = makeHeap(8 * 1024 * 1024);
            const env = environmentOf(heap, ...texts);
            const compare = (atoms: readonly string[]): void => {
              for (const pattern of wanted) {
                const expected = bruteForce(atoms, pattern);
                expect(shapes(env, pattern)).toEqual(expected);
                expect(env.countMatches(atom(pattern))).toBe(expected.length);
              }
              checkEnvironment(env);
            };
            compare(texts);
            for (const [index, text] of texts.entries())
              if (index % 2 === 0) env.remove(atom(text));
            compare(contents(env));
          },
        ),
        { numRuns: 120 },
      );
    });
  }

  it("reads the space as it was when it began, whatever is written meanwhile", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, ...Array.from({ length: 40 }, (_, i) => `(p ${i})`));
    const seen: string[] = [];
    for (const found of env.match(atom("(p $x)"), { template: atom("$x") })) {
      seen.push(print(found));
      env.add(atom(`(p new-${print(found)})`));
      env.remove(atom(`(p ${39 - seen.length})`));
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`));
    expect(matches(env, "(p $x)", "$x").length).toBe(41);
    settle(heap, env);
  });

  it("ends when its environment is disposed, and gives back what it kept", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)", "(p 2)", "(p 3)");
    const first = env.match(atom("(p $x)"));
    first.next();
    env.add(atom("(p 4)"));
    const second = env.match(atom("(p $x)"));
    second.next();
    env.add(atom("(p 5)"));
    checkEnvironment(env);
    env.dispose();
    expect(() => first.next()).toThrow(/disposed/u);
    expect(() => second.next()).toThrow(/disposed/u);
    settle(heap);
  });

  it("binds numbered variables on the caller's trail and leaves bindings standing when closed", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)", "(p 2)");
    const trail = new Trail();
    const pattern = renameFresh(atom("(p $x)"));
    const cursor = matchPattern(handleOf(env), null, pattern, trail);
    expect(cursor.next()).toBe(true);
    cursor.close();
    expect(print(resolve(pattern))).toBe("(p 1)");
    expect(cursor.next()).toBe(false);
    trail.undoTo(0);
    settle(heap, env);
  });
});

describe("conjunctions", () => {
  const family = [
    "(parent ann bob)",
    "(parent bob cid)",
    "(parent bob dan)",
    "(parent eve cid)",
    "(female ann)",
    "(female eve)",
  ];

  it("give one result for each way to match all patterns", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, ...family);
    expect(matches(env, "(, (parent $a $b) (parent $b $c))", "($a $c)")).toEqual([
      "(ann cid)",
      "(ann dan)",
    ]);
    expect(matches(env, "(, (parent $a cid) (female $a))", "$a")).toEqual(["eve"]);
    expect(matches(env, "(, (parent $a $b))", "$a")).toEqual(["ann", "bob", "bob", "eve"]);
    expect(matches(env, "(,)", "yes")).toEqual(["yes"]);
    expect(matches(env, "(, (female $x) (parent $p nobody))", "$x")).toEqual([]);
    settle(heap, env);
  });

  it("keep their multiset when the planner turns the order round, and look at few rows", () => {
    const heap = makeHeap();
    const env = Environment.create(heap);
    for (let i = 0; i < 500; i++) env.add(atom(`(edge n${i} n${(i * 7) % 500})`));
    env.add(atom("(start n3)"));
    const query = "(, (edge $a $b) (edge $b $c) (start $a))";
    expect(matches(env, query, "($a $b $c)")).toEqual(["(n3 n21 n147)"]);
    const report = env.explain(atom(query));
    expect(report.results).toBe(1);
    expect(report.patterns.map((it) => print(it.pattern).split(" ")[0])).toEqual([
      "(start",
      "(edge",
      "(edge",
    ]);
    expect(report.patterns.map((it) => it.rows)).toEqual([1, 1, 1]);
    settle(heap, env);
  });

  it("agree with a nested loop over all atoms for random patterns", () => {
    const node = fc.constantFrom("a", "b", "c", "d");
    const term = fc.constantFrom("a", "b", "$x", "$y", "$z");
    const fact = fc.tuple(fc.constantFrom("p", "q"), node, node).map((it) => `(${it.join(" ")})`);
    const pattern = fc
      .tuple(fc.constantFrom("p", "q"), term, term)
      .map((it) => `(${it.join(" ")})`);
    fc.assert(
      fc.property(
        fc.array(fact, { minLength: 14, maxLength: 40 }),
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        (facts, patterns) => {
          const heap = makeHeap(8 * 1024 * 1024);
          const env = environmentOf(heap, ...facts);
          const query = `(, ${patterns.join(" ")})`;
          let expected = [atom(query)];
          for (let index = 1; index <= patterns.length; index++) {
            expected = expected.flatMap((partial) => extend(partial, index, facts));
          }
          expect(matches(env, query).toSorted()).toEqual(
            expected.map((it) => print(it)).toSorted(),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

function extend(query: Atom, index: number, facts: readonly string[]): Atom[] {
  const found: Atom[] = [];
  for (const fact of facts) {
    const trail = new Trail();
    const names = new Map();
    const renamed = renameFresh(query, names);
    const part = renamed.tag === 2 ? renamed.children[index]! : renamed;
    if (unify(part, atom(fact), trail)) {
      // Unbound variables go back to their names, so that the next round can print and match them.
      const back = new Trail();
      for (const [original, fresh] of names) if (fresh.value === null) back.bind(fresh, original);
      found.push(resolve(renamed));
      back.undoTo(0);
    }
    trail.undoTo(0);
  }
  return found;
}

describe("indexes", () => {
  const size = 2000;
  const env = Environment.create(makeHeap());
  for (let i = 0; i < size; i++)
    env.add(atom(`(edge n${i % 100} (at ${i}) "t${i % 50}" ${i / 2})`));
  env.add(atom('(edge $any (at 7) "t7" 0)'));

  function rowsOf(pattern: string): { index: string; rows: number; results: number } {
    const { patterns, results } = env.explain(atom(pattern));
    return { index: patterns[0]!.relations[0]!.index, rows: patterns[0]!.rows, results };
  }

  it("serve every argument position: symbols, strings, floats, integers for floats", () => {
    expect(rowsOf("(edge n3 $b $c $d)")).toEqual({ index: "place 1", rows: 21, results: 21 });
    expect(rowsOf('(edge $a $b "t3" $d)')).toEqual({ index: "place 3", rows: 40, results: 40 });
    expect(rowsOf("(edge $a $b $c 1.5)")).toEqual({ index: "place 4", rows: 1, results: 1 });
    expect(rowsOf("(edge $a $b $c 4.0)")).toEqual({ index: "place 4", rows: 1, results: 1 });
    expect(rowsOf("(edge $a $b $c 4)")).toEqual({ index: "place 4", rows: 1, results: 1 });
  });

  it("serve nested expressions by their head, and choose the most selective bound place", () => {
    expect(rowsOf("(edge $a (by $x) $c $d)")).toEqual({ index: "place 2", rows: 0, results: 0 });
    expect(rowsOf('(edge n3 (at 103) "t3" $d)').results).toBe(1);
    expect(rowsOf('(edge n3 (at 103) "t3" $d)').rows).toBeLessThanOrEqual(21);
    expect(rowsOf("(edge n3 $b $c 51.5)")).toEqual({ index: "place 4", rows: 1, results: 1 });
  });

  it("are built only when those that exist select too little", () => {
    const heap = makeHeap();
    const some = Environment.create(heap);
    for (let i = 0; i < 300; i++) some.add(atom(`(edge n${i} m${i % 2})`));
    matches(some, "(edge n3 $y)");
    const before = statsOf(heap).liveBytes;
    expect(matches(some, "(edge n5 m1)").length).toBe(1);
    expect(statsOf(heap).liveBytes).toBe(before);
    settle(heap, some);
  });

  it("find rows with a variable at the bound place, in insertion order", () => {
    const found = matches(env, "(edge n9 $b $c $d)", "$d");
    expect(found.length).toBe(21);
    expect(found.at(-1)).toBe("0");
  });

  it("are kept by writes, shared by clones, and followed by removal", () => {
    const clone = env.clone();
    clone.add(atom('(edge n3 new "t" 0)'));
    expect(clone.explain(atom("(edge n3 $b $c $d)")).results).toBe(22);
    expect(env.explain(atom("(edge n3 $b $c $d)")).results).toBe(21);
    expect(clone.remove(atom('(edge $renamed (at 7) "t7" 0)'))).toBe(true);
    expect(clone.explain(atom("(edge n3 $b $c $d)")).patterns[0]!.rows).toBe(21);
    checkEnvironment(clone);
    checkEnvironment(env);
    clone.dispose();
  });
});

function version(env: Environment, head: string): string {
  const set = ruleSet(handleOf(env), null, symbol(head), 1)!;
  return `${set.writer} ${set.sequence}`;
}

describe("rule sets", () => {
  it("hold the rules of a head and arity in insertion order, with the events that added them", () => {
    const heap = makeHeap();
    const env = environmentOf(
      heap,
      "(= (f $x) one)",
      "(= (g $x) no)",
      "(= f nullary)",
      "(= (f $x $y) two)",
      "(= (f 1) three)",
      "(= $any open)",
      "(= ((f $x) $y) curried)",
    );
    const rules = (head: string | null, arity: number): string[] =>
      (ruleSet(handleOf(env), null, head === null ? null : symbol(head), arity)?.rules() ?? []).map(
        (it) => print(it.rule),
      );
    expect(rules("f", 1)).toEqual(["(= (f $x) one)", "(= (f 1) three)"]);
    expect(rules("f", 2)).toEqual(["(= (f $x $y) two)"]);
    expect(rules("f", -1)).toEqual(["(= f nullary)"]);
    expect(rules(null, 1)).toEqual(["(= $any open)", "(= ((f $x) $y) curried)"]);
    expect(rules("h", 1)).toEqual([]);
    const [first, second] = ruleSet(handleOf(env), null, symbol("f"), 1)!.rules();
    expect(second!.id).toBeGreaterThan(first!.id);
    settle(heap, env);
  });

  it("change their version with their content and with nothing else", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(= (f $x) one)", "(= (g $x) no)");
    const before = version(env, "f");
    const clone = env.clone();
    clone.add(atom("(= (g 1) more)"));
    expect(version(clone, "f")).toBe(before);
    clone.add(atom("(= (f 1) more)"));
    expect(version(clone, "f")).not.toBe(before);
    expect(version(env, "f")).toBe(before);
    env.add(atom("(= (f 2) other)"));
    const united = env.union(clone);
    expect(new Set([version(env, "f"), version(clone, "f"), version(united, "f")]).size).toBe(3);
    const last = version(united, "f");
    united.remove(atom("(= (f 2) other)"));
    expect(version(united, "f")).not.toBe(last);
    settle(heap, env, clone, united);
  });

  it("narrow many rules down to those an index selects", () => {
    const heap = makeHeap();
    const env = Environment.create(heap);
    for (let i = 0; i < 200; i++) env.add(atom(`(= (f ${i} $y) r${i})`));
    env.add(atom("(= (f $x 0) any)"));
    const found = ruleSet(handleOf(env), null, symbol("f"), 2)!.candidates([
      atom("7"),
      atom("$free"),
    ]);
    expect(found.map((it) => print(it.rule))).toEqual(["(= (f 7 $y) r7)", "(= (f $x 0) any)"]);
    settle(heap, env);
  });
});

describe("types", () => {
  it("are found by their subject, and their version changes with type assertions only", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(: a A)", "(: a B)", "(: (f a) C)", "(: b D)");
    const types = (text: string): string[] =>
      typesOf(handleOf(env), null, atom(text)).map((it) => print(it));
    expect(types("a")).toEqual(["A", "B"]);
    expect(types("(f a)")).toEqual(["C"]);
    expect(types("c")).toEqual([]);
    const before = typeVersion(handleOf(env), null);
    env.add(atom("(p a)"));
    expect(typeVersion(handleOf(env), null)).toBe(before);
    for (const write of [
      () => env.add(atom("(: c C)")),
      () => void env.remove(atom("(: c C)")),
      () => env.add(atom("(:< A B)")),
    ]) {
      const last = typeVersion(handleOf(env), null);
      write();
      expect(typeVersion(handleOf(env), null)).not.toBe(last);
    }
    const left = env.clone();
    const right = env.clone();
    left.add(atom("(p b)"));
    right.add(atom("(: d D)"));
    const united = left.union(right);
    expect(typeVersion(handleOf(left), null)).toBe(typeVersion(handleOf(env), null));
    expect(typeVersion(handleOf(united), null)).not.toBe(typeVersion(handleOf(left), null));
    settle(heap, env, left, right, united);
  });
});
