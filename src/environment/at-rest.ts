/** Handles of a thread that neither read nor write at present. */
import { NO_ADDRESS } from "../base/address.js";
import { type Handle, Holder, ownsRoot } from "./handle.js";
import type { Store } from "./workspace.js";

/** This thread's handles that are alone at their holders. */
export function handlesAlone({ net }: Store): Handle[] {
  const handles: Handle[] = [];
  for (const holder of net.handles()) {
    if (!(holder instanceof Holder) || holder.handleCount !== 1) continue;
    if (holder.owner?.holder === holder) handles.push(holder.owner);
  }
  return handles;
}

/**
 * Whether the thread reads and writes the environment by this handle alone, and at present neither: then segments that
 * it owns may be replaced by others that hold the same.
 */
export function isAtRest(handle: Handle): boolean {
  if (handle.root === NO_ADDRESS || handle.rare?.isFrozen) return false;
  return (handle.pin?.liveCursors ?? 0) === 0 && ownsRoot(handle);
}
