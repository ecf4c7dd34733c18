/**
 * The life of a handle: made on a root, cloned, handed to another thread, disposed.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { release, retainIn } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { ENVIRONMENT } from "../memory/kinds.js";
import type { SharedHandle } from "../memory/shared-handle.js";
import { issueTicket, redeemTicket } from "../memory/ticket.js";
import { endPins, Handle, holdRoot, leaveHolder, shareRoot } from "./handle.js";
import { createRoot } from "./space.js";
import { giveBackWriter } from "./transaction.js";
import { type Store, storeOf } from "./workspace.js";

/** A handle on a root whose reference it takes over, also if it throws HeapExhaustedError. */
export function handleOn(heap: Heap, root: Address): Handle {
  try {
    return handleIn(storeOf(heap), root);
  } catch (error) {
    release(heap, root);
    throw error;
  }
}

/** A handle on a new, empty environment. Throws HeapExhaustedError. */
export function createHandle(heap: Heap): Handle {
  return handleOn(heap, createRoot(heap));
}

function handleIn(store: Store, root: Address): Handle {
  const handle = new Handle(store, root, holdRoot(store, root), store.nextDefinitions());
  handle.holder.owner = handle;
  return handle;
}

/** A handle with one more reference to `root`. */
export function handleSharing(heap: Heap, root: Address): Handle {
  // The count first: a thread that ends in between must not give up what it never had.
  retainIn(heap, root);
  return handleOn(heap, root);
}

/** A handle of its own on what the handle holds. */
export function cloneHandle(handle: Handle): Handle {
  const root = shareRoot(handle);
  const { store, holder, definitions } = handle;
  holder.handleCount++;
  return new Handle(store, root, holder, definitions);
}

/** As `Environment.share`. */
export function shareHandle(handle: Handle): SharedHandle<"Environment"> {
  return { kind: "Environment", number: issueTicket(handle.store.heap, shareRoot(handle)) };
}

/** As `Environment.receive`. */
export function receiveHandle({ number }: SharedHandle<"Environment">, heap: Heap): Handle {
  // The store before the ticket is taken: it may fail.
  const store = storeOf(heap);
  return handleIn(store, redeemTicket(heap, number, ENVIRONMENT));
}

/** Whether it was disposed, or its thread has given up its place in the heap. */
export function isDisposed(handle: Handle): boolean {
  return handle.root === NO_ADDRESS || handle.store.heap.detached;
}

/** As `Environment.dispose`. */
export function disposeHandle(handle: Handle): void {
  if (isDisposed(handle)) {
    handle.root = NO_ADDRESS;
    return;
  }
  endPins(handle);
  giveBackWriter(handle);
  handle.root = NO_ADDRESS;
  leaveHolder(handle);
}
