import { describe, expect, it } from "vitest";
import { Environment, environmentOn, handleOf } from "../../src/environment/environment.js";
import { shareRoot } from "../../src/environment/handle.js";
import { handleOn } from "../../src/environment/lifecycle.js";
import type { Shadows } from "../../src/environment/shadows.js";
import { storeOf } from "../../src/environment/workspace.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { retain } from "../../src/memory/segment.js";
import { EndingThread, settleEnded } from "../ending-thread.js";
import { atom, contents, copiesOf, environmentOf, settle } from "./harness.js";

const FACTS = Array.from({ length: 600 }, (_, n) => `(edge n${n % 20} m${n})`);

function makeHeap(shadows: "recent" | "markov" = "recent", maxBytes = 2 ** 26): Heap {
  return Heap.create({ maxBytes, shadows });
}

function shadowsOf(heap: Heap): Shadows {
  return storeOf(heap).shadows!;
}

/** A fork that writes and goes. */
function fork(base: Environment, text = "(edge n3 new)"): void {
  using clone = base.clone();
  clone.add(atom(text));
}

/** Lets the base be known, with shadows ready. */
function warm(heap: Heap, base: Environment, text?: string): void {
  for (let count = 0; count < 5; count++) fork(base, text);
  shadowsOf(heap).prepare();
}

describe.each(["recent", "markov"] as const)("with shadows by %s", (kind) => {
  it("the first write of a fork copies nothing, and is the fork's alone", () => {
    const heap = makeHeap(kind);
    const base = environmentOf(heap, ...FACTS);
    expect(base.countMatches(atom("(edge n3 $x)"))).toBe(30);
    warm(heap, base);
    const clone = base.clone();
    const sibling = base.clone();
    expect(copiesOf(heap, () => clone.add(atom("(edge n3 mine)")))).toBe(0);
    sibling.add(atom("(edge n3 other)"));
    base.add(atom("(edge n3 base)"));
    expect(contents(clone)).toEqual([...FACTS, "(edge n3 mine)"]);
    expect(contents(sibling)).toEqual([...FACTS, "(edge n3 other)"]);
    expect(contents(base)).toEqual([...FACTS, "(edge n3 base)"]);
    expect(clone.countMatches(atom("(edge n3 $x)"))).toBe(31);
    expect(heap.stats().shadows).toMatchObject({ hits: 2 });
    settle(heap, base, clone, sibling);
    expect(heap.stats().liveSegments).toBeLessThan(10);
  });

  it("nine forks in ten that write alike find a shadow, and one in five at most is wasted", async () => {
    const heap = makeHeap(kind);
    const base = environmentOf(heap, ...FACTS);
    for (let count = 0; count < 400; count++) {
      fork(base);
      // The thread has nothing else to do for a moment.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { hits, misses, made, wasted } = heap.stats().shadows;
    expect(hits / (hits + misses)).toBeGreaterThan(0.9);
    expect(wasted / made).toBeLessThan(0.2);
    settle(heap, base);
  });
});

it("is asked for by name", () => {
  expect(() => Heap.create({ shadows: "some" as "none" })).toThrow(
    expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }),
  );
  expect(storeOf(Heap.create({ maxBytes: 2 ** 22 })).shadows).toBeNull();
});

it("a fork that writes elsewhere than foreseen is right, too, and copies what it needs", () => {
  const heap = makeHeap();
  const base = environmentOf(heap, ...FACTS, "(far a)", "(far b)");
  warm(heap, base);
  const clone = base.clone();
  expect(copiesOf(heap, () => clone.remove(atom("(far a)")))).toBeGreaterThan(0);
  expect(contents(clone)).toEqual([...FACTS, "(far b)"]);
  expect(heap.stats().shadows).toMatchObject({ hits: 1 });
  settle(heap, base, clone);
});

it("a base that its owner writes again is written in place, and its shadows go", () => {
  const heap = makeHeap();
  const base = environmentOf(heap, ...FACTS);
  warm(heap, base);
  expect(copiesOf(heap, () => base.add(atom("(edge n1 x)")))).toBe(0);
  const { made, wasted } = heap.stats().shadows;
  expect([made, wasted]).toEqual([4, 4]);
  expect(contents(base)).toEqual([...FACTS, "(edge n1 x)"]);
  const clone = base.clone();
  clone.add(atom("(edge n1 y)"));
  expect(contents(clone)).toEqual([...FACTS, "(edge n1 x)", "(edge n1 y)"]);
  settle(heap, base, clone);
});

it("shadows go with the base that they are of", () => {
  const heap = makeHeap();
  environmentOf(heap, ...FACTS).dispose();
  drain(heap);
  const empty = heap.stats().liveSegments;
  const base = environmentOf(heap, ...FACTS);
  warm(heap, base);
  base.dispose();
  drain(heap);
  expect(heap.stats().liveSegments).toBe(empty);
  checkHeap(heap);
});

