/**
 * Adding packed rows: a packed region becomes rows of a space as it is.
 *
 *     region   | run 0 | run 1 | run 2 | …                     events  (writer, s), (writer, s + 1), …
 *                 └───────┬───────┘                            ids      r, r + 1, …
 *     relation of their key ── rows ── spans (row-span.ts) ──▶ region
 *
 * The atoms get the events and ids that adding them one by one would have given them, so what follows
 * (order, removal, clones, unions) cannot tell the difference. All events are committed at once.
 */

import { OxbowError } from "../base/errors.js";
import type { RowBase } from "../containers/row-span.js";
import { appendSpans } from "../containers/rows.js";
import { asPacked, type Packed } from "../memory/packed.js";
import type { SpaceAtom } from "../term/atom.js";
import { readAtomTotal, readOrder, runsOf } from "../term/packed-atoms.js";
import { limitPostponed, postponeMany } from "./argument-index.js";
import { LAST_SEQUENCE, NO_WRITER } from "./causal-context.js";
import { assertLive, forgetCheckpoint, type Handle, rollBack, takeCheckpoint } from "./handle.js";
import { type RowGroup, type RowList, readGroups } from "./packed-rows.js";
import { readLiveCount, writeLiveCount, writeVersion } from "./relation.js";
import { affectsTypes, FACT, kindOfKey } from "./relation-key.js";
import { ownRelation, ownRows } from "./row-writing.js";
import { readAtomCount, readNextRow, writeAtomCount, writeNextRow } from "./space.js";
import { findSpace, LAST_ROW_ID, ownSpace, stampTypes } from "./space-access.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";

/** As `Environment.addPacked`. */
export function addPacked(handle: Handle, packed: Packed<RowList>, space: SpaceAtom | null): void {
  assertLive(handle);
  const { words } = handle.store;
  const { root } = asPacked("add packed atoms", packed);
  const isOurs = packed.heap.words.buffer === words.buffer;
  if (!isOurs || readOrder(words, root) === 0) {
    const reason = isOurs ? "they were not packed as rows" : "they are in another heap";
    throw new OxbowError("ERR_INVALID_ARGUMENT", `cannot add packed atoms: ${reason}`);
  }
  findSpace(words, handle.root, space);
  if (readAtomTotal(words, root) === 0) return;
  const checkpoint = takeCheckpoint(handle);
  try {
    addRows(handle, packed, space);
  } catch (error) {
    rollBack(handle, checkpoint);
    throw error;
  }
  forgetCheckpoint(handle, checkpoint);
}

function addRows(handle: Handle, packed: Packed<RowList>, space: SpaceAtom | null): void {
  const { heap, words, vocabulary } = handle.store;
  const { head, root: list } = packed;
  const count = readAtomTotal(words, list);
  const root = beginLong(handle, count);
  const record = ownSpace(heap, root, space);
  const base: RowBase = {
    id: readNextRow(words, record),
    writer: handle.writer,
    sequence: nextSequence(handle, root),
  };
  const last = base.sequence + count - 1;
  if (base.id + count - 1 > LAST_ROW_ID || last > LAST_SEQUENCE) {
    const message = `cannot add ${count} atoms: the space does not have that many row ids left`;
    throw new OxbowError("ERR_LIMIT", message, { count });
  }
  let types = false;
  let definitions = false;
  for (const group of readGroups(words, list)) {
    const relation = ownRelation(heap, record, group.high, group.low);
    const first = base.id + firstPosition(words, group);
    postponeMany(heap, relation, group.variableBits, first, group.count);
    appendSpans(
      heap,
      ownRows(heap, relation),
      { ...group, region: head, runs: runsOf(list) },
      base,
    );
    writeLiveCount(words, relation, readLiveCount(words, relation) + group.count);
    limitPostponed(heap, relation, base.id + count);
    writeVersion(words, relation, handle.writer, last);
    types ||= affectsTypes(vocabulary.symbols, group.high, group.low);
    definitions ||= types || kindOfKey(group.high) !== FACT;
  }
  writeNextRow(words, record, base.id + count);
  writeAtomCount(words, record, readAtomCount(words, record) + count);
  if (types) stampTypes(heap, record);
  if (definitions) handle.definitions = handle.store.nextDefinitions();
  commitWrite(handle, root, last);
}

/** Begins a write of `count` events, with a new writer if the handle's has too few sequences left. */
function beginLong(handle: Handle, count: number): number {
  const root = beginWrite(handle);
  if (nextSequence(handle, root) <= LAST_SEQUENCE - count) return root;
  handle.writer = NO_WRITER;
  return beginWrite(handle);
}

function firstPosition(words: Int32Array, { positions, first }: RowGroup): number {
  return positions === 0 ? first : words[positions + first]!;
}
