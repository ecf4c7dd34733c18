import { expect, test, vi } from "vitest";
import type { SharedHandle } from "../../src/containers/index.js";
import { SharedMap, SharedVector } from "../../src/containers/index.js";
import { SharedRoot } from "../../src/containers/shared-root.js";
import { allocate, copySegment } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS } from "../../src/memory/segment.js";
import { incarnationOf, lifeOf } from "../../src/memory/thread-slot.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const HEAP_BYTES = 2 ** 24;

/** A view in the heap of the ending thread, whose words count the steps. */
function viewOf<Kind extends string, View>(
  kind: { receive(this: void, handle: SharedHandle<Kind>): View },
  thread: EndingThread,
  handle: SharedHandle<Kind>,
): View {
  const receive = vi.spyOn(Heap, "receive").mockReturnValue(thread.heap);
  try {
    return kind.receive(handle);
  } finally {
    receive.mockRestore();
  }
}

/** A view of the heap that a container is in. */
function heapView({ memory }: SharedHandle<string>): Heap {
  return Heap.receive({ kind: "Heap", number: 0, memory });
}

/** Ends a thread at every step of `act`; after each end the others go on without being told. */
function endAtEveryStep(
  handle: SharedHandle<string>,
  heap: Heap,
  act: (thread: EndingThread) => void,
  goOn: () => void,
): number {
  let at = 1;
  for (let ended = true; ended; at++) {
    const thread = new EndingThread(heap);
    ended = thread.endAt(at, () => act(thread));
    // As whoever takes the slot over, or is told of the end.
    settleEnded(heap, thread.heap);
    goOn();
    if (at % 4 === 0 || !ended) {
      recoverHeap(heap);
      checkHeap(heap);
    }
    expect(handle.number).toBeGreaterThan(0);
  }
  return at;
}

test("a thread may end at every step of using a shared map; the others read and write on", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const map = SharedMap.create({ heap });
  for (let key = 0; key < 60; key++) map.set(key, { key });
  const handle = map.share();
  const seen = new Set<number>();
  let round = 0;
  const steps = endAtEveryStep(
    handle,
    heap,
    (thread) => {
      const view = viewOf(SharedMap, thread, handle);
      view.get(7);
      view.update((next) => {
        next.set("a", round);
        next.set("b", round);
        next.delete(3);
      });
      view.snapshot().dispose();
      view.set("c", round);
      view.dispose();
    },
    () => {
      const [a, b, c] = [map.get("a"), map.get("b"), map.get("c")];
      expect(a).toEqual(b);
      expect(map.has(3)).toBe(a !== round);
      if (c === round) expect(a).toBe(round);
      seen.add(a === round ? 1 : 0).add(c === round ? 3 : 2);
      map.set(3, round++);
      expect(map.size).toBeGreaterThanOrEqual(60);
    },
  );
  expect(steps).toBeGreaterThan(100);
  // Ended before the update, after it, and after the last write.
  expect(seen).toEqual(new Set([0, 1, 2, 3]));
});

test("a thread may end at every step of appending to a shared vector; all is there, or nothing", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const vector = SharedVector.create({ heap });
  const handle = vector.share();
  let length = 0;
  const steps = endAtEveryStep(
    handle,
    heap,
    (thread) => {
      const view = viewOf(SharedVector, thread, handle);
      view.append("x", "y", "z");
      view.at(-1);
      view.dispose();
    },
    () => {
      expect([length, length + 3]).toContain(vector.length);
      length = vector.append("mine");
      expect(vector.at(-1)).toBe("mine");
    },
  );
  expect(steps).toBeGreaterThan(50);
});

/** A root of one word, and its two views. */
function newRoot(): { heap: Heap; mine: SharedRoot; theirs: SharedRoot } {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const root = allocate(heap, 2 * HEADER_WORDS, RAW);
  heap.words[root + HEADER_WORDS] = 0;
  const mine = SharedRoot.create(heap, root);
  return { heap, mine, theirs: SharedRoot.attach(Heap.receive(heap.share()), mine.number, RAW) };
}

const read = (root: SharedRoot): number =>
  root.read((address) => root.heap.words[address + HEADER_WORDS]!);
const write = (root: SharedRoot, value: number, inside: () => void = () => undefined): void =>
  root.write(copySegment, (address) => {
    root.heap.words[address + HEADER_WORDS] = value;
    inside();
  });

test("readers wait for no writer, and see nothing of it before it is done", () => {
  const { mine, theirs } = newRoot();
  write(mine, 1, () => expect([read(theirs), read(mine)]).toEqual([0, 0]));
  expect([read(theirs), read(mine)]).toEqual([1, 1]);
});

test("a writer whose thread was taken for ended by mistake writes nothing, and the other's write stays", () => {
  const { heap, mine, theirs } = newRoot();
  const lost = expect.objectContaining({ code: "ERR_LOCK_LOST" });
  const late = (): void =>
    write(theirs, 1, () => {
      // What the slot says is all that others know of a thread.
      const { words, thread } = theirs.heap;
      const state = words[theirs.heap.slot]!;
      words[theirs.heap.slot] = 0;
      expect(lifeOf(heap, incarnationOf(words, thread))).not.toBe(0);
      write(mine, 2);
      words[theirs.heap.slot] = state;
    });
  expect(late).toThrow(lost);
  expect([read(theirs), read(mine)]).toEqual([2, 2]);
  write(theirs, 3);
  expect(read(mine)).toBe(3);
  checkHeap(heap);
});

test("who waits for a writer that lives gives up after its time, with nothing written", () => {
  const { mine, theirs } = newRoot();
  const timeout = expect.objectContaining({ code: "ERR_LOCK_TIMEOUT" });
  write(theirs, 1, () => {
    expect(() => mine.write(copySegment, () => undefined, 5)).toThrow(timeout);
    expect(() => theirs.dispose()).toThrow(expect.objectContaining({ code: "ERR_LOCK_REENTERED" }));
  });
  expect(read(mine)).toBe(1);
});

test("a view that a thread attached gives its place in the heap back with its last handle", () => {
  const map = SharedMap.create({ maxBytes: HEAP_BYTES });
  map.set("a", 1);
  const heapOf = (view: SharedMap): Heap => heapView(view.share());
  for (let round = 0; round < 2000; round++) {
    const view = SharedMap.receive(map.share());
    const snapshot = view.snapshot();
    if (round % 2 === 0) view.dispose();
    else snapshot.dispose();
    if (round % 2 === 0) expect(snapshot.get("a")).toBe(1);
    else expect(view.get("a")).toBe(1);
    view.dispose();
    snapshot.dispose();
  }
  expect(heapOf(map).stats().threads).toBe(2);
  const vector = SharedVector.create({ maxBytes: HEAP_BYTES });
  vector.append(1);
  for (let round = 0; round < 2000; round++) SharedVector.receive(vector.share()).dispose();
  expect(vector.at(0)).toBe(1);
  checkHeap(heapOf(map));
});

test("a heap that cannot be attached, or has no container there, keeps no place", () => {
  const map = SharedMap.create({ maxBytes: HEAP_BYTES });
  const handle = map.share();
  const view = heapView(handle);
  const none = allocate(view, 8, RAW);
  for (let round = 0; round < 600; round++) {
    expect(() => SharedMap.receive({ ...handle, number: none })).toThrow(
      expect.objectContaining({ code: "ERR_STALE_HANDLE" }),
    );
  }
  expect(view.stats().threads).toBe(2);
});
