import fc from "fast-check";
import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { Merging } from "../../src/environment/merging.js";
import { storeOf } from "../../src/environment/workspace.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { reachableFrom } from "../../src/memory/walk.js";
import { type Atom, expression, symbol } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const OPTIONS = { maxBytes: 2 ** 26, autoCollect: false };

const textsOf = (env: Environment): string[] => Array.from(env.atoms(), (each) => print(each));

const facts = (count: number, head = "edge"): Atom[] =>
  Array.from({ length: count }, (_, index) =>
    parseAtom(`(${head} n${index} m${(index * 7) % 50})`),
  );

function loaded(heap: Heap, atoms: readonly Atom[]): Environment {
  const env = Environment.create(heap);
  for (const atom of atoms) env.add(atom);
  return env;
}

/** A whole merging in single steps, with all checks after each; how many bytes it gave. */
function merge(heap: Heap, environments: readonly Environment[] = []): number {
  const merging = new Merging(storeOf(heap));
  while (merging.run(() => true)) {
    checkHeap(heap);
    for (const env of environments) checkEnvironment(env);
  }
  checkHeap(heap);
  return merging.bytesMerged;
}

/** Bytes of rows and of what leads to them, without names. */
function rowBytes(heap: Heap): number {
  const { kinds } = heap.stats();
  let bytes = 0;
  for (const [kind, use] of kinds)
    if (!kind.startsWith("symbol") && kind !== "ledger") bytes += use.bytes;
  return bytes;
}

test("thirty environments that loaded the same facts by themselves take little more than one", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(1500);
  const environments = [loaded(heap, atoms)];
  const one = rowBytes(heap);
  while (environments.length < 30) environments.push(loaded(heap, atoms));
  const before = rowBytes(heap);
  expect(before).toBeGreaterThan(28 * one);
  const merging = new Merging(storeOf(heap));
  while (merging.run(() => false));
  expect(rowBytes(heap)).toBeLessThan(1.2 * one);
  expect(Math.abs(merging.bytesMerged - (before - rowBytes(heap)))).toBeLessThan(one);
  checkHeap(heap);
  for (const env of environments.slice(0, 3)) checkEnvironment(env);
  expect(textsOf(environments[7]!)).toEqual(atoms.map((atom) => print(atom)));
  expect([...environments[29]!.match(parseAtom("(edge n77 $x)"))]).toHaveLength(1);
});

test("so do those that loaded them for several heads in turn, and those that have built indexes", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(150).flatMap((_, index) => [
    parseAtom(`(likes p${index} q${index % 9})`),
    parseAtom(`(age p${index} ${index})`),
    parseAtom(`(= (rule-${index % 3} $x) (body $x p${index}))`),
  ]);
  const make = (): Environment => {
    const env = loaded(heap, atoms);
    expect(env.countMatches(parseAtom("(likes $x q3)"))).toBeGreaterThan(3);
    return env;
  };
  const environments = [make()];
  const one = rowBytes(heap);
  while (environments.length < 8) environments.push(make());
  expect(merge(heap, environments.slice(0, 2))).toBeGreaterThan(5 * one);
  expect(rowBytes(heap)).toBeLessThan(2 * one);
  for (const env of environments) {
    expect(textsOf(env)).toEqual(atoms.map((atom) => print(atom)));
    expect(env.countMatches(parseAtom("(likes $x q3)"))).toBe(
      environments[0]!.countMatches(parseAtom("(likes $x q3)")),
    );
  }
});

test("what one of them writes afterwards no other sees, and each sees its own", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(60);
  const environments = [1, 2, 3].map(() => loaded(heap, atoms));
  for (const env of environments) expect([...env.match(parseAtom("(edge $x m7)"))]).toHaveLength(2);
  const clone = environments[2]!.clone();
  clone.add(parseAtom("(other 1)"));
  expect(merge(heap, environments)).toBeGreaterThan(0);
  const texts = atoms.map((atom) => print(atom));
  for (const [index, env] of environments.entries()) {
    env.remove(atoms[index * 5]!);
    env.add(parseAtom(`(edge late ${index})`));
    checkEnvironment(env);
  }
  for (const [index, env] of environments.entries()) {
    const expected = [...texts.filter((_, at) => at !== index * 5), `(edge late ${index})`];
    expect(textsOf(env)).toEqual(expected);
    expect(env.countMatches(parseAtom("(edge late $x)"))).toBe(1);
  }
  expect(textsOf(clone)).toEqual([...texts, "(other 1)"]);
});

test("an environment that comes to hold the same later shares what was merged before", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(300);
  const environments = [loaded(heap, atoms), loaded(heap, atoms)];
  merge(heap);
  const before = rowBytes(heap);
  environments.push(loaded(heap, atoms));
  const with3 = rowBytes(heap);
  expect(merge(heap, environments)).toBeGreaterThan(0);
  expect(rowBytes(heap) - before).toBeLessThan(0.1 * (with3 - before));
  environments[0]!.dispose();
  environments[1]!.dispose();
  expect(textsOf(environments[2]!)).toEqual(atoms.map((atom) => print(atom)));
});

