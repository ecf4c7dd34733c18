import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTaps, TAP_COUNT, Tap, TapReader } from "../../src/sync/taps.js";

function read(reader: TapReader, index = 0): unknown[] {
  reader.views();
  return [...reader.messages(index)];
}

describe("taps", () => {
  it("give what was told in order, whatever was read in between, also around the end of the ring (TP1)", () => {
    const step = fc.oneof(
      fc.record({ tell: fc.integer({ min: 0, max: 60_000 }) }),
      fc.constant("read" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = createTaps();
        const tap = Tap.claim(memory, 1)!;
        const reader = new TapReader(memory);
        const expected: unknown[] = [];
        const found: unknown[] = [];
        for (const [index, each] of steps.entries()) {
          if (each === "read") found.push(...read(reader));
          else {
            const message = { index, text: "ä".repeat(each.tell / 2) };
            if (tap.tell(message)) expected.push(message);
          }
        }
        found.push(...read(reader));
        expect(found).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it("drop what there is no room for, count that, and go on when there is room (TP2)", () => {
    const memory = createTaps();
    const tap = Tap.claim(memory, 3)!;
    const reader = new TapReader(memory);
    const long = "x".repeat(100_000);
    expect([tap.tell({ long }), tap.tell({ long }), tap.tell({ long })]).toEqual([
      true,
      true,
      false,
    ]);
    expect(reader.views()).toMatchObject([{ thread: 3, dropped: 1 }]);
    expect(read(reader)).toHaveLength(2);
    expect(tap.tell({ long: "short" })).toBe(true);
    expect(read(reader)).toEqual([{ long: "short" }]);
  });

  it("are claimed once each, and by no more threads than there are taps (TP3)", () => {
    const memory = createTaps();
    const taps = Array.from({ length: TAP_COUNT + 2 }, (_, thread) => Tap.claim(memory, thread));
    expect(taps.filter((tap) => tap === null)).toHaveLength(2);
    expect(new TapReader(memory).views().map(({ thread }) => thread)).toEqual(
      Array.from({ length: TAP_COUNT }, (_, thread) => thread),
    );
  });

  it("grant a wish once", () => {
    const memory = createTaps();
    const tap = Tap.claim(memory, 1)!;
    const other = Tap.claim(memory, 2)!;
    expect(tap.takeWish()).toBe(0);
    new TapReader(memory).wish(7);
    expect([other.takeWish(), tap.takeWish()]).toEqual([7, 0]);
  });

  it("are read by one thread while another tells", async () => {
    const memory = createTaps();
    const count = 5000;
    const url = new URL("../../dist/src/sync/taps.js", import.meta.url).href;
    const text = `
      const { workerData } = require("node:worker_threads");
      import(${JSON.stringify(url)}).then(({ Tap }) => {
        const tap = Tap.claim(workerData.memory, 1);
        for (let n = 0; n < workerData.count; ) if (tap.tell({ n, text: "y".repeat(n % 300) })) n++;
      });`;
    const worker = new Worker(text, { eval: true, workerData: { memory, count } });
    const reader = new TapReader(memory);
    let next = 0;
    const isDone = new Promise((resolve) => worker.once("exit", resolve));
    while (next < count) {
      if (reader.views().length > 0) {
        for (const message of reader.messages(0)) {
          expect(message).toEqual({ n: next, text: "y".repeat(next % 300) });
          next++;
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await isDone;
  });
});
