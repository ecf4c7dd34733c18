import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { packRows, type RowList } from "../../src/environment/packed-rows.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import type { Heap } from "../../src/memory/heap.js";
import type { Packed } from "../../src/memory/packed.js";
import { print } from "../../src/term/printer.js";
import { atom, contents, makeHeap, multiset } from "./harness.js";
import { ModelClock, ModelEnvironment } from "./model.js";

/** One step of a random program; the numbers are taken modulo what there is. */
type Step =
  | { readonly kind: "add"; readonly env: number; readonly atom: number }
  | { readonly kind: "remove"; readonly env: number; readonly atom: number }
  | { readonly kind: "clone"; readonly env: number }
  | { readonly kind: "union"; readonly env: number; readonly other: number }
  | { readonly kind: "dispose"; readonly env: number }
  | { readonly kind: "pack"; readonly env: number; readonly list: number }
  | { readonly kind: "query"; readonly env: number; readonly atom: number };

const ATOMS = [
  "(edge a b)",
  "(edge b c)",
  "(edge a a)",
  "(edge $x b)",
  "(edge (f 1) b)",
  '(edge "text" 1.5)',
  "(= (f $x) (g $x))",
  "(= (f 1) one)",
  "(= f nullary)",
  "(= $x open)",
  "(: a A)",
  "(: $x B)",
  "symbol",
  "42",
  "$v",
  "($h a)",
  "((f a) b)",
  "()",
];

/** Lists that are packed once and added as they are. */
const LISTS = [ATOMS, ATOMS.slice(0, 5), Array.from({ length: 50 }, (_, i) => ATOMS[i % 5]!)];

const MOST_ENVIRONMENTS = 8;

const env = fc.nat(MOST_ENVIRONMENTS - 1);
const which = fc.nat(ATOMS.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add" as const), env, atom: which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), env, atom: which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("clone" as const), env }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("union" as const), env, other: env }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("dispose" as const), env }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("query" as const), env, atom: which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("pack" as const),
      env,
      list: fc.nat(LISTS.length - 1),
    }),
  },
);

interface Pair {
  readonly real: Environment;
  readonly model: ModelEnvironment;
}

class Program {
  readonly pairs: Pair[];
  readonly packed: Packed<RowList>[];

  constructor(heap: Heap) {
    this.packed = LISTS.map((list) => packRows(heap, list.map(atom)));
    this.pairs = [
      { real: Environment.create(heap), model: ModelEnvironment.create(new ModelClock()) },
    ];
  }

  private at(index: number): Pair {
    return this.pairs[index % this.pairs.length]!;
  }

  private hold(pair: Pair): void {
    if (this.pairs.length >= MOST_ENVIRONMENTS) this.pairs.shift()!.real.dispose();
    this.pairs.push(pair);
  }

  run(it: Step): void {
    const { real, model } = this.at(it.env);
    switch (it.kind) {
      case "add":
        real.add(atom(ATOMS[it.atom]!));
        model.add(ATOMS[it.atom]!);
        return;
      case "remove":
        expect(real.remove(atom(ATOMS[it.atom]!))).toBe(model.remove(ATOMS[it.atom]!));
        return;
      case "pack":
        real.addPacked(this.packed[it.list]!);
        for (const text of LISTS[it.list]!) model.add(text);
        return;
      case "clone":
        this.hold({ real: real.clone(), model: model.clone() });
        return;
      case "union": {
        const other = this.at(it.other);
        this.hold({ real: real.union(other.real), model: model.union(other.model) });
        return;
      }
      case "dispose":
        if (this.pairs.length > 1)
          this.pairs.splice(it.env % this.pairs.length, 1)[0]!.real.dispose();
        return;
      case "query":
        expect(
          [...real.match(atom(ATOMS[it.atom]!), { template: atom("hit") })].length,
        ).toBeGreaterThanOrEqual(0);
    }
  }

  check(): void {
    for (const { real, model } of this.pairs) {
      checkEnvironment(real);
      expect(contents(real)).toEqual(model.atoms());
      expect(real.count).toBe(model.atoms().length);
    }
  }
}

