import { afterAll, describe, expect, it } from "vitest";
import { SharedMap, SharedVector } from "../../src/containers/index.js";
import { Environment } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { parseAtom } from "../../src/index.js";
import { Heap } from "../../src/memory/heap.js";
import { createThenPack, Packed } from "../../src/memory/packed.js";
import { RegionQueue } from "../../src/memory/region-queue.js";
import type { SharedHandle } from "../../src/memory/shared-handle.js";

const heap = Heap.create({ maxBytes: 2 ** 26 });
const there = Heap.receive(heap.share());
const environment = Environment.create(heap);
environment.add(parseAtom("(p a)"));
const shared = SharedEnvironment.create(heap, environment);
const map = SharedMap.create<string, number>({ heap });
map.set("a", 1);
const vector = SharedVector.create<number>({ heap });
vector.append(7);
const packed = createThenPack<"value">(heap, (region) => {
  const root = region.allocate(1);
  region.write(root, 42);
  return region.pack(root);
});
const queue = RegionQueue.create<"value">(heap, { capacity: 2 });
queue.push(packed);
afterAll(() => there.detach());

interface Shares {
  share(): SharedHandle<string>;
}
type Receive = (handle: SharedHandle<string>) => unknown;

/** Each class that shares, how its handle is received, and whether it is good once. */
const CLASSES: Record<
  string,
  { of: Shares; receive: Receive; look: (it: never) => unknown; once: boolean }
> = {
  Heap: {
    of: heap,
    receive: (handle) => Heap.receive(handle as SharedHandle<"Heap">),
    look: (it: Heap) => {
      it.detach();
      return it.maxBytes;
    },
    once: false,
  },
  Environment: {
    of: environment,
    receive: (handle) => Environment.receive(handle as SharedHandle<"Environment">, there),
    look: (it: Environment) => [...it.atoms()].map(String),
    once: true,
  },
  SharedEnvironment: {
    of: shared,
    receive: (handle) =>
      SharedEnvironment.receive(handle as SharedHandle<"SharedEnvironment">, there),
    look: (it: SharedEnvironment) => [...it.snapshot().atoms()].map(String),
    once: false,
  },
  SharedMap: {
    of: map,
    receive: (handle) => SharedMap.receive<string, number>(handle as SharedHandle<"SharedMap">),
    look: (it: SharedMap) => it.get("a"),
    once: false,
  },
  SharedVector: {
    of: vector,
    receive: (handle) =>
      SharedVector.receive<number>(handle as SharedHandle<"SharedVector">, { heap: there }),
    look: (it: SharedVector) => it.at(0),
    once: false,
  },
  Packed: {
    of: packed,
    receive: (handle) => Packed.receive(handle as SharedHandle<"Packed">, there),
    look: (it: Packed<unknown>) => it.read(it.root),
    once: true,
  },
  RegionQueue: {
    of: queue,
    receive: (handle) => RegionQueue.receive(handle as SharedHandle<"RegionQueue">, there),
    look: (it: RegionQueue<unknown>) => it.length,
    once: true,
  },
};

describe.each(Object.entries(CLASSES))("what %s shares", (name, { of, receive, look, once }) => {
  const seen = (handle: SharedHandle<string>): unknown => look(receive(handle) as never);

  it(`says whose it is, survives a structured clone and is good ${once ? "once" : "again"}`, () => {
    const handle = of.share();
    expect(handle.kind).toBe(name);
    expect(seen(structuredClone(handle))).toEqual(
      look(of === heap ? (heapAgain() as never) : (of as never)),
    );
    if (once)
      expect(() => receive(handle)).toThrow(expect.objectContaining({ code: "ERR_STALE_HANDLE" }));
    else expect(() => seen(handle)).not.toThrow();
  });

  it("is refused by every other class, with the name of the one that takes it, and still good then", () => {
    const handle = of.share();
    for (const [other, { receive: receiveThere }] of Object.entries(CLASSES)) {
      if (other === name) continue;
      const refused = `cannot receive a${/^[AEIOU]/.test(other) ? "n" : ""} ${other}: this is a handle of a`;
      expect(() => receiveThere(handle)).toThrow(refused);
      expect(() => receiveThere(handle)).toThrow(`; ${name}.receive takes it`);
    }
    expect(() => seen(handle)).not.toThrow();
  });
});

/** A view whose end does not end the heap of the others. */
function heapAgain(): Heap {
  return Heap.receive(heap.share());
}

it("handles of one class do not compile as those of another, nor of other content", () => {
  const calls = [
    // @ts-expect-error: a queue's
    () => Packed.receive(queue.share(), heap),
    // @ts-expect-error: a map's
    () => SharedVector.receive(map.share()),
    // @ts-expect-error: a shared environment's
    () => Environment.receive(shared.share(), heap),
    // @ts-expect-error: an environment's
    () => Heap.receive(environment.share()),
  ];
  for (const call of calls) {
    expect(call).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }));
  }
  // @ts-expect-error: a region of something else
  const other: Packed<"other"> = Packed.receive(packed.share(), heap);
  other.dispose();
});

it("a container that is received through a view of the heap takes no place of its own", () => {
  const { threads } = heap.stats();
  const view = SharedMap.receive<string, number>(map.share(), { heap: there });
  expect(heap.stats().threads).toBe(threads);
  view.dispose();
  expect(there.detached).toBe(false);
});
