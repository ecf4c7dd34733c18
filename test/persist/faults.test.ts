import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { bytesOf, checksum } from "../../src/persist/format.js";
import { parseAtom } from "../../src/term/parser.js";
import { RecordingDisk } from "./recording-disk.js";
import { atomsOf, load, Stored } from "./stored.js";

const HEAP_BYTES = 2 ** 23;

function add(stored: Stored, from: number, to: number): void {
  for (let n = from; n < to; n++) stored.env.add(parseAtom(`(fact ${n} s${n})`));
}

describe("a disk that fails", () => {
  // FP2: also after a write of which nobody knows whether it happened.
  it.each(["write", "flush", "create", "rename", "flushDirectory"])(
    "at any %s leaves what was there, and the store goes on when it works again",
    (failing) => {
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
          add(stored, step * 5, step * 5 + 5);
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

describe("a store with damage", () => {
  const disk = new RecordingDisk();
  const stored = Stored.create(disk, HEAP_BYTES);
  add(stored, 0, 20);
  stored.save();
  add(stored, 20, 30);
  stored.save("named");
  stored.file.close();
  const snapshot = atomsOf(stored.env);
  const files = disk.files();

  /** What is opened, or the code of the error. */
  function open(name: string, bytes: Uint8Array): string[] | string {
    const damaged = RecordingDisk.of(new Map([...files, [name, bytes]]));
    try {
      const { heap, env } = await load(damaged);
      checkHeap(heap);
      checkEnvironment(env);
      return atomsOf(env);
    } catch (error) {
      expect(String(error)).toMatch(/cannot read data: .* at byte \d+/u);
      return (error as { code: string }).code;
    }
  }

  // All of them in test/stress.
  it("is refused or read correctly, whichever byte of it is flipped", () => {
    const data = files.get("data")!;
    const outcomes = { refused: 0, read: 0 };
    for (let at = 0; at < data.length; at += at % 4096 < 64 && at < 8192 ? 1 : 89) {
      const flipped = data.slice();
      flipped[at]! ^= 1 << (at % 8);
      const found = open("data", flipped);
      if (found === "ERR_STORE_DAMAGED") outcomes.refused++;
      else {
        expect(found).toEqual(snapshot);
        outcomes.read++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(100);
    expect(outcomes.read).toBeGreaterThan(100);
  });

  it("is refused or read correctly, wherever it is cut off", () => {
    const data = files.get("data")!;
    for (let length = 0; length < data.length; length += 509) {
      expect(["ERR_STORE_DAMAGED", snapshot]).toContainEqual(open("data", data.slice(0, length)));
    }
  });

  it("of a newer version is refused for that", () => {
    const data = files.get("data")!.slice();
    for (const slot of [0, 1]) {
      const meta = new Int32Array(data.slice(slot * 4096, slot * 4096 + 60).buffer);
      meta[2] = 2;
      meta[14] = checksum(bytesOf(meta.subarray(0, 14)));
      data.set(bytesOf(meta), slot * 4096);
    }
    const newer = RecordingDisk.of(new Map([["data", data]]));
    expect(() => load(newer)).toThrow(
      expect.objectContaining({
        code: "ERR_STORE_VERSION",
        details: expect.objectContaining({ version: 2, supported: 1 }),
      }),
    );
  });
});

describe("a log with damage", () => {
  const disk = new RecordingDisk();
  const stored = Stored.create(disk, HEAP_BYTES);
  const states: string[][] = [];
  stored.save();
  states.push(atomsOf(stored.env));
  for (let commit = 0; commit < 4; commit++) {
    add(stored, commit * 3, commit * 3 + 3);
    stored.commit();
    states.push(atomsOf(stored.env));
  }
  const files = disk.files();
  // And a page of the zeros behind the records.
  const log = files.get("log-1")!.slice(0, stored.file.logBytes + 4096);

  function open(bytes: Uint8Array): string[] | string {
    try {
      return atomsOf((await load(RecordingDisk.of(new Map([...files, ["log-1", bytes]])))).env);
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  it("is refused if the damage is not at the end, and otherwise ends before it", () => {
    let refused = 0;
    for (let at = 0; at < log.length; at += 37) {
      const flipped = log.slice();
      flipped[at]! ^= 1;
      const found = open(flipped);
      if (found === "ERR_STORE_DAMAGED") refused++;
      else expect([states.at(-1), states.at(-2)]).toContainEqual(found);
    }
    expect(refused).toBeGreaterThan(100);
  });

  it("that is cut off is one that ends earlier", () => {
    for (let length = 0; length <= log.length; length += 1021) {
      expect(states).toContainEqual(open(log.slice(0, length)));
    }
    expect(open(log)).toEqual(states.at(-1));
  });

  it("of a snapshot that no meta page has is refused", () => {
    const moved = RecordingDisk.of(new Map([...files, ["log-2", log]]));
    expect(() => load(moved)).toThrow(expect.objectContaining({ code: "ERR_STORE_DAMAGED" }));
  });
});