describe("random programs on several environments", () => {
  it("behave as the model of occurrences and seen events, and keep every invariant after each step", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = makeHeap(8 * 1024 * 1024);
        const program = new Program(heap);
        for (const it of steps) {
          program.run(it);
          program.check();
        }
        checkHeap(heap);
        for (const each of program.packed) each.dispose();
        checkHeap(heap);
        for (const { real } of program.pairs) real.dispose();
        drain(heap);
        checkHeap(heap);
        expect(heap.stats().kinds.get("region")).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it("unite associatively and commutatively as multisets, with every ancestor as identity", () => {
    const writes = fc.array(fc.tuple(fc.boolean(), which), { maxLength: 12 });
    fc.assert(
      fc.property(writes, writes, writes, writes, (seed, first, second, third) => {
        const heap = makeHeap(8 * 1024 * 1024);
        const base = Environment.create(heap);
        const write = (target: Environment, list: typeof seed): Environment => {
          for (const [adds, index] of list) {
            if (adds) target.add(atom(ATOMS[index]!));
            else target.remove(atom(ATOMS[index]!));
          }
          return target;
        };
        write(base, seed);
        const a = write(base.clone(), first);
        const b = write(base.clone(), second);
        const c = write(base.clone(), third);
        const ab = a.union(b);
        const ba = b.union(a);
        const bc = b.union(c);
        expect(multiset(ab)).toEqual(multiset(ba));
        expect(multiset(ab.union(c))).toEqual(multiset(a.union(bc)));
        expect(multiset(ab.union(bc))).toEqual(multiset(a.union(bc)));
        expect(contents(a.union(base))).toEqual(contents(a));
        expect(contents(ab.union(a))).toEqual(contents(ab));
        expect(multiset(ab.union(ba))).toEqual(multiset(ab));
      }),
      { numRuns: 100 },
    );
  });

  it("find by every index what a scan of the model finds, after unions too", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e");
    const fact = fc.tuple(name, name).map(([from, to]) => `(edge ${from} ${to})`);
    const query = fc.constantFrom("(edge a $y)", "(edge $x b)", "(edge c d)", "(edge $x $x)");
    const indexStep = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), env, fact }),
      fc.record({ kind: fc.constant("remove" as const), env, fact }),
      fc.record({ kind: fc.constant("query" as const), env, query }),
      fc.record({ kind: fc.constant("pack" as const), env }),
      fc.record({ kind: fc.constant("clone" as const), env }),
      fc.record({ kind: fc.constant("union" as const), env, other: env }),
    );
    fc.assert(
      fc.property(
        fc.array(fact, { minLength: 20, maxLength: 60 }),
        fc.array(indexStep, { maxLength: 50 }),
        (seed, steps) => {
          const heap = makeHeap(8 * 1024 * 1024);
          const pairs: Pair[] = [
            { real: Environment.create(heap), model: ModelEnvironment.create(new ModelClock()) },
          ];
          const at = (index: number): Pair => pairs[index % pairs.length]!;
          const packed = packRows(heap, seed.map(atom));
          for (const text of seed) {
            pairs[0]!.real.add(atom(text));
            pairs[0]!.model.add(text);
          }
          for (const it of steps) {
            const { real, model } = at(it.env);
            if (it.kind === "add") {
              real.add(atom(it.fact));
              model.add(it.fact);
            } else if (it.kind === "remove") {
              expect(real.remove(atom(it.fact))).toBe(model.remove(it.fact));
            } else if (it.kind === "pack") {
              real.addPacked(packed);
              for (const text of seed) model.add(text);
            } else if (it.kind === "clone") {
              pairs.push({ real: real.clone(), model: model.clone() });
            } else if (it.kind === "union") {
              const other = at(it.other);
              pairs.push({ real: real.union(other.real), model: model.union(other.model) });
            } else {
              const wanted = new RegExp(
                it.query
                  .replaceAll(/[()]/gu, "\\$&")
                  .replace("$x $x", "(\\w) \\1")
                  .replaceAll(/\$\w/gu, "\\w"),
                "u",
              );
              const found = [...real.match(atom(it.query))].map((match) => print(match));
              expect(found).toEqual(model.atoms().filter((text) => wanted.test(text)));
            }
            checkEnvironment(at(it.env).real);
            checkEnvironment(pairs.at(-1)!.real);
            if (pairs.length > MOST_ENVIRONMENTS) pairs.shift()!.real.dispose();
          }
          for (const { real, model } of pairs) expect(contents(real)).toEqual(model.atoms());
          checkHeap(heap);
        },
      ),
      { numRuns: 150 },
    );
  });
});
