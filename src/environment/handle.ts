/**
 * Handle: what one thread holds of one environment. An `Environment` has one, which nobody sees but the engine; the
 * functions of this folder take handles.
 *
 *     handle ─┬─▶ holder ── ledger slot ──▶ ledger of the thread (shared words) ──▶ root segment
 *     clone  ─┘
 *
 * Clones that were not written since share a holder, so that cloning touches no shared word.
 *
 * Invariants
 *   HA1  A holder has one reference to the root of its handles, written down in the thread's ledger. It counts its handles
 *        that were not disposed, forgotten ones too.
 *   HA2  `writer` is 0 or a writer that only this handle writes events of. If it is also the root's
 *        head, the handle's next event is the head's next sequence.
 *   HA3  `escaped` is true if anybody else may hold or may have merged an event of `writer`; every way to share a
 *        root goes through `shareRoot`, which sets it.
 *   HA4  Copying a root is the only thing that a write does before it can no longer fail that changes
 *        the handle, and a copied root holds the same.
 *   HA5  A frozen handle keeps its root, all segments of which are frozen, but for indexes built since. Handles cloned
 *        from it have that root too and may leave it.
 *   HA6  A root is written in place by a handle that is alone at its holder, if nobody else holds the root.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { copySegment, release } from "../memory/allocator.js";
import { freezeReachable } from "../memory/freeze.js";
import { type NettedEntry, NO_PAGE, type Page } from "../memory/handle-net.js";
import {
  drop,
  hold,
  holdAnother,
  type LedgerSlot,
  replaceHeld,
  reserve,
} from "../memory/ledger.js";
import { isExclusive, retain } from "../memory/segment.js";
import type { Atom, StateAtom } from "../term/atom.js";
import { NO_WRITER } from "./causal-context.js";
import { Pin } from "./pin.js";
import type { Reads } from "./reads.js";
import type { Store } from "./workspace.js";

/** Two sides of a union set one state and neither had seen the other's: the right side's value stands. */
export interface StateConflict {
  /** The state that both sides had changed. */
  readonly state: StateAtom;
  /** Where it is none that the program has made: what is set, `pragma type-check` or `word &kb`; otherwise null. */
  readonly setting: string | null;
  /** What the left side of the union had made of it. */
  readonly left: Atom;
  /** What the right side had made of it. */
  readonly right: Atom;
}

/** Fields that few handles need, kept apart so that most handles stay small. */
class Rare {
  /** Pins of roots that were left while cursors were live. */
  readonly keptPins: Set<Pin> = new Set();
  /** States on which the sides of a union that made the environment disagreed. */
  conflicts: readonly StateConflict[] = [];
  /** Whether nothing may be written: the handle keeps its root (HA5). */
  isFrozen = false;
}

/** What handles hold together of their root (HA1). */
export class Holder implements NettedEntry {
  readonly slot: LedgerSlot;
  /** The handle that it was made for; another may be the last one. */
  owner: Handle | null = null;
  handleCount = 1;
  /** Set by the net (HN1). */
  page: Page = NO_PAGE;
  place = 0;

  constructor(slot: LedgerSlot) {
    this.slot = slot;
  }
}

/** That of disposed handles. */
const NO_HOLDER = new Holder(0);

/** A holder for one handle on `root`, whose reference it takes over. Throws HeapExhaustedError. */
export function holdRoot({ heap, net }: Store, root: Address): Holder {
  const holder = new Holder(hold(heap, root));
  net.add(holder);
  return holder;
}

/** What an environment is made of. */
export class Handle {
  readonly store: Store;
  /** That no other handle of the store has or had. */
  readonly number: number;
  /** The root's address; 0 once disposed. */
  root: Address;
  holder: Holder;
  writer: number = NO_WRITER;
  /** Whether somebody else may have seen an event of `writer`: since it was taken, the root was shared. */
  escaped = false;
  /** Counts this handle's writes; what was looked up in one generation stays valid for that generation. */
  generation = 0;
  /**
   * Changes whenever a rule or a type may have changed: where two handles of a thread have the same
   * number, they hold the same rules and types. Facts do not count.
   */
  definitions: number;
  /** Whether it was written, or became another, since it was made. */
  modified = false;
  pin: Pin | null = null;
  /** What somebody notes of all that is read; null: nobody does. */
  reads: Reads | null = null;
  rare: Rare | null = null;

  /** On `root`, which has the rules and types of that number, by a holder that counts the handle. */
  constructor(store: Store, root: Address, holder: Holder, definitions: number) {
    this.store = store;
    this.number = store.handleCount++;
    this.definitions = definitions;
    this.root = root;
    this.holder = holder;
  }
}

export function assertLive(handle: Handle): void {
  if (handle.root !== NO_ADDRESS) return;
  throw new OxbowError("ERR_RELEASED", "cannot use an environment: it was disposed");
}

/** As `Environment.freeze`. */
export function freezeHandle(handle: Handle): void {
  freezeReachable(handle.store.words, shareRoot(handle));
  handle.rare ??= new Rare();
  handle.rare.isFrozen = true;
}

/** Before the handle gets another root. Throws ERR_FROZEN. */
export function assertThawed({ rare }: Handle): void {
  if (!rare?.isFrozen) return;
  throw new OxbowError(
    "ERR_FROZEN",
    "cannot write to an environment: it is frozen; write to a clone of it",
  );
}

