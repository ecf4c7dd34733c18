/**
 * Transaction: one write of a handle.
 *
 * It goes in three steps:
 *   1  begin:   the root is made the handle's own, and a writer number is taken if it has none;
 *   2  change:  the path to the row is made its own, then the row is written (row-writing.ts);
 *   3  commit:  the head becomes the event, and the handle is modified.
 *
 * Invariants
 *   WR1  What can fail (ERR_NOT_SHAREABLE, HeapExhaustedError) comes before the first change that a
 *        reader of the environment could tell: copying a segment, making an empty relation and
 *        noting the old head in the context change nothing that it holds.
 *   WR2  Every change of what the environment holds is committed as an event of its own.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { treeInsert } from "../containers/tree.js";
import { PLAIN } from "../containers/tree-node.js";
import { COUNTER_WRITER, nextCounter } from "../memory/heap.js";
import { LAST_SEQUENCE, NO_WRITER, readHeadSequence, readHeadWriter } from "./causal-context.js";
import { assertLive, type Handle, leavePin, ownRoot } from "./handle.js";
import { ownTree } from "./ownership.js";
import { CONTEXT, HEAD_SEQUENCE, HEAD_WRITER } from "./space.js";

/** A writer that has used more sequences than this is not used again. */
const LAST_REUSED: number = LAST_SEQUENCE - 2 ** 24;

const MOST_SPARE = 256;

/** Step 1. The root, owned, with a writer for the handle's next event. */
export function beginWrite(handle: Handle): Address {
  assertLive(handle);
  leavePin(handle);
  const root = ownRoot(handle);
  const { heap, words } = handle.store;
  const head = readHeadWriter(words, root);
  const last = readHeadSequence(words, root);
  if (handle.writer !== NO_WRITER && handle.writer === head && last !== LAST_SEQUENCE) return root;
  if (head !== NO_WRITER) treeInsert(heap, ownTree(heap, root, CONTEXT, PLAIN), 0, head, last);
  if (handle.writer === NO_WRITER || handle.writer === head) handle.writer = takeWriter(handle);
  return root;
}

/** A writer that no other handle uses: one returned on this thread, or a fresh one from the heap. */
function takeWriter(handle: Handle): number {
  handle.escaped = false;
  const spare = handle.store.spareWriters.pop();
  if (spare !== undefined) return spare;
  const writer = nextCounter(handle.store.heap, COUNTER_WRITER);
  if (writer > NO_WRITER) return writer;
  throw new OxbowError("ERR_LIMIT", "cannot write: the heap has run out of writer numbers");
}

/**
 * The handle is about to be disposed. If nobody else has seen an event of its writer, the writer can be used
 * again with later sequences: events lost with the handle might as well never have been written. So a
 * program that clones, writes and discards for years does not exhaust the heap's numbers.
 */
export function giveBackWriter(handle: Handle): void {
  const { writer, root, store } = handle;
  if (writer === NO_WRITER) return;
  const head = readHeadWriter(store.words, root);
  const used = head === writer ? readHeadSequence(store.words, root) : usedSequence(handle);
  store.usedSequences.delete(writer);
  if (handle.escaped || used > LAST_REUSED || store.spareWriters.length === MOST_SPARE) return;
  store.spareWriters.push(writer);
  store.usedSequences.set(writer, used);
}

function usedSequence(handle: Handle): number {
  return handle.store.usedSequences.get(handle.writer) ?? 0;
}

/** The sequence that the next event of the handle's writer will have. */
export function nextSequence(handle: Handle, root: Address): number {
  const { words } = handle.store;
  if (readHeadWriter(words, root) === handle.writer) return readHeadSequence(words, root) + 1;
  return usedSequence(handle) + 1;
}

/** Step 3 (WR2). */
export function commitWrite(handle: Handle, root: Address, sequence: number): void {
  const { words } = handle.store;
  words[root + HEAD_WRITER] = handle.writer;
  words[root + HEAD_SEQUENCE] = sequence;
  handle.modified = true;
  handle.generation++;
}