test("environments that differ in some facts share what they have in common, block by block", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(6000);
  const one = loaded(heap, atoms);
  const bytes = rowBytes(heap);
  const others = [1, 2, 3].map((at) =>
    loaded(heap, atoms.with(5500, parseAtom(`(edge own ${at})`))),
  );
  merge(heap);
  expect(rowBytes(heap)).toBeLessThan(2.5 * bytes);
  for (const [at, env] of others.entries()) {
    expect(textsOf(env)[5500]).toBe(`(edge own ${at + 1})`);
    checkEnvironment(env);
  }
  checkEnvironment(one);
});

test("a cursor that is open reads on, and its environment is left alone until it is closed", () => {
  const heap = Heap.create(OPTIONS);
  const atoms = facts(200);
  const environments = [loaded(heap, atoms), loaded(heap, atoms)];
  const cursor = environments[0]!.atoms()[Symbol.iterator]();
  const read = [print(cursor.next().value as Atom)];
  merge(heap, environments);
  for (let next = cursor.next(); next.done !== true; next = cursor.next())
    read.push(print(next.value));
  expect(read).toEqual(atoms.map((atom) => print(atom)));
  expect(merge(heap, environments)).toBeGreaterThan(0);
});

test("what other threads hold, what is frozen and what is shared by clones is left as it is", () => {
  const heap = Heap.create(OPTIONS);
  const other = Heap.receive(heap.share());
  const atoms = facts(100);
  const theirs = loaded(other, atoms);
  const frozen = loaded(heap, atoms);
  frozen.freeze();
  const twice = loaded(heap, atoms);
  using clone = twice.clone();
  const sent = loaded(heap, atoms);
  const ticket = sent.share();
  const roots = [theirs, frozen, twice, sent].map((env) => [
    ...reachableFrom(heap.words, handleOf(env).root),
  ]);
  merge(heap);
  for (const [index, env] of [theirs, frozen, twice, sent].entries()) {
    expect([...reachableFrom(heap.words, handleOf(env).root)]).toEqual(roots[index]);
    expect(textsOf(env)).toEqual(atoms.map((atom) => print(atom)));
  }
  Environment.receive(ticket, other).dispose();
  expect(textsOf(clone)).toHaveLength(100);
  other.detach();
});

test("a merging that is given up, or that finds no memory, leaves every environment whole", () => {
  const atoms = facts(120);
  for (let at = 1; at < 40; at += 3) {
    for (const isGivenUp of [true, false]) {
      const heap = Heap.create({ maxBytes: 2 ** 22, autoCollect: false });
      const environments = [1, 2, 3].map(() => loaded(heap, atoms));
      for (const env of environments) env.countMatches(parseAtom("(edge $x m7)"));
      const merging = new Merging(storeOf(heap));
      if (!isGivenUp) heap.failAllocationAt(at);
      let left = at;
      while (merging.run(() => true)) if (isGivenUp && --left === 0) merging.giveUp();
      heap.failAllocationAt(0);
      checkHeap(heap);
      for (const env of environments) {
        checkEnvironment(env);
        expect(env.count).toBe(120);
        env.dispose();
      }
      checkHeap(heap);
    }
  }
});

test("a thread that ends at any step of a merging leaves what others hold as it was, and nothing behind", () => {
  const atoms = facts(40);
  for (let at = 1; at < 100_000; at += 7) {
    const heap = Heap.create({ maxBytes: 2 ** 24, autoCollect: false });
    const mine = loaded(heap, atoms);
    const mortal = new EndingThread(heap);
    const theirs = [1, 2].map(() => loaded(mortal.heap, atoms));
    for (const env of theirs) env.countMatches(parseAtom("(edge $x m7)"));
    const hasEnded = mortal.endAt(at, () => {
      const merging = new Merging(storeOf(mortal.heap));
      while (merging.run(() => true));
    });
    settleEnded(heap, mortal.heap);
    recoverHeap(heap);
    checkHeap(heap);
    checkEnvironment(mine);
    expect(mine.count).toBe(40);
    mine.dispose();
    const { kinds } = heap.stats();
    for (const kind of ["row span", "region", "region chunk", "relation", "tree leaf"])
      expect(kinds.get(kind), `${kind} at step ${at}`).toBeUndefined();
    if (!hasEnded) return;
  }
  throw new Error("the thread came to no end");
});

type Command = {
  readonly kind:
    | "load"
    | "add"
    | "remove"
    | "clone"
    | "dispose"
    | "union"
    | "make"
    | "read"
    | "ask"
    | "step";
  readonly which: number;
  readonly other: number;
  readonly word: number;
};

