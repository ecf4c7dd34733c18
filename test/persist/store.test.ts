import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { Environment, Heap, OxbowError, parseAtom, print, Store } from "../../dist/src/index.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Writer } from "../../dist/src/persist/writer.js";

let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "oxbow-store-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function add(env: Environment, ...texts: string[]): void {
  for (const text of texts) env.add(parseAtom(text));
}

function atomsOf(env: Environment): string[] {
  return [...env.atoms()].map((atom) => print(atom));
}

function contentOf(store: Store): string[] {
  using env = store.environment.snapshot();
  return atomsOf(env);
}

/** Told of more and more, in the end of all. */
function expectProgress(told: readonly [number, number][], bytes = told[0]?.[1]): void {
  expect(told.at(-1)).toEqual([bytes, bytes]);
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
  expect(new Set(told.map(([, total]) => total))).toEqual(new Set([bytes]));
}

describe("a store", () => {
  it("has the next time what it had when it was closed", async () => {
    for (let round = 1; round <= 3; round++) {
      await using store = await Store.open(directory);
      expect(contentOf(store)).toHaveLength(round - 1);
      await store.commit((env) => add(env, `(round ${round})`));
      checkHeap(store.heap);
    }
    await using store = await Store.open(directory);
    expect(contentOf(store)).toEqual(["(round 1)", "(round 2)", "(round 3)"]);
  });

  it("is made of an environment that is there, which goes on by itself", async () => {
    using env = Environment.create(Heap.create({ maxBytes: 2 ** 26 }));
    add(env, "(a)", "(b)");
    {
      await using store = await Store.create(directory, env, { durability: "commit" });
      expect(contentOf(store)).toEqual(["(a)", "(b)"]);
      add(env, "(not kept)");
      await store.commit((kept) => add(kept, "(c)"));
      expect(atomsOf(env)).toEqual(["(a)", "(b)", "(not kept)"]);
    }
    await expect(Store.create(directory, env)).rejects.toMatchObject({
      code: "ERR_INVALID_ARGUMENT",
    });
    const heap = { maxBytes: 2 ** 26 } as object;
    await expect(Store.create(`${directory}-new`, env, heap)).rejects.toMatchObject({
      code: "ERR_INVALID_ARGUMENT",
    });
    await using store = await Store.open(directory);
    expect(contentOf(store)).toEqual(["(a)", "(b)", "(c)"]);
    checkHeap(store.heap);
  });

  it("is opened in a heap that holds something, united with what is there, and kept", async () => {
    {
      await using store = await Store.open(directory);
      await store.commit((env) => add(env, "(kept a)", '(text "b")'));
    }
    const heap = Heap.create({ maxBytes: 2 ** 26 });
    using other = Environment.create(heap);
    add(other, "(other c)", "(a kept)");
    {
      await using store = await Store.open(directory, { heap });
      expect(store.heap).toBe(heap);
      await store.commit((env) => env.absorb(other));
      checkHeap(heap);
    }
    const { environment } = await Store.read(directory, undefined, { heap });
    expect(atomsOf(environment)).toEqual(["(kept a)", '(text "b")', "(other c)", "(a kept)"]);
    checkEnvironment(environment);
    environment.dispose();
    expect(atomsOf(other)).toEqual(["(other c)", "(a kept)"]);
    checkHeap(heap);
    const fresh = join(directory, "fresh");
    await using made = await Store.open(fresh, { heap });
    await made.commit((env) => env.assign(other));
    expect(contentOf(made)).toEqual(["(other c)", "(a kept)"]);
  });

  it("writes of a second snapshot what has changed since the first", async () => {
    await using store = await Store.open(directory, { durability: "manual" });
    store.environment.update((env) => {
      for (let n = 0; n < 20_000; n++) add(env, `(edge n${n} n${n + 1})`);
    });
    const full = await store.snapshot();
    store.environment.update((env) => add(env, "(one more)"));
    const next = await store.snapshot();
    expect(next.id).toBe(full.id + 1);
    expect(next.segments).toBeLessThan(30);
    expect(next.bytes).toBeLessThan(full.bytes / 20);
  });

  it("keeps the snapshots that have names, and the last two of the others", async () => {
    await using store = await Store.open(directory, { durability: "manual" });
    for (let n = 1; n <= 5; n++) {
      store.environment.update((env) => add(env, `(n ${n})`));
      await store.snapshot(n === 2 ? { name: "two" } : {});
    }
    const { snapshots } = await store.info();
    expect(snapshots.map(({ id, name }) => name ?? id)).toEqual(["two", 4, 5]);
    const { heap, environment } = await store.read("two");
    checkHeap(heap);
    checkEnvironment(environment);
    expect(atomsOf(environment)).toEqual(["(n 1)", "(n 2)"]);
    await expect(store.read(1)).rejects.toMatchObject({ code: "ERR_INVALID_ARGUMENT" });
  });

  it("writes commits that come together in one flush, and has all of them after a crash", async () => {
    const store = await Store.open(directory, { durability: "commit" });
    await store.commit((env) => add(env, "(first)"));
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.commit((env) => add(env, `(commit ${n})`))),
    );
    const { logBytes } = await store.info();
    expect(logBytes).toBeLessThan(50 * 8192);
    // As another process would find it now.
    const { environment } = await Store.read(directory);
    expect(atomsOf(environment)).toEqual(contentOf(store));
    await store.close();
  });

  it("writes what could not be written before, though nothing has changed since", async () => {
    const store = await Store.open(directory, { durability: "commit" });
    await store.commit((env) => add(env, "(first)"));
    const failure = new OxbowError("ERR_STORE_WRITE", "cannot write: the disk is full");
    const call: Writer["call"] = Reflect.get(Writer.prototype, "call");
    const calls = vi.spyOn(Writer.prototype, "call").mockImplementationOnce(async function (
      this: Writer,
      ask,
    ) {
      await call.call(this, ask);
      throw failure;
    });
    await expect(store.commit((env) => add(env, "(second)"))).rejects.toBe(failure);
    await store.flush();
    expect(calls).toHaveBeenCalledTimes(2);
    calls.mockRestore();
    const { environment } = await Store.read(directory);
    expect(atomsOf(environment)).toEqual(["(first)", "(second)"]);
    await store.close();
  });

  it("refuses to be opened for writing twice, and says who has it", async () => {
    await using _store = await Store.open(directory);
    await expect(Store.open(directory)).rejects.toMatchObject({
      code: "ERR_STORE_LOCKED",
      details: { pid: process.pid },
    });
  });

  it("takes a snapshot by itself when so many operations were done", async () => {
    await using store = await Store.open(directory, { thresholds: { operations: 100 } });
    store.environment.update((env) => {
      for (let n = 0; n < 150; n++) add(env, `(n ${n})`);
    });
    let count = 0;
    while (count === 0) {
      count = (await store.info()).snapshots.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(count).toBe(1);
  });

  it("gives back what snapshots held", async () => {
    await using store = await Store.open(directory, { durability: "manual" });
    for (let round = 0; round < 5; round++) {
      store.environment.update((env) => {
        for (let n = 0; n < 500; n++) add(env, `(fact ${round} ${n})`);
        for (const atom of [...env.atoms()].slice(0, 100)) env.remove(atom);
      });
      await store.snapshot();
      checkHeap(store.heap);
    }
  });

  it("shrinks when it is compacted, and opens as before", async () => {
    const store = await Store.open(directory);
    for (let round = 0; round < 6; round++) {
      store.environment.update((env) => {
        for (const atom of env.atoms()) env.remove(atom);
        for (let n = 0; n < 3000; n++) add(env, `(fact ${round} ${n})`);
      });
      await store.snapshot();
    }
    const { before, after } = await store.compact();
    expect(after).toBeLessThan(before);
    await store.commit((env) => add(env, "(after)"));
    const expected = contentOf(store);
    await store.close();
    await using again = await Store.open(directory);
    expect(contentOf(again)).toEqual(expected);
    expect(readdirSync(directory).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});

describe("an exported store", () => {
  it.each(["none", "deflate", "brotli", undefined])(
    "packed with %s is a store again, and smaller than the heap",
    async (codec) => {
      const path = join(directory, "exported");
      await using store = await Store.open(join(directory, "one"), { durability: "manual" });
      store.environment.update((env) => {
        for (let n = 0; n < 5000; n++) add(env, `(edge n${n % 70} ${n} "t${n % 9}")`);
      });
      const exporting: [number, number][] = [];
      const importing: [number, number][] = [];
      const onProgress = (...progress: [number, number]): void => void exporting.push(progress);
      const options = codec === undefined ? { onProgress } : { codec, onProgress };
      const { heapBytes, bytes } = await store.export(path, options);
      if (codec !== "none") expect(bytes).toBeLessThan(heapBytes / 2);
      await Store.import(path, join(directory, "two"), {
        onProgress: (...progress) => void importing.push(progress),
      });
      // What another thread tells may come behind its answer.
      await vi.waitFor(() => expectProgress(exporting, heapBytes));
      expectProgress(importing, bytes);
      await expect(Store.import(path, join(directory, "two"))).rejects.toMatchObject({
        code: "ERR_INVALID_ARGUMENT",
      });
      await using other = await Store.open(join(directory, "two"));
      checkHeap(other.heap);
      expect(contentOf(other)).toEqual(contentOf(store));
    },
  );

  it("with damage is refused, wherever it is", async () => {
    const path = join(directory, "exported");
    await using store = await Store.open(join(directory, "one"), { durability: "manual" });
    store.environment.update((env) => add(env, "(a b)", "(c 2.5)", '(text "long enough")'));
    await store.export(path);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 23) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 4;
      writeFileSync(path, flipped);
      const imported = Store.import(path, join(directory, `at-${at}`));
      await expect(imported).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_STORE_(DAMAGED|VERSION)$/u) as string,
      });
      expect(
        readdirSync(directory).filter((name) => existsSync(join(directory, name, "data"))),
      ).toEqual(["one"]);
    }
  });
});

