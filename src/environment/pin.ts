/**
 * Pin: what a live cursor reads stays as it was when the cursor was created (CU1).
 *
 * All cursors created between two writes share one pin. A pin costs nothing until the environment is
 * written while one of its cursors is live: then it retains the root, so the write copies its path
 * and the cursors continue reading the old one. The last cursor to close gives the root back.
 *
 * Invariants
 *   PI1  A handle's current pin names the handle's current root and is not retained.
 *   PI2  A pin that is retained has a live cursor, and a ledger slot for its root.
 *   PI3  Disposing the handle ends its pins: their cursors throw ERR_RELEASED from then on.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { release } from "../memory/allocator.js";
import { HandleNet, type NettedEntry, NO_PAGE, type Page } from "../memory/handle-net.js";
import type { Heap } from "../memory/heap.js";
import { drop, holdAnother, type LedgerSlot } from "../memory/ledger.js";

const NOT_RETAINED = -1;

/** The name of the net under pins. */
const PINS = "pins";

/** What a cursor throws whose environment was disposed. */
export function endedCursor(): OxbowError {
  return new OxbowError(
    "ERR_RELEASED",
    "cannot read from a cursor: its environment was disposed while it was read",
  );
}

export class Pin implements NettedEntry {
  /** Kept from being collected as long as a cursor reads its root. */
  readonly owner: object;
  readonly heap: Heap;
  readonly root: Address;
  liveCursors = 0;
  page: Page = NO_PAGE;
  place = 0;
  slot: LedgerSlot = NOT_RETAINED;
  #kept: Set<Pin> | null = null;
  #ended = false;

  constructor(owner: object, heap: Heap, root: Address) {
    this.owner = owner;
    this.heap = heap;
    this.root = root;
  }

  /**
   * Keeps the root alive for the live cursors (PI2), as one of `kept`: the environment is about to leave it
   * (PI1).
   */
  keep(kept: Set<Pin>): void {
    this.slot = holdAnother(this.heap, this.root);
    HandleNet.of(this.heap, PINS).add(this);
    this.#kept = kept;
    kept.add(this);
  }

  /** A cursor is finished. */
  close(): void {
    this.liveCursors--;
    if (this.liveCursors === 0) this.#giveBack();
  }

  /** The environment is disposed (PI3). */
  end(): void {
    this.#ended = true;
    this.#giveBack();
  }

  /** Called by a cursor before it reads. */
  check(): void {
    if (this.#ended) throw endedCursor();
  }

  #giveBack(): void {
    if (this.slot === NOT_RETAINED) return;
    HandleNet.of(this.heap, PINS).remove(this);
    release(this.heap, drop(this.heap, this.slot));
    this.slot = NOT_RETAINED;
    this.#kept?.delete(this);
  }
}
