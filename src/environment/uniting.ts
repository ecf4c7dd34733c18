/** Uniting whole environments: what one side has seen of the other is shared, and the rest merged (union.ts). */
import { NO_ADDRESS } from "../base/address.js";
import { reserve } from "../memory/ledger.js";
import { retain } from "../memory/segment.js";
import {
  assertLive,
  assertThawed,
  becomeRoot,
  forgetCheckpoint,
  type Handle,
  leavePin,
  reportConflicts,
  rollBack,
  type StateConflict,
  shareRoot,
  takeCheckpoint,
} from "./handle.js";
import { cloneHandle, disposeHandle } from "./lifecycle.js";
import { coveringSide, mergeInto } from "./union.js";

/** As `Environment.union`. */
export function unite(one: Handle, other: Handle): Handle {
  const { words } = one.store;
  const shared = coveringSide(words, shareRoot(one), shareRoot(other));
  if (shared !== NO_ADDRESS) return cloneHandle(shared === one.root ? one : other);
  return fresh(one, (united) => {
    reportConflicts(united, mergeInto(united, other.root, NO_ADDRESS));
  });
}

/** As `Environment.unionAll`. */
export function uniteAll(first: Handle, rest: readonly Handle[], base: Handle | null): Handle {
  return fresh(first, (united) => absorbAll(united, rest, base));
}

/** A clone that `change` makes a union of; it counts as not written. */
function fresh(handle: Handle, change: (united: Handle) => void): Handle {
  const united = cloneHandle(handle);
  try {
    change(united);
  } catch (error) {
    disposeHandle(united);
    throw error;
  }
  united.modified = false;
  return united;
}

/** As `Environment.absorbAll`. */
export function absorbAll(handle: Handle, others: readonly Handle[], base: Handle | null): void {
  const checkpoint = takeCheckpoint(handle);
  const conflicts: StateConflict[] = [];
  try {
    for (const other of others) conflicts.push(...absorb(handle, other, base));
  } catch (error) {
    rollBack(handle, checkpoint);
    throw error;
  }
  forgetCheckpoint(handle, checkpoint);
  reportConflicts(handle, conflicts);
}

function absorb(handle: Handle, other: Handle, base: Handle | null): StateConflict[] {
  const shared = coveringSide(handle.store.words, handle.root, shareRoot(other));
  if (shared === NO_ADDRESS) return mergeInto(handle, other.root, base?.root ?? NO_ADDRESS);
  if (shared !== handle.root) assign(handle, other);
  return [];
}

/** As `Environment.assign`. */
export function assign(handle: Handle, other: Handle): void {
  assertLive(handle);
  if (handle.root === other.root) return;
  assertThawed(handle);
  leavePin(handle);
  reserve(handle.store.heap);
  retain(handle.store.words, shareRoot(other));
  becomeRoot(handle, other.root, other.definitions);
  handle.modified = true;
}
