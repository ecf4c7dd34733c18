import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { BATCH_HANDLES } from "../../src/memory/handle-net.js";
import { Heap } from "../../src/memory/heap.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

/** Collects garbage and lets finalization come. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

const forgotten = (heap: Heap): number => heap.stats().environments.forgottenCount;

function environments(heap: Heap): number {
  drain(heap);
  return heap.stats().kinds.get("environment")?.segments ?? 0;
}

describe("an environment that is forgotten", () => {
  it("gives its memory back when it is collected, written or not, and is counted", async () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p 1)", "(p 2)");
    const forget = (): void => {
      const clone = base.clone();
      clone.add(atom("(p 3)"));
      base.clone();
      base.union(clone);
      Environment.create(heap).add(atom("(q 1)"));
      Environment.receive(clone.share(), heap);
      base.clone().dispose();
    };
    forget();
    expect(environments(heap)).toBeGreaterThan(2);
    await collectGarbage();
    // A clone that was never written holds nothing of its own, nor does a union that is one of its sides.
    expect(forgotten(heap)).toBe(3);
    expect(environments(heap)).toBe(1);
    expect(contents(base)).toEqual(["(p 1)", "(p 2)"]);
    // It shares what it holds with a clone that was forgotten: both have to be gone.
    settle(heap, base);
    await collectGarbage();
    expect(environments(heap)).toBe(0);
    expect(forgotten(heap)).toBe(4);
  });

  it("is collected beside those that live on, however they were made in one go", async () => {
    const heap = makeHeap();
    const kept: Environment[] = [];
    const makeMany = (count: number): void => {
      for (let index = 0; index < count; index++) {
        const clone = Environment.create(heap);
        clone.add(atom(`(p ${index})`));
        if (index % 10 === 0) kept.push(clone);
      }
    };
    makeMany(100);
    await collectGarbage();
    expect(forgotten(heap)).toBe(90);
    expect(environments(heap)).toBe(10);
    // Of a long run without a pause those that share a page with one that lives wait for it.
    const living = Environment.create(heap);
    (() => {
      for (let index = 0; index < 20 * BATCH_HANDLES; index++) living.clone().add(atom("(p 1)"));
    })();
    await collectGarbage();
    expect(forgotten(heap)).toBeGreaterThanOrEqual(90 + 19 * BATCH_HANDLES);
    checkHeap(heap);
    settle(heap, living, ...kept);
    await collectGarbage();
    expect(forgotten(heap)).toBe(90 + 20 * BATCH_HANDLES);
    checkHeap(heap);
  });

  it("is readable as long as one of its cursors is, which goes with it", async () => {
    const heap = makeHeap();
    const open = (): IterableIterator<unknown> => {
      const env = environmentOf(heap, "(p 1)", "(p 2)", "(p 3)");
      const cursor = env.match(atom("(p $x)"));
      cursor.next();
      env.add(atom("(p 4)"));
      return cursor;
    };
    const cursors = [open()];
    await collectGarbage();
    expect([...cursors.pop()!]).toHaveLength(2);
    open();
    await collectGarbage();
    expect(environments(heap)).toBe(0);
    checkHeap(heap);
  });

  it("is a snapshot of a shared environment, too", async () => {
    const heap = makeHeap();
    const seed = environmentOf(heap, "(p 1)");
    const shared = SharedEnvironment.create(heap, seed);
    const forget = (): void => {
      shared.snapshot();
      shared.update((env) => env.add(atom("(p 2)")));
    };
    forget();
    await collectGarbage();
    expect(forgotten(heap)).toBe(1);
    shared.dispose();
    settle(heap, seed);
    expect(environments(heap)).toBe(0);
  });

  it("takes nothing with it that a later handle holds, in any order of making, disposing and forgetting", async () => {
    const step = fc.record({ what: fc.nat(9), which: fc.nat(1000) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 400 }), async (steps) => {
        const heap = makeHeap(2 ** 25);
        const base = environmentOf(heap, "(p 0)");
        const live: { env: Environment; texts: string[] }[] = [];
        const run = async (): Promise<void> => {
          for (const { what, which } of steps) {
            const index = which % Math.max(1, live.length);
            if (what < 4) live.push({ env: base.clone(), texts: ["(p 0)"] });
            else if (what === 4) base.clone();
            else if (what === 5 && live.length > 0) {
              live[index]!.env.add(atom(`(p ${which})`));
              live[index]!.texts.push(`(p ${which})`);
            } else if (what === 6) live.splice(index, 1)[0]?.env.dispose();
            else if (what === 7) live.splice(index, 1);
            else if (what === 8) await Promise.resolve();
          }
        };
        await run();
        await collectGarbage();
        checkHeap(heap);
        for (const { env, texts } of live) expect(contents(env)).toEqual(texts);
        settle(heap, base, ...live.map(({ env }) => env));
      }),
      { numRuns: 15 },
    );
  });
});

describe("a scope", () => {
  it("disposes what was made in it and hands out what is kept, however it ends", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p 1)");
    const made: Environment[] = [];
    const note = (env: Environment): Environment => {
      made.push(env);
      return env;
    };
    const kept = heap.scope((scope) => {
      const clone = note(base.clone());
      clone.add(atom("(p 2)"));
      note(base.clone()).dispose();
      return scope.keep(note(clone.union(note(base.clone()))));
    });
    expect(made.map((env) => env.disposed)).toEqual([true, true, true, false]);
    expect(contents(kept)).toEqual(["(p 1)", "(p 2)"]);
    const failing = (): unknown =>
      heap.scope(() => {
        note(base.clone());
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    expect(made.at(-1)!.disposed).toBe(true);
    note(base.clone());
    expect(made.at(-1)!.disposed).toBe(false);
    expect(base.disposed).toBe(false);
    settle(heap, base, kept, made.at(-1)!);
    expect(environments(heap)).toBe(0);
  });

  it("goes along with its calls through await, beside other work of the thread", async () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p 1)");
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const work = async (): Promise<Environment[]> => {
      const first = base.clone();
      await turn();
      const second = first.clone();
      await turn();
      return [first, second];
    };
    const outside = work();
    const [inside, other] = await Promise.all([
      heap.scope(async (scope) => {
        const [first, second] = await work();
        return [first!, scope.keep(second!)];
      }),
      heap.scope(work),
    ]);
    expect([...inside, ...other].map((env) => env.disposed)).toEqual([true, false, true, true]);
    const free = await outside;
    expect(free.map((env) => env.disposed)).toEqual([false, false]);
    const broken = heap.scope(async () => {
      free.push(base.clone());
      await turn();
      free.push(base.clone());
      throw new Error("no");
    });
    await expect(broken).rejects.toThrow("no");
    expect(free.splice(2).map((env) => env.disposed)).toEqual([true, true]);
    settle(heap, base, inside[1]!, ...free);
    expect(environments(heap)).toBe(0);
  });

  it("nests: what an inner one keeps is the outer one's, and each heap has its own", () => {
    const heap = makeHeap();
    const other = makeHeap();
    const base = environmentOf(heap, "(p 1)");
    const inner: Environment[] = [];
    heap.scope((scope) => {
      const made = base.clone();
      heap.scope((within) => {
        inner.push(within.keep(base.clone()), base.clone(), Environment.create(other));
        expect(within.keep(made)).toBe(made);
      });
      expect(inner.map((env) => env.disposed)).toEqual([false, true, false]);
      expect(made.disposed).toBe(false);
      expect(scope.keep(inner[2]!)).toBe(inner[2]);
    });
    expect(inner.map((env) => env.disposed)).toEqual([true, true, false]);
    settle(other, inner[2]!);
    settle(heap, base);
  });

  it("of thousands of short-lived clones holds only those that live", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p 1)");
    heap.scope(() => {
      const living = base.clone();
      for (let index = 0; index < 20_000; index++) base.clone().dispose();
      expect(living.disposed).toBe(false);
      expect(environments(heap)).toBe(1);
    });
    settle(heap, base);
  });

  it("that a call outlives takes nothing of what the call makes later", async () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p 1)");
    const late: Promise<Environment>[] = [];
    heap.scope(() => {
      const later = async (): Promise<Environment> => {
        await Promise.resolve();
        return base.clone();
      };
      late.push(later());
    });
    const made = await late[0]!;
    expect(made.disposed).toBe(false);
    settle(heap, base, made);
  });
});

it("an environment is disposed quietly after its thread has left the heap", () => {
  const heap = makeHeap();
  const env = environmentOf(heap, "(p 1)");
  heap.detach();
  expect(env.disposed).toBe(true);
  env.dispose();
  expect(heap.stats().threads).toBe(0);
  const next = Heap.receive(heap.share());
  checkHeap(next);
});
