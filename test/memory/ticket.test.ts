import { once } from "node:events";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { QUEUE, RAW, REGION } from "../../src/memory/kinds.js";
import { drop, hold } from "../../src/memory/ledger.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { issueTicket, redeemTicket } from "../../src/memory/ticket.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const newHeap = (): Heap => Heap.create({ maxBytes: 16 * 2 ** 20 });
const stale = expect.objectContaining({ code: "ERR_STALE_HANDLE" });

test("a ticket is good once, for its own kind, in its own heap, and what it leads to stays until then", () => {
  const heap = newHeap();
  const other = newHeap();
  const target = allocate(heap, 8, RAW);
  const numbers = [issueTicket(heap, target), issueTicket(heap, target)];
  const elsewhere = issueTicket(other, allocate(other, 8, RAW));
  release(heap, target);
  checkHeap(heap);
  expect(recoverHeap(heap)).toMatchObject({ freedSegments: 0, correctedCounts: 0 });
  expect(() => redeemTicket(heap, elsewhere, RAW)).toThrow(stale);
  expect(() => redeemTicket(other, numbers[0]!, RAW)).toThrow(stale);
  for (const number of numbers) {
    expect(Number.isSafeInteger(number)).toBe(true);
    for (const kind of [QUEUE, REGION]) {
      expect(() => redeemTicket(heap, number, kind)).toThrow(stale);
    }
    expect(redeemTicket(heap, number, RAW)).toBe(target);
    expect(() => redeemTicket(heap, number, RAW)).toThrow(stale);
    checkHeap(heap, [target]);
    release(heap, target);
  }
  heap.detach();
  expect(heap.stats().liveSegments).toBe(0);
});

test("what is no ticket's number is refused, whatever it is, and nothing changes", () => {
  const heap = newHeap();
  const target = allocate(heap, 8, RAW);
  const number = issueTicket(heap, target);
  const ticket = number % 2 ** 31;
  const strange = [
    undefined,
    null,
    "7",
    {},
    true,
    1n,
    [number],
    Number.NaN,
    Infinity,
    0.5,
    -number,
  ];
  const near = [number + 1, number - 8, number + 2 ** 31, ticket, target, heap.words.length, 0];
  for (const it of [...strange, ...near, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    expect(() => redeemTicket(heap, it as number, RAW)).toThrow(stale);
  }
  fc.assert(
    fc.property(fc.maxSafeInteger(), (it) => {
      fc.pre(it !== number);
      expect(() => redeemTicket(heap, it, RAW)).toThrow(stale);
    }),
  );
  checkHeap(heap, [target]);
  expect(redeemTicket(heap, number, RAW)).toBe(target);
});

const step = fc.record({ what: fc.nat(5), which: fc.nat(1000), kind: fc.constantFrom(RAW, QUEUE) });

test("of any sequence of numbers given out and taken in, each works once and the counts are right", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.nat(60), (steps, failAt) => {
      const heap = newHeap();
      const open = new Map<number, { target: number; kind: number }>();
      const spent: number[] = [];
      const held: number[] = [];
      heap.failAllocationAt(failAt);
      for (const { what, which, kind } of steps) {
        try {
          if (what < 2) {
            const target = allocate(heap, 16, kind);
            try {
              open.set(issueTicket(heap, target), { target, kind });
            } finally {
              release(heap, target);
            }
          } else if (what < 4 && open.size > 0) {
            const [number, meant] = [...open][which % open.size]!;
            if (meant.kind !== kind) {
              expect(() => redeemTicket(heap, number, kind)).toThrow(stale);
              continue;
            }
            expect(redeemTicket(heap, number, kind)).toBe(meant.target);
            held.push(hold(heap, meant.target));
            open.delete(number);
            spent.push(number);
          } else if (what === 4 && spent.length > 0) {
            expect(() => redeemTicket(heap, spent[which % spent.length]!, kind)).toThrow(stale);
          } else if (held.length > 0) {
            release(heap, drop(heap, held.splice(which % held.length, 1)[0]!));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(HeapExhaustedError);
        }
        checkHeap(heap);
      }
      heap.failAllocationAt(0);
      for (const [number, { target, kind }] of open) {
        expect(redeemTicket(heap, number, kind)).toBe(target);
        release(heap, target);
      }
      for (const entry of held) release(heap, drop(heap, entry));
      heap.detach();
      expect(heap.stats().liveSegments).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test("a thread may end at every step of giving a number out and of taking one in", () => {
  const heap = newHeap();
  let redeemed = 0;
  for (let at = 1, ended = true; ended; at++) {
    const target = allocate(heap, 8, RAW);
    const number = issueTicket(heap, target);
    const entry = hold(heap, target);
    const thread = new EndingThread(heap);
    ended = thread.endAt(at, () => {
      hold(thread.heap, redeemTicket(thread.heap, number, RAW));
      issueTicket(thread.heap, target);
    });
    settleEnded(heap, thread.heap);
    recoverHeap(heap);
    checkHeap(heap);
    try {
      release(heap, redeemTicket(heap, number, RAW));
    } catch (error) {
      expect(error).toEqual(stale);
      redeemed++;
    }
    release(heap, drop(heap, entry));
    drain(heap);
  }
  expect(redeemed).toBeGreaterThan(5);
  // What is left is the ticket that the last thread gave out, its target and the ledger.
  checkHeap(heap);
});

test("of two threads that take in the same numbers each number serves one", async () => {
  const heap = newHeap();
  const count = 20_000;
  const target = hold(heap, allocate(heap, 8, RAW));
  const address = heap.words[target]!;
  const numbers = Array.from({ length: count }, () => issueTicket(heap, address));
  const gate = new SharedArrayBuffer(4);
  const workers = [0, 1].map(() => {
    const workerData = { handle: heap.share(), numbers, gate };
    return new Worker(new URL("./ticket-worker.mjs", import.meta.url), { workerData });
  });
  const ends = workers.map((worker) => once(worker, "exit"));
  const taken = await Promise.all(
    workers.map(async (worker) => (await once(worker, "message"))[0] as number),
  );
  await Promise.all(ends);
  expect(taken[0]! + taken[1]!).toBe(count);
  checkHeap(heap);
  release(heap, drop(heap, target));
  drain(heap);
  expect(heap.stats().kinds.get("raw")).toBeUndefined();
});
