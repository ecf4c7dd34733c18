import { describe, expect, it } from "vitest";
import { treeCount } from "../../src/containers/tree.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { CONTEXT } from "../../src/environment/space.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { settleEnded } from "../ending-thread.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

describe("a shared environment", () => {
  it("gives snapshots that later updates do not change", () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    using shared = SharedEnvironment.create(heap, seed);
    const before = shared.snapshot();
    const count = shared.update((env) => {
      env.add(atom("(p 2)"));
      return env.count;
    });
    expect(count).toBe(2);
    const after = shared.snapshot();
    expect(contents(before)).toEqual(["(p 1)"]);
    expect(contents(after)).toEqual(["(p 1)", "(p 2)"]);
    expect(contents(seed)).toEqual(["(p 1)"]);
    settle(heap, before, after);
  });

  it("publishes nothing of an update that throws, and unites later with what leaked out of it", () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    using shared = SharedEnvironment.create(heap, seed);
    shared.update((env) => env.add(atom("(p 2)")));
    let leaked: Environment | null = null;
    expect(() =>
      shared.update((env) => {
        env.add(atom("(p lost)"));
        leaked = env.clone();
        throw new Error("no");
      }),
    ).toThrow("no");
    shared.update((env) => env.add(atom("(p 3)")));
    const now = shared.snapshot();
    expect(contents(now)).toEqual(["(p 1)", "(p 2)", "(p 3)"]);
    const united = now.union(leaked!);
    expect(contents(united)).toEqual(["(p 1)", "(p 2)", "(p 3)", "(p lost)"]);
    settle(heap, now, leaked!, united);
  });

  it("keeps its context small over many updates, and each update a state of its own", () => {
    const heap = makeHeap();
    using seed = environmentOf(heap);
    using shared = SharedEnvironment.create(heap, seed);
    const snapshots: Environment[] = [];
    for (let round = 0; round < 50; round++) {
      shared.update((env) => env.add(atom(`(p ${round})`)));
      snapshots.push(shared.snapshot());
    }
    const last = snapshots.at(-1)!;
    const context = heap.words[handleOf(last).root + CONTEXT]!;
    expect(context === 0 ? 0 : treeCount(heap.words, context)).toBeLessThan(3);
    const united = snapshots[3]!.union(snapshots[20]!);
    expect(handleOf(united).root).toBe(handleOf(snapshots[20]!).root);
    settle(heap, ...snapshots, united);
  });

  it("does not give out again the writer of updates that others have seen", () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    using shared = SharedEnvironment.create(heap, seed);
    shared.update((env) => env.add(atom("(p 2)")));
    expect(() =>
      shared.update((env) => {
        env.add(atom("(p lost)"));
        throw new Error("no");
      }),
    ).toThrow("no");
    const apart = seed.clone();
    apart.add(atom("(p apart)"));
    const now = shared.snapshot();
    const united = now.union(apart);
    expect(contents(united)).toEqual(["(p 1)", "(p 2)", "(p apart)"]);
    settle(heap, apart, now, united);
  });

  it("refuses an update inside an update and a disposed view", () => {
    const heap = makeHeap();
    using seed = environmentOf(heap);
    const shared = SharedEnvironment.create(heap, seed);
    expect(() => shared.update(() => shared.update(() => 0))).toThrow(
      expect.objectContaining({ code: "ERR_LOCK_REENTERED" }),
    );
    shared.dispose();
    shared.dispose();
    expect(() => shared.snapshot()).toThrow(/disposed/u);
    settle(heap);
  });

  it("works without blocking", async () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    using shared = SharedEnvironment.create(heap, seed);
    const slow = shared.updateAsync(async (env) => {
      await new Promise((resolve) => setImmediate(resolve));
      env.add(atom("(p 2)"));
    });
    const snapshot = shared.snapshot();
    await slow;
    const after = shared.snapshot();
    expect(contents(after)).toEqual(["(p 1)", "(p 2)"]);
    expect(snapshot.count).toBeGreaterThan(0);
    settle(heap, snapshot, after);
  });
});

describe("an update of a shared environment", () => {
  it("is refused if its change gives a promise, and nothing of it is seen", async () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    using shared = SharedEnvironment.create(heap, seed);
    let end: Promise<void> = Promise.resolve();
    const update = (): unknown =>
      shared.update((env) => {
        const change = async (): Promise<void> => {
          env.add(atom("(p 2)"));
          await Promise.resolve();
          env.add(atom("(p 3)"));
        };
        end = change();
        return end;
      });
    expect(update).toThrow(expect.objectContaining({ code: "ERR_ASYNCHRONOUS" }));
    await expect(end).rejects.toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
    const snapshot = shared.snapshot();
    expect(contents(snapshot)).toEqual(["(p 1)"]);
    settle(heap, snapshot);
  });
});