describe("a store that is looked at", () => {
  it("tells what differs between two snapshots", async () => {
    await using store = await Store.open(directory, { durability: "manual" });
    store.environment.update((env) => add(env, "(a)", "(b)", "(b)"));
    await store.snapshot({ name: "before" });
    store.environment.update((env) => {
      add(env, "(c)");
      env.remove(parseAtom("(b)"));
    });
    const { id } = await store.snapshot();
    const [self, ...others] = await store.diff("before", id);
    expect(self!.space).toBe(null);
    expect(self!.added.map((atom) => print(atom))).toEqual(["(c)"]);
    expect(self!.removed.map((atom) => print(atom))).toEqual(["(b)"]);
    expect(others).toEqual([]);
  });

  it("is verified, snapshot by snapshot, and the place of damage is named", async () => {
    {
      await using store = await Store.open(directory, { durability: "commit" });
      await store.commit((env) => add(env, "(a)"));
      await store.snapshot({ name: "kept" });
      await store.commit((env) => add(env, "(b)"));
    }
    const told: [number, number][] = [];
    const onProgress = (...progress: [number, number]): void => void told.push(progress);
    const report = await Store.verify(directory, { onProgress });
    expect(report.snapshots).toBeGreaterThan(1);
    expectProgress(told);
    const path = join(directory, "data");
    const bytes = readFileSync(path);
    bytes[8192 + 100]! ^= 1;
    writeFileSync(path, bytes);
    await expect(Store.verify(directory)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  });
});

it("a store whose older snapshot is damaged is refused when it is opened, and can be opened again", async () => {
  {
    await using store = await Store.open(directory, { durability: "manual" });
    store.environment.update((env) => add(env, "(a)"));
    await store.snapshot();
    store.environment.update((env) => add(env, "(b)"));
    await store.snapshot();
  }
  const path = join(directory, "data");
  const whole = readFileSync(path);
  let refusals = 0;
  for (let page = 2; page * 4096 < whole.length; page++) {
    const damaged = Buffer.from(whole);
    damaged[page * 4096]! ^= 1;
    writeFileSync(path, damaged);
    try {
      await using store = await Store.open(directory, { durability: "manual" });
      expect(contentOf(store)).toEqual(["(a)", "(b)"]);
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_STORE_DAMAGED" });
      refusals++;
    }
  }
  expect(refusals).toBeGreaterThan(2);
  writeFileSync(path, whole);
  await using store = await Store.open(directory, { durability: "manual" });
  expect(contentOf(store)).toEqual(["(a)", "(b)"]);
});