/** One side of a random program: a heap with environments, and the cursors that are open. */
class World {
  readonly heap = Heap.create({ maxBytes: 2 ** 25, autoCollect: false });
  environments = [Environment.create(this.heap), Environment.create(this.heap)];
  cursors: Iterator<Atom>[] = [];

  /** What the program sees of the command. */
  run({ kind, which, other, word }: Command): unknown {
    const { environments, cursors } = this;
    const env = environments[which % environments.length]!;
    const second = environments[other % environments.length]!;
    switch (kind) {
      case "load":
        for (const atom of facts(20, word % 2 === 0 ? "edge" : "node")) env.add(atom);
        return env.count;
      case "add":
        env.add(parseAtom(`(edge n${word} m${word})`));
        return env.count;
      case "remove":
        return env.remove(parseAtom(`(edge n${word} m${(word * 7) % 50})`));
      case "clone":
        if (environments.length < 5) environments.push(env.clone());
        return environments.length;
      case "make":
        if (environments.length < 5) environments.push(Environment.create(this.heap));
        return environments.length;
      case "dispose":
        if (environments.length > 2) {
          env.dispose();
          this.environments = environments.filter((each) => each !== env);
        }
        return environments.length;
      case "union":
        if (environments.length < 5) environments.push(env.union(second));
        else env.absorb(second);
        return textsOf(env);
      case "read":
        if (cursors.length < 3) cursors.push(env.atoms()[Symbol.iterator]());
        return cursors.map((cursor) => this.readOn(cursor));
      case "ask":
        return Array.from(env.match(parseAtom(`(edge $x m${word})`)), (each) => print(each));
      default:
        return null;
    }
  }

  readOn(cursor: Iterator<Atom>): string {
    try {
      const next = cursor.next();
      if (next.done !== true) return print(next.value);
      this.cursors = this.cursors.filter((each) => each !== cursor);
      return "end";
    } catch (error) {
      this.cursors = this.cursors.filter((each) => each !== cursor);
      return (error as { readonly code: string }).code;
    }
  }
}

test("random programs see the same beside single steps of mergings as without them", () => {
  const command: fc.Arbitrary<Command> = fc.record({
    kind: fc.constantFrom(
      "load",
      "load",
      "load",
      "add",
      "remove",
      "clone",
      "dispose",
      "union",
      "make",
      "read",
      "ask",
      "step",
      "step",
      "step",
    ),
    which: fc.nat(4),
    other: fc.nat(4),
    word: fc.nat(19),
  });
  let merged = 0;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const plain = new World();
      const world = new World();
      let merging: Merging | null = null;
      for (const each of commands) {
        expect(world.run(each)).toEqual(plain.run(each));
        if (each.kind !== "step") continue;
        merging ??= new Merging(storeOf(world.heap));
        let left = 1 + each.word;
        if (!merging.run(() => --left === 0)) {
          merged += merging.bytesMerged;
          merging = null;
        }
        checkHeap(world.heap);
        for (const env of world.environments) checkEnvironment(env);
      }
      while (merging?.run(() => false));
      merged += merge(world.heap, world.environments);
      for (const [index, env] of world.environments.entries()) {
        expect(textsOf(env)).toEqual(textsOf(plain.environments[index]!));
        checkEnvironment(env);
      }
    }),
    { numRuns: 80 },
  );
  expect(merged).toBeGreaterThan(0);
});

test("a heap merges when it is asked to collect, tells how much, and does not if it was made without", async () => {
  const bytesFor = async (merging: boolean): Promise<number> => {
    const heap = Heap.create({ ...OPTIONS, merging });
    const atoms = facts(500);
    const environments = [1, 2, 3, 4].map(() => loaded(heap, atoms));
    const report = await heap.collect();
    expect(report.isComplete).toBe(true);
    expect(heap.stats().collector.bytesMerged).toBe(report.bytesMerged);
    for (const env of environments) expect(env.count).toBe(500);
    return report.bytesMerged;
  };
  expect(await bytesFor(true)).toBeGreaterThan(40_000);
  expect(await bytesFor(false)).toBe(0);
});

test("a heap without room for an atom merges before it refuses it", () => {
  const heap = Heap.create({ maxBytes: 2 ** 23, autoCollect: false });
  const atoms = facts(3000);
  const environments: Environment[] = [];
  while (heap.claimedBytes() < 0.75 * heap.maxBytes) environments.push(loaded(heap, atoms));
  const many = expression(new Array<Atom>(700_000).fill(symbol("a")));
  environments[0]!.add(many);
  expect(heap.stats().collector.bytesMerged).toBeGreaterThan(2 ** 18);
  checkHeap(heap);
  expect(environments[0]!.count).toBe(3001);
  expect(textsOf(environments[1]!)).toEqual(atoms.map((atom) => print(atom)));
});
