import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Heap, parseAtom, Store } from "../../dist/src/index.js";
import { Writer } from "../../dist/src/persist/writer.js";
import { parseAtom as parseHere } from "../../src/term/parser.js";
import { collectGarbage } from "./garbage.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

class ThreadEnded extends Error {}

describe("a writing thread that ends", () => {
  // WT2
  it("at any call of the disk is replaced by one that writes everything", async () => {
    for (let at = 1, isReached = true; isReached; at++) {
      const disk = new RecordingDisk();
      let stored = Stored.create(disk, 2 ** 23);
      let calls = 0;
      isReached = false;
      disk.before = () => {
        if (++calls < at) return;
        isReached = true;
        throw new ThreadEnded();
      };
      for (let step = 0; step < 5; step++) {
        for (let n = 0; n < 5; n++) stored.env.add(parseHere(`(fact ${step} ${n})`));
        const before = disk.list().includes("data") ? atomsOf((await load(disk)).env) : null;
        try {
          if (step % 2 === 0 || !stored.commit().isLogged) stored.save();
        } catch {
          disk.before = () => {};
          const now = atomsOf(stored.env);
          const found = disk.list().includes("data") ? atomsOf((await load(disk)).env) : null;
          expect([before, now]).toContainEqual(found);
          stored = stored.withNewFile();
          stored.save();
        }
        expect(atomsOf((await load(disk)).env)).toEqual(atomsOf(stored.env));
      }
    }
  });

  it("is replaced while commits wait, and every one of them is on the disk", async () => {
    const directory = mkdtempSync(join(tmpdir(), "oxbow-store-"));
    const calls = vi.spyOn(Writer.prototype, "call");
    try {
      const store = await Store.open(directory, { durability: "commit" });
      for (let round = 0; round < 10; round++) {
        const commits = Array.from({ length: 5 }, (_, n) =>
          store.commit((env) => env.add(parseAtom(`(commit ${round} ${n})`))),
        );
        // Begun by now, and somewhere in it.
        await new Promise((resolve) => setImmediate(resolve));
        await (calls.mock.contexts.at(-1) as Writer).worker?.terminate();
        await Promise.all(commits);
        const { environment } = await Store.read(directory);
        expect(environment.count).toBe((round + 1) * 5);
        environment.dispose();
      }
      await store.close();
    } finally {
      calls.mockRestore();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

it("a writing thread that was called keeps nothing of the answer", async () => {
  const directory = mkdtempSync(join(tmpdir(), "oxbow-store-"));
  const { buffer } = Heap.create({ maxBytes: 2 ** 26 });
  const writer = new Writer({ buffer, directory, loaded: null });
  try {
    const answers: WeakRef<object>[] = [];
    for (let call = 0; call < 5; call++) {
      answers.push(new WeakRef(await writer.ask((calls) => calls.info())));
    }
    await writer.ask((calls) => calls.isSaved());
    // What was asked last may still be on the way out of this job.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(answers.filter((answer) => answer.deref() !== undefined)).toEqual([]);
  } finally {
    await writer.end();
    rmSync(directory, { recursive: true, force: true });
  }
});
