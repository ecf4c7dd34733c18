/** Checks the invariants of packed rows from scratch. */
import { NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import type { Packed } from "../memory/packed.js";
import { decode } from "../term/decode.js";
import { type AtomList, readAtomTotal, runsOf } from "../term/packed-atoms.js";
import { skip } from "../term/tokens.js";
import { Vocabulary } from "../term/vocabulary.js";
import { variableBitsOf } from "./argument-index.js";
import { type RowGroup, type RowList, readGroups } from "./packed-rows.js";
import { placeCountFor } from "./relation.js";
import { kindOfKey, RelationKey, setKeyOf } from "./relation-key.js";

/** PA1: runs follow each other. */
function checkRuns({ words, root }: Packed<AtomList>): void {
  const count = readAtomTotal(words, root);
  for (let position = 1; position < count; position++) {
    const [before, run] = [words[runsOf(root) + position - 1]!, words[runsOf(root) + position]!];
    // A run begins where the one before ends, unless that was the last of its piece.
    const isApart = run < before || run >= skip(words, before);
    assert(isApart, `PA1: the run of atom ${position} is its own`);
  }
}

/** Stops the engine (InvariantError) unless PA1, PK1 and PK2 hold of packed rows. */
export function checkPackedRows(heap: Heap, packed: Packed<RowList>): void {
  checkRuns(packed);
  const { words, root } = packed;
  const vocabulary = Vocabulary.of(heap);
  const found = new Set<number>();
  const key = new RelationKey();
  for (const group of readGroups(words, root)) {
    const { high, low } = group;
    assert(group.count > 0, "PK2: a group has a row");
    let bits = 0;
    for (const position of positionsOf(words, group)) {
      const run = words[runsOf(root) + position];
      assert(
        run !== undefined && position < readAtomTotal(words, root),
        "PK1: a position is one of the list",
      );
      setKeyOf(key, decode(vocabulary, words, run), vocabulary.symbols);
      const isIts = key.high === high && key.low === low && !found.has(position);
      assert(isIts, `PK1: position ${position} is in the group of its atom's key, once`);
      found.add(position);
      bits |= variableBitsOf(words, run, kindOfKey(high), placeCountFor(high, low));
    }
    assert(bits === group.variableBits, "PK2: a group's variable places are those of its rows");
  }
  assert(found.size === readAtomTotal(words, root), "PK1: every position is in a group");
}

/** The places of a group's rows in the list. */
function positionsOf(words: Int32Array, { positions, first, count }: RowGroup): number[] {
  return Array.from({ length: count }, (_, index) =>
    positions === NO_ADDRESS ? first + index : words[positions + index]!,
  );
}
