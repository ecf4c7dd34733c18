import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { SymbolCollection } from "../../src/environment/symbol-collection.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { becomeIdle } from "../../src/memory/quiet.js";
import { beginEpoch, renew } from "../../src/memory/renewal.js";
import {
  ageSymbols,
  expression,
  forgetSymbols,
  rememberedSymbols,
  string,
  symbol,
  variable,
} from "../../src/term/atom.js";
import { checkSymbols } from "../../src/term/check-symbols.js";
import { PackedAtoms, packAtoms } from "../../src/term/packed-atoms.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { sweepSymbols } from "../../src/term/symbol-sweep.js";
import { Symbols } from "../../src/term/symbols.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const OPTIONS = { maxBytes: 2 ** 26, autoCollect: false };

/** A whole collection in single steps, with all checks after each; how many ids became free. */
function collect(heap: Heap, between: () => void = () => {}): number {
  const { symbols } = Vocabulary.of(heap);
  const collection = SymbolCollection.begin(symbols);
  expect(collection).not.toBeNull();
  for (let more = true; more; ) {
    more = collection!.run(() => true);
    checkHeap(heap);
    checkSymbols(symbols);
    between();
  }
  return collection!.freed;
}

function isKnown(heap: Heap, name: string): boolean {
  return Vocabulary.of(heap).symbols.findId(name) >= 0;
}

const textsOf = (env: Environment): string[] => Array.from(env.atoms(), (each) => print(each));

const names = (count: number, prefix = "name"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

test("names and strings that nothing refers to are forgotten, and their ids and places come back", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const { symbols } = Vocabulary.of(heap);
  for (const name of names(800)) {
    const atom = expression([symbol("seen"), symbol(name), string(`text of ${name}`)]);
    env.add(atom);
    env.remove(atom);
  }
  env.add(parseAtom("(seen me)"));
  const { count, used } = symbols;
  expect(collect(heap)).toBeGreaterThan(1000);
  expect(symbols.used).toBeLessThan(used - 1000);
  expect(names(800).filter((name) => isKnown(heap, name)).length).toBeLessThan(400);
  const bytes = heap.stats().liveBytes;
  for (const name of names(800, "late"))
    env.add(expression([symbol("seen"), symbol(name), string(`text of ${name}`)]));
  expect(symbols.count).toBeLessThan(1.5 * count);
  for (const name of names(800, "late"))
    env.remove(expression([symbol("seen"), symbol(name), string(`text of ${name}`)]));
  expect(heap.stats().kinds.get("symbol text")!.bytes).toBeLessThan(bytes);
  checkSymbols(symbols);
  expect(textsOf(env)).toEqual(["(seen me)"]);
});

test("what anything in the heap refers to stays, wherever it is", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const kb = env.createSpace();
  const state = env.createState(parseAtom("(held-by state)"));
  for (const text of [
    "(fact-head argument)",
    '(fact-head "some string")',
    "(= (rule-head $rule-variable) rule-body)",
    "(: typed-name TypeName)",
    "bare-symbol",
    "((nested head-of-expression) x)",
  ]) {
    env.add(parseAtom(text));
  }
  env.add(expression([symbol("in-space")]), { space: kb });
  using other = Environment.create(heap);
  other.add(parseAtom("(other-environment a)"));
  using shared = SharedEnvironment.create(heap, Environment.create(heap));
  shared.update((inside) => {
    inside.add(parseAtom("(in-shared b)"));
  });
  using packed = packAtoms(heap, [parseAtom("(in-region c)")]);
  const ticket = other.share();
  other.dispose();
  env.add(parseAtom("(emptied 1)"));
  env.remove(parseAtom("(emptied 1)"));
  const before = textsOf(env);
  collect(heap);
  collect(heap);
  for (const name of [
    "fact-head",
    "argument",
    "some string",
    "rule-head",
    "rule-variable",
    "rule-body",
    "typed-name",
    "TypeName",
    "bare-symbol",
    "nested",
    "head-of-expression",
    "in-space",
    "held-by",
    "state",
    "other-environment",
    "in-shared",
    "in-region",
    "emptied",
  ]) {
    expect(isKnown(heap, name), name).toBe(true);
  }
  expect(textsOf(env)).toEqual(before);
  expect(print(env.getState(state))).toBe("(held-by state)");
  expect(print(new PackedAtoms(heap, packed).at(0)!)).toBe("(in-region c)");
  using received = Environment.receive(ticket, heap);
  expect(textsOf(received)).toEqual(["(other-environment a)"]);
  checkEnvironment(env);
});

