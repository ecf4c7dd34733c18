/**
 * Causal context: which events an environment has seen.
 *
 * Every write is an event (writer, sequence). A writer is a period of writing by one handle: a handle that
 * writes for the first time takes a fresh number from the heap, so no two environments ever issue
 * the same event. The events of one writer are seen in order, so the context is one number per
 * writer: the last seen. The writer of the last event is in the root (the head), all others in
 * the root's context tree.
 *
 *     root.head = (7, 12)        context tree:  3 → 40,  5 → 2,  7 → 9
 *                                               (the head's own entry may be out of date or missing)
 *
 * Invariants
 *   CC1  An environment that has seen an event has seen everything that its writer had seen when it
 *        wrote it (contexts are only ever copied whole or merged).
 *   CC2  So an event names the state it led to: environments with equal heads hold the same, and an
 *        environment that has seen another's head has seen all of it.
 *   CC3  The event of every live row, of every relation's version and of every state is in the context.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind, treeInsert } from "../containers/tree.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { PLAIN } from "../containers/tree-node.js";
import type { Heap } from "../memory/heap.js";
import { ownTree } from "./ownership.js";
import { CONTEXT, HEAD_SEQUENCE, HEAD_WRITER } from "./space.js";

/** No event: what an environment starts from. Seen by all. */
export const NO_WRITER = 0;

/** The writer of names that no event gives: registers.ts, settings.ts. Whoever has such a name has seen it. */
export const NAMED = -1;

/** Sequences start at 1; a handle that has exhausted them takes another writer. */
export const LAST_SEQUENCE = 0x7fff_ffff;

export function readHeadWriter(words: Int32Array, root: Address): number {
  return words[root + HEAD_WRITER]!;
}

export function readHeadSequence(words: Int32Array, root: Address): number {
  return words[root + HEAD_SEQUENCE]!;
}

/** The last sequence of `writer` that the environment has seen; 0 for none. */
function lastSeen(words: Int32Array, root: Address, writer: number): number {
  if (writer <= NO_WRITER) return Number.POSITIVE_INFINITY;
  if (words[root + HEAD_WRITER] === writer) return words[root + HEAD_SEQUENCE]!;
  const context = words[root + CONTEXT]!;
  if (context === NO_ADDRESS) return 0;
  const last = treeFind(words, context, 0, writer);
  return last === NOT_FOUND ? 0 : last;
}

/** Whether the environment has seen the event. */
export function hasSeen(
  words: Int32Array,
  root: Address,
  writer: number,
  sequence: number,
): boolean {
  return sequence <= lastSeen(words, root, writer);
}

/** What an environment has seen, for many events in a row: most are of the writer of the one before. */
export class SeenEvents {
  readonly #words: Int32Array;
  readonly #root: Address;
  #writer: number = NO_WRITER;
  #last = Number.POSITIVE_INFINITY;

  /** The root's context is not changed meanwhile. */
  constructor(words: Int32Array, root: Address) {
    this.#words = words;
    this.#root = root;
  }

  has(writer: number, sequence: number): boolean {
    if (writer !== this.#writer) {
      this.#writer = writer;
      this.#last = lastSeen(this.#words, this.#root, writer);
    }
    return sequence <= this.#last;
  }
}

/**
 * Adds to the context of an owned root what another has seen. The root's head is left alone. `base` is what
 * the other is compared with: the root itself, or one that both have seen all of. On HeapExhaustedError
 * part of it may have been added.
 */
export function mergeContext(heap: Heap, root: Address, other: Address, base: Address): void {
  const { words } = heap;
  const news: { readonly writer: number; readonly sequence: number }[] = [];
  forEachNews(words, base, other, (writer, sequence) => {
    if (sequence > lastSeen(words, root, writer)) news.push({ writer, sequence });
  });
  for (const { writer, sequence } of news) {
    treeInsert(heap, ownTree(heap, root, CONTEXT, PLAIN), 0, writer, sequence);
  }
}

/** Whether two environments have both seen an event that `base` has not, though both have seen its head. */
export function haveCommonEvents(
  words: Int32Array,
  left: Address,
  right: Address,
  base: Address,
): boolean {
  let found = false;
  forEachNews(words, base, right, (writer, sequence) => {
    found ||= Math.min(sequence, lastSeen(words, left, writer)) > lastSeen(words, base, writer);
  });
  return found;
}

/** How many events `other` has seen that `base` has not. Cost: as of finding in which writers they differ. */
export function countNews(words: Int32Array, base: Address, other: Address): number {
  const last = new Map<number, number>();
  forEachNews(words, base, other, (writer, sequence) => {
    last.set(writer, Math.max(sequence, last.get(writer) ?? 0));
  });
  let count = 0;
  for (const [writer, sequence] of last) {
    count += Math.max(0, sequence - Math.min(sequence, lastSeen(words, base, writer)));
  }
  return count;
}

/** The last events that `other` has seen of writers, where they may be later than those `base` has seen. */
function forEachNews(
  words: Int32Array,
  base: Address,
  other: Address,
  visit: (writer: number, sequence: number) => void,
): void {
  const visitEntry = (writer: number, sequence: number): void => visit(writer | 0, sequence);
  forEachNewEntry(words, words[base + CONTEXT]!, words[other + CONTEXT]!, visitEntry);
  visit(readHeadWriter(words, other), readHeadSequence(words, other));
}

/** The entries of `theirs` that `mine` lacks or has with another value. */
function forEachNewEntry(
  words: Int32Array,
  mine: Address,
  theirs: Address,
  visit: (writer: number, sequence: number) => void,
): void {
  if (theirs === NO_ADDRESS) return;
  if (mine === NO_ADDRESS) {
    const cursor = treeCursor(words, theirs, 0, 0);
    while (cursor.next()) visit(cursor.low, cursor.value);
    return;
  }
  diffTrees(words, mine, theirs, {
    left: () => {},
    right: (_high, writer, sequence) => visit(writer, sequence),
    changed: (_high, writer, _mine, sequence) => visit(writer, sequence),
  });
}