/** Leaves the handle's holder; the last handle gives up its reference. */
export function leaveHolder(handle: Handle): void {
  const { store, holder } = handle;
  // A handle that is kept though it was disposed must not keep what others hold.
  handle.holder = NO_HOLDER;
  if (--holder.handleCount > 0) return;
  const { heap, net } = store;
  net.remove(holder);
  const root = drop(heap, holder.slot);
  release(heap, root);
  store.shadows?.noteRelease(root);
}

/**
 * `root`, whose reference the handle takes over, in place of the handle's root. Cannot fail for a handle that is alone at
 * its holder, nor after {@link reserve}.
 */
function replaceRoot(handle: Handle, root: Address): void {
  const { store, holder } = handle;
  const old = handle.root;
  handle.root = root;
  if (holder.handleCount === 1) {
    replaceHeld(store.heap, holder.slot, root);
    release(store.heap, old);
    store.shadows?.noteRelease(old);
  } else {
    handle.holder = holdRoot(store, root);
    handle.holder.owner = handle;
    holder.handleCount--;
  }
}

/** Moves the handle to another environment's root, taking over the caller's reference. */
export function becomeRoot(
  handle: Handle,
  root: Address,
  definitions: number = handle.store.nextDefinitions(),
): void {
  replaceRoot(handle, root);
  handle.writer = NO_WRITER;
  handle.generation++;
  handle.definitions = definitions;
}

/** Whether the top segment may be written in place (HA6). */
export function ownsRoot({ store, root, holder }: Handle): boolean {
  return holder.handleCount === 1 && isExclusive(store.words, root);
}

/** Makes the top segment writable: copied if others hold it too (HA4). Throws HeapExhaustedError. */
export function ownRoot(handle: Handle): Address {
  const { heap, shadows } = handle.store;
  const { root } = handle;
  if (ownsRoot(handle)) return root;
  assertThawed(handle);
  if (shadows !== null && ownsBase(handle)) {
    shadows.end(root); // SD3
    return root;
  }
  reserve(heap);
  const shadow = shadows === null ? NO_ADDRESS : shadows.take(root);
  const owned = shadow === NO_ADDRESS ? copySegment(heap, root) : shadow;
  replaceRoot(handle, owned);
  return owned;
}

/** Whether the handle alone holds its root, but for those who make shadows of it. */
function ownsBase({ store, root, holder }: Handle): boolean {
  const isAlone = holder.handleCount === 1 && store.words[root] === 2;
  return isAlone && store.shadows?.has(root) === true;
}

/** The root, to be shared with whoever is to hold it too: what the handle wrote is seen by others from now on. */
export function shareRoot(handle: Handle): Address {
  assertLive(handle);
  handle.escaped = true; // HA3
  return handle.root;
}

/** The root with one more reference, for a segment that is to hold it or a thread that takes it over at once. */
export function retainRoot(handle: Handle): Address {
  const root = shareRoot(handle);
  retain(handle.store.words, root);
  return root;
}

/** A cursor is created: it reads the environment as it is now until it is closed. */
export function takePin(handle: Handle): Pin {
  assertLive(handle);
  let { pin } = handle;
  if (pin === null) {
    pin = new Pin(handle, handle.store.heap, handle.root);
    handle.pin = pin;
  }
  pin.liveCursors++;
  return pin;
}

/** The environment is about to be written, or replaced: live cursors keep what they read. */
export function leavePin(handle: Handle): void {
  const { pin } = handle;
  if (pin === null) return;
  if (pin.liveCursors > 0) {
    handle.rare ??= new Rare();
    pin.keep(handle.rare.keptPins);
  }
  handle.pin = null;
}

/** Ends all cursors, as the handle is disposed (PI3). */
export function endPins(handle: Handle): void {
  handle.pin?.end();
  handle.pin = null;
  for (const pin of handle.rare?.keptPins ?? []) pin.end();
}

/** Adds to what {@link Rare} keeps of the unions that made the environment. */
export function reportConflicts(handle: Handle, conflicts: readonly StateConflict[]): void {
  if (conflicts.length === 0) return;
  handle.rare ??= new Rare();
  handle.rare.conflicts = [...handle.rare.conflicts, ...conflicts];
}

/** A saved state of a handle, to roll back to. */
interface Checkpoint {
  readonly root: Address;
  readonly slot: LedgerSlot;
  readonly modified: boolean;
}

/** Every checkpoint is rolled back or forgotten, once. */
export function takeCheckpoint(handle: Handle): Checkpoint {
  assertLive(handle);
  const { heap } = handle.store;
  const { root, modified } = handle;
  return { root, slot: holdAnother(heap, root), modified };
}

/** Restores the handle. Its writer is abandoned: others may have seen events of what is undone. */
export function rollBack(handle: Handle, checkpoint: Checkpoint): void {
  leavePin(handle);
  // There is room in the ledger: the checkpoint's.
  becomeRoot(handle, drop(handle.store.heap, checkpoint.slot));
  handle.modified = checkpoint.modified;
}

export function forgetCheckpoint(handle: Handle, checkpoint: Checkpoint): void {
  const { heap } = handle.store;
  release(heap, drop(heap, checkpoint.slot));
}