test("a search that was begun before a collection goes on in what it began with", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  for (const name of names(40)) env.add(expression([symbol("edge"), symbol(name), symbol("gone")]));
  const pattern = expression([symbol("edge"), variable("x"), symbol("gone")]);
  const search = env.match(pattern)[Symbol.iterator]();
  const found = [search.next(), search.next()];
  for (const name of names(40))
    env.remove(expression([symbol("edge"), symbol(name), symbol("gone")]));
  collect(heap);
  for (const name of names(40, "new"))
    env.add(expression([symbol("edge"), symbol(name), symbol("gone")]));
  for (let next = search.next(); next.done !== true; next = search.next()) found.push(next);
  expect(found).toHaveLength(40);
  expect(Array.from(env.match(pattern), (each) => print(each))).toEqual(
    names(40, "new").map((name) => `(edge ${name} gone)`),
  );
  collect(heap);
});

test("patterns of a shape that was met before find what came since, whatever ids the names have now", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const ask = (head: string, name: string): string[] =>
    Array.from(env.match(parseAtom(`(${head} ${name} (p "s" $x))`)), (each) => print(each));
  for (let round = 0; round < 6; round++) {
    const heads = round % 2 === 0 ? ["left", "right"] : ["right", "left"];
    for (const head of heads) env.add(parseAtom(`(${head} n${round} (p "s" ${round}))`));
    for (const head of heads)
      expect(ask(head, `n${round}`)).toEqual([`(${head} n${round} (p "s" ${round}))`]);
    for (const head of heads) expect(ask(head, "absent")).toEqual([]);
    for (const head of heads) env.remove(parseAtom(`(${head} n${round} (p "s" ${round}))`));
    collect(heap);
  }
});

test("a pattern whose head nothing has is not taken for another that got its id", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const ghosts = names(20, "ghost").map((name) => parseAtom(`(${name} $x)`));
  for (const ghost of ghosts) expect([...env.match(ghost)]).toEqual([]);
  const { count } = Vocabulary.of(heap).symbols;
  collect(heap);
  for (const name of names(40, "real")) env.add(parseAtom(`(${name} 1)`));
  expect(Vocabulary.of(heap).symbols.count).toBeLessThan(count + 40);
  for (const ghost of ghosts) expect([...env.match(ghost)]).toEqual([]);
});

test("an expression that was looked for before is found by what is in it, whatever ids its names have now", () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const parts = names(20, "part").map((name) => `(p ${name})`);
  const text = `(has (w (${parts.join(" ")})))`;
  const wanted = parseAtom(text);
  for (const name of names(30, "other")) env.add(parseAtom(`(has (w (${name} x)))`));
  expect([...env.match(wanted)]).toEqual([]);
  collect(heap);
  for (const name of names(30, "later")) env.add(parseAtom(`(has (w (${name} x)))`));
  env.add(parseAtom(text));
  expect([...env.match(wanted)]).toHaveLength(1);
});

test("names of modules and of what a pool locks keep their ids", () => {
  const heap = Heap.create(OPTIONS);
  const { symbols } = Vocabulary.of(heap);
  Environment.create(heap);
  const id = symbols.permanentIdOf("a module");
  collect(heap);
  collect(heap);
  expect(symbols.findId("a module")).toBe(id);
});

test("random programs of several environments keep every atom while a collection goes on beside them", () => {
  const word = fc.nat(30).map((n) => `w${n}`);
  const command = fc.record({
    kind: fc.constantFrom(
      "add",
      "remove",
      "clone",
      "dispose",
      "ask",
      "step",
      "step",
      "union",
      "make",
    ),
    which: fc.nat(3),
    head: fc.constantFrom("f", "g", "h"),
    one: word,
    other: fc.oneof(
      word,
      word.map((each) => `"${each}"`),
    ),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const heap = Heap.create({ maxBytes: 2 ** 25, autoCollect: false });
      const { symbols } = Vocabulary.of(heap);
      let sides = [{ env: Environment.create(heap), model: [] as string[] }];
      let collection: SymbolCollection | null = null;
      for (const { kind, which, head, one, other } of commands) {
        const side = sides[which % sides.length]!;
        const text = `(${head} ${one} ${other})`;
        if (kind === "add") {
          side.env.add(parseAtom(text));
          side.model.push(text);
        } else if (kind === "remove") {
          const at = side.model.indexOf(text);
          expect(side.env.remove(parseAtom(text))).toBe(at >= 0);
          if (at >= 0) side.model.splice(at, 1);
        } else if (kind === "ask") {
          const found = Array.from(side.env.match(parseAtom(`(${head} ${one} $x)`)), (each) =>
            print(each),
          );
          expect(found.toSorted()).toEqual(
            side.model.filter((each) => each.startsWith(`(${head} ${one} `)).toSorted(),
          );
        } else if (kind === "clone" && sides.length < 4) {
          sides.push({ env: side.env.clone(), model: [...side.model] });
        } else if (kind === "make" && sides.length < 4) {
          sides.push({ env: Environment.create(heap), model: [] });
        } else if (kind === "dispose" && sides.length > 1) {
          side.env.dispose();
          sides = sides.filter((each) => each !== side);
        } else if (kind === "union" && sides.length < 4) {
          // What another environment adds comes as words, not as names.
          const made = Environment.create(heap);
          sides.push({ env: made.union(side.env), model: [...side.model] });
          made.dispose();
        } else if (kind === "step") {
          collection ??= SymbolCollection.begin(symbols);
          if (!collection!.run(() => true)) collection = null;
          checkHeap(heap);
          checkSymbols(symbols);
        }
      }
      for (const { env, model } of sides) {
        expect(textsOf(env).toSorted()).toEqual(model.toSorted());
        checkEnvironment(env);
      }
    }),
    { numRuns: 150 },
  );
});