describe("environments of several threads of one heap", () => {
  it("pass as numbers, and a number keeps what the sender held", () => {
    const heap = makeHeap();
    const other = Heap.receive(heap.share());
    const env = environmentOf(heap, "(p 1)");
    const number = env.share();
    env.add(atom("(p 2)"));
    env.dispose();
    const received = Environment.receive(number, other);
    expect(contents(received)).toEqual(["(p 1)"]);
    received.add(atom("(p 3)"));
    checkEnvironment(received);
    expect(contents(received)).toEqual(["(p 1)", "(p 3)"]);
    received.dispose();
    drain(heap);
    drain(other);
    checkHeap(heap);
  });

  it("are settled when their thread ends without disposing anything, inside an update too", async () => {
    const heap = makeHeap();
    using seed = environmentOf(heap, "(p 1)");
    const shared = SharedEnvironment.create(heap, seed);
    const other = Heap.receive(heap.share());
    const view = SharedEnvironment.receive(shared.share(), other);
    const kept = view.snapshot();
    kept.add(atom("(p lost)"));
    const cursor = kept.match(atom("(p $x)"));
    cursor.next();
    kept.add(atom("(p lost too)"));
    // A change that never ends stands for a thread that ends inside an update.
    await new Promise<void>((enter) => {
      void view.updateAsync((env) => {
        env.add(atom("(p half)"));
        enter();
        return new Promise<never>(() => {});
      });
    });
    settleEnded(heap, other);
    const snapshot = shared.snapshot();
    expect(contents(snapshot)).toEqual(["(p 1)"]);
    shared.update((env) => env.add(atom("(p 2)")));
    snapshot.dispose();
    shared.dispose();
    seed.dispose();
    drain(heap);
    checkHeap(heap);
  });

  it("write apart on two threads' views of one root and unite", () => {
    const heap = makeHeap();
    const other = Heap.receive(heap.share());
    const base = environmentOf(heap, ...Array.from({ length: 100 }, (_, i) => `(p ${i})`));
    const there = Environment.receive(base.share(), other);
    there.add(atom("(p there)"));
    there.remove(atom("(p 50)"));
    base.add(atom("(p here)"));
    const back = Environment.receive(there.share(), heap);
    const united = base.union(back);
    expect(united.count).toBe(101);
    expect(contents(united).slice(-2)).toEqual(["(p here)", "(p there)"]);
    there.dispose();
    drain(other);
    settle(heap, base, back, united);
  });
});

describe("a handle that does not lead to what is meant", () => {
  const stale = expect.objectContaining({ code: "ERR_STALE_HANDLE" });

  it("is refused if it was used before, made up, of another heap or of another kind", () => {
    const heap = makeHeap();
    const strange = makeHeap();
    using base = environmentOf(heap, "(p a)");
    using elsewhere = environmentOf(strange, "(p b)");
    const shared = SharedEnvironment.create(heap, base);
    const used = base.share();
    Environment.receive(used, heap).dispose();
    const { number } = used;
    const notOurs = [elsewhere.share().number, shared.share().number];
    for (const it of [number, 12_345, handleOf(base).root, Number.NaN, -1, ...notOurs]) {
      const handle = { kind: "Environment", number: it } as const;
      expect(() => Environment.receive(handle, heap)).toThrow(stale);
      checkHeap(heap);
    }
    const other = SharedEnvironment.create(strange, elsewhere).share().number;
    for (const it of [
      number,
      base.share().number,
      12_345,
      handleOf(base).root,
      Number.NaN,
      -1,
      other,
    ]) {
      const handle = { kind: "SharedEnvironment", number: it } as const;
      expect(() => SharedEnvironment.receive(handle, heap)).toThrow(stale);
      checkHeap(heap);
    }
    const handle = shared.share();
    using view = SharedEnvironment.receive(handle, heap);
    shared.dispose();
    expect(view.share()).toEqual(handle);
    view.dispose();
    expect(() => SharedEnvironment.receive(handle, heap)).toThrow(stale);
    using next = SharedEnvironment.create(heap, base);
    expect(next.share()).not.toEqual(handle);
    expect(() => SharedEnvironment.receive(handle, heap)).toThrow(stale);
    base.dispose();
    checkHeap(heap);
  });

  it("stays good when memory ends while it is read", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p a)");
    const number = base.share();
    const other = Heap.receive(heap.share());
    Environment.create(other).dispose();
    const views: Environment[] = [];
    for (let failed = false; !failed; ) {
      other.failAllocationAt(1);
      const next = base.share();
      try {
        views.push(Environment.receive(next, other));
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_HEAP_EXHAUSTED" });
        failed = true;
        checkHeap(heap);
        other.failAllocationAt(0);
        views.push(Environment.receive(next, other));
      }
    }
    other.failAllocationAt(0);
    views.push(Environment.receive(number, heap));
    for (const view of views) expect(view.count).toBe(1);
    for (const view of views) view.dispose();
    settle(heap, base);
  });

  it("cannot come of an environment that is disposed or of another heap: nothing is allocated for it", () => {
    const heap = makeHeap();
    const strange = makeHeap();
    using base = environmentOf(heap, "(p a)");
    using elsewhere = environmentOf(strange, "(p b)");
    const gone = environmentOf(heap, "(p c)");
    gone.dispose();
    drain(heap);
    const before = heap.stats().liveSegments;
    const errors = [
      [elsewhere, "ERR_INVALID_ARGUMENT"],
      [gone, "ERR_RELEASED"],
    ] as const;
    for (const [env, code] of errors) {
      expect(() => SharedEnvironment.create(heap, env)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => base.absorbAll([], { base: gone })).toThrow(
      expect.objectContaining({ code: "ERR_RELEASED" }),
    );
    expect(heap.stats().liveSegments).toBe(before);
    checkHeap(heap);
    checkHeap(strange);
  });
});

describe("a number on its way", () => {
  it("keeps its environment through a recovery of the heap, as often as it was given out", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p a)");
    const numbers = [base.share(), base.share()];
    base.add(atom("(p b)"));
    base.dispose();
    checkHeap(heap);
    expect(recoverHeap(heap)).toMatchObject({ correctedCounts: 0 });
    for (const number of numbers) {
      const received = Environment.receive(number, heap);
      expect(contents(received)).toEqual(["(p a)"]);
      settle(heap, received);
    }
  });
});
