import { expect, test } from "vitest";
import { Heap } from "../../src/memory/heap.js";
import { Board, createBoard } from "../../src/parallel/board.js";

test("a name means the same mutex on every thread, and a dead thread is let out of it", () => {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const address = createBoard(heap);
  const one = new Board(heap, address);
  const two = new Board(Heap.receive(heap.share()), address);
  one.namedMutex(7).lock();
  expect(two.namedMutex(7).tryLock()).toBe(false);
  expect(two.namedMutex(8).tryLock()).toBe(true);
  expect(two.namedMutex(7).lockWithin(1)).toBe(false);
  one.recover(two.owner);
  expect(one.namedMutex(8).tryLock()).toBe(true);
  expect(one.namedMutex(7).isHeld()).toBe(true);
});

test("a pool has a limited number of names", () => {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const board = new Board(heap, createBoard(heap));
  for (let name = 0; name < 32; name++) board.namedMutex(name);
  expect(() => board.namedMutex(32)).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
  expect(board.namedMutex(31).tryLock()).toBe(true);
});
