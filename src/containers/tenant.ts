/**
 * Tenants: what a container holds in a heap that it came by itself, and the end of that.
 *
 * Who attaches a map gets a view of the heap with it, and a place among the heap's threads. That place is
 * given up with the last of what was held through it: the map, its snapshots. A heap that the program
 * made and gave to a container is the program's, and stays attached.
 */
import type { Address } from "../base/address.js";
import { asOptions, type Checks } from "../base/arguments.js";
import { release } from "../memory/allocator.js";
import { asHeap, HEAP_CHECKS, Heap, type HeapOptions } from "../memory/heap.js";
import { drop, hold, type LedgerSlot } from "../memory/ledger.js";
import type { SharedHandle } from "../memory/shared-handle.js";

const TENANTS = "containers";

/** Where a container that another thread shared is seen from. */
export interface ReceiveOptions {
  /** This thread's view of the heap that the container is in; otherwise the container gets a view of its own. */
  readonly heap?: Heap;
}

/** Where a container is made. */
export interface ContainerOptions extends HeapOptions {
  /** The heap to make it in; otherwise it gets one of its own, of these options. */
  readonly heap?: Heap;
}

/** What `make` makes in the heap that is given, or in one of its own that goes with the last handle. */
export function createIn<Made>(options: ContainerOptions, make: (heap: Heap) => Made): Made {
  const { heap, ...own } = asOptions("make a shared container", options, CREATING);
  return heap === undefined ? rent(Heap.create(own), make) : make(heap);
}

/** What `make` makes in the heap that is given, or in a view that goes with the last handle. */
export function receiveIn<Made>(
  { memory }: SharedHandle<string>,
  options: ReceiveOptions,
  make: (heap: Heap) => Made,
): Made {
  const { heap } = asOptions("receive a shared container", options, RECEIVING);
  return heap === undefined
    ? rent(Heap.receive({ kind: "Heap", number: 0, memory }), make)
    : make(heap);
}

const RECEIVING: Checks<ReceiveOptions> = { heap: asHeap };
const CREATING: Checks<ContainerOptions> = { ...HEAP_CHECKS, heap: asHeap };

/** How many handles a heap has that goes with the last of them. */
class Tenants {
  count = 0;
}

/** What `make` makes in a heap that is given up with the last handle; at once if it throws. */
function rent<Made>(heap: Heap, make: (heap: Heap) => Made): Made {
  heap.companions.set(TENANTS, new Tenants());
  try {
    return make(heap);
  } catch (error) {
    heap.detach();
    throw error;
  }
}

/** Writes a reference down; takes it over also if it throws HeapExhaustedError. */
export function holdReference(heap: Heap, address: Address): LedgerSlot {
  try {
    return hold(heap, address);
  } catch (error) {
    release(heap, address);
    throw error;
  }
}

/** The same for a handle that a program has. */
export function holdForHandle(heap: Heap, address: Address): LedgerSlot {
  const entry = holdReference(heap, address);
  const tenants = tenantsOf(heap);
  if (tenants !== undefined) tenants.count++;
  return entry;
}

/** Ends a handle's hold; the last one gives the rented heap up. */
export function dropForHandle(heap: Heap, entry: LedgerSlot): void {
  if (heap.detached) return;
  release(heap, drop(heap, entry));
  const tenants = tenantsOf(heap);
  if (tenants !== undefined && --tenants.count === 0) heap.detach();
}

function tenantsOf(heap: Heap): Tenants | undefined {
  return heap.companions.get(TENANTS) as Tenants | undefined;
}