test("a collection waits while another thread uses the heap, and forgets what that one asked for before", async () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const other = Heap.receive(heap.share());
  const { symbols } = Vocabulary.of(heap);
  for (const name of names(100)) Vocabulary.of(other).symbols.idOfText(name);
  expect(SymbolCollection.begin(symbols)).toBeNull();
  const blockedBy = [other.thread];
  const putOff = { isComplete: false, blockedBy, symbolsFreed: 0, bytesMerged: 0 };
  expect(await heap.collect()).toEqual(putOff);
  expect(heap.stats().collector.blockedBy).toEqual(blockedBy);
  becomeIdle(other);
  expect((await heap.collect()).isComplete).toBe(true);
  expect(heap.stats().collector.blockedBy).toEqual([]);
  expect(names(100).filter((name) => symbols.findId(name) >= 0).length).toBeLessThan(50);
  other.detach();
  env.dispose();
});

test("what another thread asks for while a collection goes on stays", () => {
  const heap = Heap.create(OPTIONS);
  Environment.create(heap);
  const other = Heap.receive(heap.share());
  const { symbols } = Vocabulary.of(other);
  for (const name of names(600)) symbols.idOfText(name);
  becomeIdle(other);
  const kept = new Map<string, number>();
  const collection = SymbolCollection.begin(Vocabulary.of(heap).symbols)!;
  other.epoch = heap.epoch;
  for (const forget of other.renewals) forget();
  for (let at = 0; collection.run(() => true); at += 7) {
    const name = `name-${at % 600}`;
    const id = symbols.idOfText(name);
    expect(kept.get(name) ?? id).toBe(id);
    kept.set(name, id);
  }
  expect(kept.size).toBeGreaterThan(5);
  for (const [name, id] of kept) expect(symbols.textOf(id)).toBe(name);
  checkSymbols(symbols);
  other.detach();
});

test("a heap forgets by itself once it has many names, and tells what it did", async () => {
  const heap = Heap.create({ maxBytes: 2 ** 27 });
  Environment.create(heap);
  const { symbols } = Vocabulary.of(heap);
  for (const name of names(70_000)) symbols.idOfText(name);
  for (let turns = 0; heap.stats().collector.symbolsFreed === 0 && turns < 100_000; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { collector } = heap.stats();
  expect(collector.symbolsFreed).toBeGreaterThan(60_000);
  expect(collector.symbolsInUse).toBeLessThan(10_000);
  expect(collector.collections).toBeGreaterThan(0);
  expect(collector.slices).toBeGreaterThan(collector.collections);
  expect(collector.longestPauseMs).toBeGreaterThan(0);
  checkHeap(heap);
});

test("a full heap forgets names before it refuses one more, and refuses what names have no part in", () => {
  const heap = Heap.create({ maxBytes: 2 ** 22, autoCollect: false });
  const env = Environment.create(heap);
  for (let index = 0; index < 15_000; index++) {
    const atom = expression([symbol("passing"), symbol(`${"long".repeat(40)}-${index}`)]);
    env.add(atom);
    env.remove(atom);
  }
  const { collections, symbolsFreed } = heap.stats().collector;
  expect(collections).toBeGreaterThan(0);
  expect(symbolsFreed).toBeGreaterThan(3000);
  checkHeap(heap);
  const fill = (): void => {
    for (let index = 0; ; index++)
      env.add(expression([symbol("staying"), symbol(`${"other".repeat(30)}-${index}`)]));
  };
  expect(fill).toThrow(expect.objectContaining({ code: "ERR_HEAP_EXHAUSTED" }));
  const before = heap.stats().collector.collections;
  for (let times = 0; times < 5; times++) expect(fill).toThrow();
  expect(heap.stats().collector.collections).toBeLessThan(before + 3);
  checkEnvironment(env);
  checkSymbols(Vocabulary.of(heap).symbols);
});

test("a heap that was told not to collect by itself does not", async () => {
  const heap = Heap.create({ maxBytes: 2 ** 27, autoCollect: false });
  const { symbols } = Vocabulary.of(heap);
  Environment.create(heap);
  for (const name of names(70_000)) symbols.idOfText(name);
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(heap.stats().collector.collections).toBe(0);
  expect(symbols.used).toBeGreaterThanOrEqual(70_000);
  expect((await heap.collect()).symbolsFreed).toBeGreaterThan(69_000);
});

test("what a thread held that ended without giving it up goes with a collection", async () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  env.add(parseAtom("(held by me)"));
  const worker = new Worker(new URL("./holding-worker.mjs", import.meta.url), {
    workerData: { handle: heap.share(), environment: env.share() },
  });
  const [names] = (await once(worker, "message")) as [number];
  expect(names).toBe(1);
  env.dispose();
  expect(heap.stats().kinds.get("environment")!.segments).toBeGreaterThan(0);
  await worker.terminate();
  // Where the system does not tell of the end, whoever is told does.
  if (heap.stats().threads > 1 && process.platform !== "linux") heap.recover(worker.threadId);
  expect((await heap.collect()).isComplete).toBe(true);
  drain(heap);
  expect(heap.stats().kinds.get("environment")).toBeUndefined();
  expect(heap.stats().threads).toBe(1);
  expect(heap.stats().collector.referencesReclaimed).toBeGreaterThan(0);
  checkHeap(heap);
});

