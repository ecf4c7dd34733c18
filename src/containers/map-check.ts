/** Checks the invariants of a map's entries from scratch. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import { MAP_VERSION } from "../memory/kinds.js";
import { readKind } from "../memory/segment.js";
import { forEachBlock } from "../memory/walk.js";
import { hashText } from "./heap-text.js";
import { entriesOf, readSize, TREE } from "./map-entries.js";
import { checkTree } from "./tree-check.js";
import { treeCursor } from "./tree-cursor.js";

/** Stops the engine (InvariantError) unless ME1 and ME2 hold of a version of a map, and its tree is one. */
function checkEntries(heap: Heap, version: Address): void {
  const { words } = heap;
  const tree = words[version + TREE]!;
  checkTree(heap, tree);
  let count = 0;
  const cursor = treeCursor(words, tree, 0, 0);
  while (cursor.next()) {
    const keys = new Set<string>();
    assert(cursor.value !== NO_ADDRESS, "ME1: a hash leads to a chain");
    for (const [key] of entriesOf(words, cursor.value)) {
      const [high, low] = hashText(key);
      const isHere = high >>> 0 === cursor.high && low >>> 0 === cursor.low;
      assert(isHere && !keys.has(key), "ME1: keys with equal hashes are in one chain, each once");
      keys.add(key);
    }
    count += keys.size;
  }
  assert(readSize(words, version) === count, `ME2: size is ${count}`);
}

/** As {@link checkEntries}, of every version of a map in a heap at rest. */
export function checkMaps(heap: Heap): void {
  const { words } = heap;
  forEachBlock(words, (address) => {
    const isVersion = words[address]! > 0 && readKind(words, address) === MAP_VERSION;
    if (isVersion) checkEntries(heap, address);
  });
}