it("of more bases than there is room for, those used last have shadows", () => {
  const heap = makeHeap();
  const bases = Array.from({ length: 12 }, (_, n) => environmentOf(heap, ...FACTS, `(base ${n})`));
  for (const base of bases) warm(heap, base);
  const before = heap.stats().shadows.hits;
  for (const base of bases.slice(4)) fork(base);
  expect(heap.stats().shadows.hits - before).toBe(8);
  settle(heap, ...bases);
  expect(heap.stats().liveSegments).toBeLessThan(10);
});

it("a full heap gives shadows up before a write fails", () => {
  const heap = makeHeap("recent", 2 ** 22);
  const base = environmentOf(heap, ...FACTS);
  warm(heap, base);
  const filler = Environment.create(heap);
  let added = 0;
  try {
    for (; ; added++) filler.add(atom(`(filler "${"x".repeat(400)}" ${added})`));
  } catch (error) {
    expect(error).toBeInstanceOf(HeapExhaustedError);
  }
  expect(heap.stats().shadows).toMatchObject({ made: 4, wasted: 4 });
  expect(contents(base)).toEqual(FACTS);
  expect(filler.count).toBe(added);
  settle(heap, base, filler);
});

it("no shadow is made where there is no memory for it, and forks go on without", () => {
  for (let k = 1; k <= 8; k++) {
    const heap = makeHeap();
    const base = environmentOf(heap, ...FACTS);
    for (let count = 0; count < 5; count++) fork(base);
    heap.failAllocationAt(k);
    shadowsOf(heap).prepare();
    heap.failAllocationAt(0);
    fork(base);
    expect(contents(base)).toEqual(FACTS);
    settle(heap, base);
    expect(heap.stats().liveSegments).toBeLessThan(10);
  }
});

/** An act on a base and its forks, each beside a plain list of what it holds. */
class Scene {
  base: Environment;
  held: string[] = ["(a 1)", "(b 2)"];
  readonly forks: [Environment, string[]][] = [];
  readonly heap: Heap;
  #next = 0;

  constructor(heap: Heap) {
    this.heap = heap;
    this.base = environmentOf(heap, ...this.held);
    warm(heap, this.base);
  }

  #new(): string {
    return `(a ${100 + this.#next++})`;
  }

  readonly acts: readonly (() => void)[] = [
    () => fork(this.base),
    () => {
      const text = this.#new();
      const clone = this.base.clone();
      clone.add(atom(text));
      this.forks.push([clone, [...this.held, text]]);
    },
    () => {
      const text = this.#new();
      this.base.add(atom(text));
      this.held = [...this.held, text];
    },
    () => shadowsOf(this.heap).prepare(),
    () => shadowsOf(this.heap).dropAll(),
    () => {
      // The base goes; what was forked of it last is the next.
      const [next, held] = this.forks.pop() ?? [environmentOf(this.heap, "(a 1)"), ["(a 1)"]];
      this.base.dispose();
      this.base = next;
      this.held = held;
    },
  ];

  check(): void {
    expect(contents(this.base)).toEqual(this.held);
    for (const [clone, held] of this.forks) expect(contents(clone)).toEqual(held);
  }

  end(): void {
    this.base.dispose();
    for (const [clone] of this.forks) clone.dispose();
    drain(this.heap);
  }
}

it("adopting, writing, preparing and releasing are right in every order of four", () => {
  const heap = makeHeap();
  new Scene(heap).end();
  const empty = heap.stats().liveSegments;
  for (let order = 0; order < 6 ** 4; order++) {
    const scene = new Scene(heap);
    for (let rest = order, turn = 0; turn < 4; turn++, rest = Math.floor(rest / 6)) {
      scene.acts[rest % 6]!();
      scene.check();
    }
    scene.end();
    if (order % 100 === 0) checkHeap(heap);
  }
  expect(heap.stats().liveSegments).toBe(empty);
});

it("a thread may end at every third step of making shadows and adopting them", () => {
  const heap = makeHeap("recent", 2 ** 25);
  const base = environmentOf(heap, ...FACTS.slice(0, 60));
  const root = shareRoot(handleOf(base));
  let steps = 1;
  for (let isEnded = true; isEnded; steps += 3) {
    const thread = new EndingThread(heap);
    const { heap: other } = thread;
    isEnded = thread.endAt(steps, () => {
      retain(other.words, root);
      const mine = environmentOn(handleOn(other, root));
      // No other thread makes a symbol.
      warm(other, mine, "(edge n3 m4)");
      fork(mine, "(edge n3 m4)");
      mine.dispose();
    });
    settleEnded(heap, other);
    if (steps % 64 < 3) {
      recoverHeap(heap);
      checkHeap(heap);
    }
    expect(base.count).toBe(60);
  }
  expect(steps).toBeGreaterThan(300);
  recoverHeap(heap);
  settle(heap, base);
});