test("threads that ask for names beside collections have the names they asked for", async () => {
  const heap = Heap.create(OPTIONS);
  const env = Environment.create(heap);
  const workers = [1, 2].map(
    (seed) =>
      new Worker(new URL("./naming-worker.mjs", import.meta.url), {
        workerData: { handle: heap.share(), seed, rounds: 60 },
      }),
  );
  const ended = Promise.all(workers.map((worker) => once(worker, "exit")));
  const workersAre = { over: false };
  void ended.then(() => void (workersAre.over = true));
  while (!workersAre.over) await heap.collect();
  expect(await ended).toEqual([[0], [0]]);
  expect((await heap.collect()).isComplete).toBe(true);
  checkSymbols(Vocabulary.of(heap).symbols);
  checkHeap(heap);
  env.dispose();
});

test("a thread that ends at any step of making or sweeping names leaves a table that the next sweep puts right", () => {
  for (let at = 1; at < 4000; at += 7) {
    const heap = Heap.create({ maxBytes: 2 ** 23, autoCollect: false });
    const { symbols } = Vocabulary.of(heap);
    for (const name of names(40)) symbols.idOfText(name);
    const kept = symbols.permanentIdOf("kept");
    const mortal = new EndingThread(heap);
    const mine = new Symbols(mortal.heap, symbols.table);
    const hasEnded = mortal.endAt(at, () => {
      beginEpoch(mortal.heap);
      sweepSymbols(mine, 0, 20, (id) => id % 5 === 0);
      for (const name of names(30, "new")) mine.idOfText(name);
      sweepSymbols(mine, 20, mine.count, (id) => id % 5 === 0);
    });
    settleEnded(heap, mortal.heap);
    symbols.locked(() => undefined);
    renew(heap);
    checkSymbols(symbols, true);
    beginEpoch(heap);
    sweepSymbols(symbols, 0, symbols.count, () => false);
    checkSymbols(symbols, true);
    expect(symbols.findId("kept")).toBe(kept);
    for (const name of names(80, "last")) expect(symbols.textOf(symbols.idOfText(name))).toBe(name);
    for (const name of names(80, "last"))
      expect(new Symbols(heap, symbols.table).findId(name)).toBeGreaterThanOrEqual(0);
    if (!hasEnded) return;
  }
  throw new Error("the thread came to no end");
});

test("a symbol that nobody has is forgotten by its thread, and one that somebody has stays the same object", async () => {
  const kept = symbol("somebody has this");
  for (const name of names(5000, "nobody has")) symbol(name);
  const before = rememberedSymbols();
  for (let round = 0; round < 3; round++) {
    ageSymbols();
    while (forgetSymbols(100));
    await collectGarbage();
  }
  ageSymbols();
  while (forgetSymbols(100));
  expect(rememberedSymbols()).toBeLessThan(before - 4000);
  expect(symbol("somebody has this")).toBe(kept);
});

/** Collects garbage and lets what follows from it come. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collectNow = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectNow();
  }
}
