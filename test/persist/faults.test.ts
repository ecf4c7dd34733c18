import { describe, expect, it } from "vitest";
import { bytesOf, checksum } from "../../src/persist/format.js";
import { addFacts, closedStore, flipped, loggedStore, openDamaged } from "./damage.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

const HEAP_BYTES = 2 ** 23;

describe("a disk that fails", () => {
  // FP2: also after a write of which nobody knows whether it happened.
  it.each(["write", "flush", "create", "rename", "flushDirectory"])(
    "at any %s leaves what was there, and the store goes on when it works again",
    async (failing) => {
      for (let at = 1, isReached = true; isReached; at++) {
        const disk = new RecordingDisk();
        const stored = Stored.create(disk, HEAP_BYTES);
        let calls = 0;
        isReached = false;
        const fail = (operation: string): void => {
          if (operation !== failing || ++calls !== at) return;
          isReached = true;
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        };
        let durable: string[] | null = null;
        disk.before = fail;
        for (let step = 0; step < 6; step++) {
          addFacts(stored, step * 5, step * 5 + 5);
          try {
            if (step % 3 === 0 || !stored.commit().isLogged) stored.save();
            durable = atomsOf(stored.env);
          } catch (error) {
            expect(error).toMatchObject({ code: "ERR_STORE_WRITE" });
            expect(String(error)).toMatch(
              /ENOSPC.*(snapshot \d+ is still there|nothing was there)/u,
            );
          }
          const now = atomsOf(stored.env);
          const found = disk.list().includes("data") ? atomsOf((await load(disk)).env) : null;
          expect([durable, now]).toContainEqual(found);
        }
        disk.before = () => {};
        stored.save();
        expect(atomsOf((await load(disk)).env)).toEqual(atomsOf(stored.env));
      }
    },
  );
});

// With every byte and every length in test/stress.
describe("a store with damage", () => {
  const store = closedStore();
  const data = store.files.get("data")!;
  const [snapshot] = store.states;

  it("is refused or read correctly, whichever byte of it is flipped", async () => {
    const outcomes = { refused: 0, read: 0 };
    for (let at = 0; at < data.length; at += at % 4096 < 64 && at < 8192 ? 1 : 89) {
      const found = await openDamaged(store, "data", flipped(data, at));
      if (found === "ERR_STORE_DAMAGED") outcomes.refused++;
      else {
        expect(found).toEqual(snapshot);
        outcomes.read++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(100);
    expect(outcomes.read).toBeGreaterThan(100);
  });

  it("is refused or read correctly, wherever it is cut off", async () => {
    for (let length = 0; length < data.length; length += 509) {
      const found = await openDamaged(store, "data", data.slice(0, length));
      expect(["ERR_STORE_DAMAGED", snapshot]).toContainEqual(found);
    }
  });

  it("of a newer version is refused for that", async () => {
    const newer = data.slice();
    for (const slot of [0, 1]) {
      const meta = new Int32Array(newer.slice(slot * 4096, slot * 4096 + 60).buffer);
      meta[2] = 3;
      meta[14] = checksum(bytesOf(meta.subarray(0, 14)));
      newer.set(bytesOf(meta), slot * 4096);
    }
    await expect(load(RecordingDisk.of(new Map([["data", newer]])))).rejects.toThrow(
      expect.objectContaining({
        code: "ERR_STORE_VERSION",
        details: expect.objectContaining({ version: 3, supported: 2 }),
      }),
    );
  });
});

describe("a log with damage", () => {
  const store = loggedStore();
  const { states } = store;
  const log = store.files.get("log-1")!;

  it("is refused if the damage is not at the end, and otherwise ends before it", async () => {
    let refused = 0;
    for (let at = 0; at < log.length; at += 37) {
      const found = await openDamaged(store, "log-1", flipped(log, at, 0));
      if (found === "ERR_STORE_DAMAGED") refused++;
      else expect([states.at(-1), states.at(-2)]).toContainEqual(found);
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("that is cut off is one that ends earlier", async () => {
    for (let length = 0; length <= log.length; length += 1021) {
      expect(states).toContainEqual(await openDamaged(store, "log-1", log.slice(0, length)));
    }
    expect(await openDamaged(store, "log-1", log)).toEqual(states.at(-1));
  });

  it("of a snapshot that no meta page has is refused", async () => {
    const moved = RecordingDisk.of(new Map([...store.files, ["log-2", log]]));
    await expect(load(moved)).rejects.toMatchObject({ code: "ERR_STORE_DAMAGED" });
  });
});
