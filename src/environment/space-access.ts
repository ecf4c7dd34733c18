/** Access to the spaces of an environment by their names: finding one, making it the handle's own, creating one. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { NOT_FOUND, treeFind, treeInsert, treeOwnedValue } from "../containers/tree.js";
import { SEGMENTS } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import { COUNTER_TYPES, type Heap, nextCounter } from "../memory/heap.js";
import { SELF, SpaceAtom } from "../term/atom.js";
import type { Handle } from "./handle.js";
import { ownTree } from "./ownership.js";
import { createSpaceRecord, readNextRow, SPACES, writeNextRow, writeTypeVersion } from "./space.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";

/** The highest id that a row may have. */
export const LAST_ROW_ID = 0xffff_fffe;

/** The record of a space of the environment; null is `&self`, the root itself. */
export function findSpace(words: Int32Array, root: Address, space: SpaceAtom | null): Address {
  if (space === null || isSelf(space)) return root;
  const spaces = words[root + SPACES]!;
  if (spaces !== NO_ADDRESS) {
    const found = treeFind(words, spaces, space.writer, space.sequence);
    if (found !== NOT_FOUND) return found;
  }
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    "cannot use a space: this environment has no space of that name",
    {
      writer: space.writer,
      sequence: space.sequence,
    },
  );
}

/** `&self` where it stands as an atom; what no event has made has writer 0 (registers.ts). */
function isSelf({ writer, sequence }: SpaceAtom): boolean {
  return writer === SELF.writer && sequence === SELF.sequence;
}

/** The same, owned, below an owned root. */
export function ownSpace(heap: Heap, root: Address, space: SpaceAtom | null): Address {
  if (space === null || isSelf(space)) return root;
  findSpace(heap.words, root, space);
  const spaces = ownTree(heap, root, SPACES, SEGMENTS);
  return treeOwnedValue(heap, spaces, space.writer, space.sequence);
}

/** Allocates `count` row ids of an owned space; returns the first. */
export function takeRowIds(words: Int32Array, space: Address, count: number): number {
  const id = readNextRow(words, space);
  if (id + count - 1 > LAST_ROW_ID) {
    throw new OxbowError("ERR_LIMIT", "cannot add an atom: the space has run out of row ids");
  }
  writeNextRow(words, space, id + count);
  return id;
}

/** Records that the space's type assertions changed (SP3). */
export function stampTypes(heap: Heap, space: Address): void {
  writeTypeVersion(heap.words, space, nextCounter(heap, COUNTER_TYPES));
}

/** A new, empty space. Throws HeapExhaustedError with nothing created (WR1). */
export function createSpace(handle: Handle): SpaceAtom {
  const root = beginWrite(handle);
  const space = new SpaceAtom(handle.writer, nextSequence(handle, root));
  insertSpace(handle, root, space);
  return space;
}

/** A new, empty space of a name that no event gives (writer NAMED). Throws HeapExhaustedError. */
export function createSpaceAt(handle: Handle, space: SpaceAtom): void {
  insertSpace(handle, beginWrite(handle), space);
}

function insertSpace(handle: Handle, root: Address, space: SpaceAtom): void {
  const { heap } = handle.store;
  const record = createSpaceRecord(heap);
  try {
    treeInsert(heap, ownTree(heap, root, SPACES, SEGMENTS), space.writer, space.sequence, record);
  } catch (error) {
    release(heap, record);
    throw error;
  }
  commitWrite(handle, root, nextSequence(handle, root));
}
