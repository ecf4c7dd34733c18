/** Negative space: what the checks of shared maps and of places promise is broken by hand, and they say what it was. */
import { expect, test } from "vitest";
import { Heap, SharedMap } from "../../src/containers/index.js";
import { checkMaps } from "../../src/containers/map-check.js";
import { valuesOf } from "../../src/containers/tree-node.js";
import { allocate } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { MAP_VERSION, RAW, SHARED_ROOT } from "../../src/memory/kinds.js";
import { HEADER_WORDS, readKind } from "../../src/memory/segment.js";
import { forEachBlock } from "../../src/memory/walk.js";

/** The words of a map of three entries, and where its cell and its version stand. */
interface Place {
  readonly heap: Heap;
  readonly words: Int32Array;
  readonly cell: number;
  readonly version: number;
}

function wholeMap(): Place {
  const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
  const { words } = heap;
  const map = SharedMap.create({ heap });
  for (const key of ["a", "b", "c"]) map.set(key, key.length);
  const found = new Map<number, number>();
  forEachBlock(words, (address) => {
    if (words[address]! > 0) found.set(readKind(words, address), address);
  });
  checkHeap(heap);
  checkMaps(heap);
  return { heap, words, cell: found.get(SHARED_ROOT)!, version: found.get(MAP_VERSION)! };
}

/** The entry under the lowest hash. */
function entryOf({ words, version }: Place): number {
  return words[valuesOf(words, words[version + HEADER_WORDS + 1]!)]!;
}

const NEXT = HEADER_WORDS;
const KEY = HEADER_WORDS + 3;

test.each<[string, string, (place: Place) => void]>([
  ["ME1", "a key under another's hash", (p) => p.words[entryOf(p) + KEY]!++],
  ["ME1", "a key twice", (p) => (p.words[entryOf(p) + NEXT] = twin(p))],
  ["ME2", "a size", (p) => p.words[p.version + HEADER_WORDS]!++],
])("the check of a map finds %s broken: %s", (id, _what, damage) => {
  const place = wholeMap();
  damage(place);
  expect(() => {
    checkMaps(place.heap);
  }).toThrow(new RegExp(`^invariant broken: ${id}: `, "u"));
});

/** A copy of the first entry. */
function twin(place: Place): number {
  const { heap, words } = place;
  const entry = entryOf(place);
  const copy = allocate(heap, 16, RAW);
  words.copyWithin(copy + HEADER_WORDS, entry + HEADER_WORDS, entry + 12);
  return copy;
}

test.each<[string, (place: Place) => void]>([
  ["no reference to its version (VE1)", (p) => p.words[p.version]!--],
  ["a version that it holds no reference to (VE1)", (p) => (p.words[p.cell + HEADER_WORDS] = 0)],
])("the check of a heap finds a place with %s", (_what, damage) => {
  const place = wholeMap();
  damage(place);
  expect(() => {
    checkHeap(place.heap);
  }).toThrow(/^invariant broken: (S1|AL3): /u);
});
