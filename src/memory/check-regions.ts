/** The invariants of regions, proved from the words of a heap at rest. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { InvariantError } from "../base/assert.js";
import { checkHeap } from "./check-heap.js";
import { REGION, REGION_CHUNK, REGION_REFERENCES } from "./kinds.js";
import type { LocalHeap } from "./layout.js";
import {
  GENERATION,
  HEAD_OBJECTS,
  INLINE,
  isPackedHead,
  PIECE_OBJECTS,
  PIECES,
  PREVIOUS,
  REFERENCES,
  readGeneration,
  readRoot,
  USED,
} from "./region-layout.js";
import { readCapacityWords, readChildCount, readKind } from "./segment.js";
import { forEachBlock } from "./walk.js";

/**
 * Stops the engine (InvariantError) unless every region of the heap keeps R1 … R4 and every count is the
 * number of references to it, recomputed from scratch. No thread may work on the heap meanwhile.
 *
 * @param held references that the caller's own variables hold, with repetitions.
 */
export function checkRegions(heap: LocalHeap, held: readonly Address[] = []): void {
  checkHeap(heap, held);
  const { words } = heap;
  const regions: Address[] = [];
  forEachBlock(words, (address) => {
    if (words[address]! > 0 && readKind(words, address) === REGION) regions.push(address);
  });
  const generations = new Set<number>();
  for (const region of regions) {
    checkRegion(words, region);
    if (!isPackedHead(words, region)) continue;
    const generation = readGeneration(words, region);
    must(!generations.has(generation), "R4", `generation ${generation} was given twice`);
    generations.add(generation);
  }
  checkAcyclic(words, regions);
}

function must(condition: boolean, invariant: string, what: string): void {
  if (!condition) throw new InvariantError(`${invariant}: ${what}`);
}

function checkRegion(words: Int32Array, head: Address): void {
  const packed = isPackedHead(words, head);
  const root = readRoot(words, head);
  let rootFound = root >= head + HEAD_OBJECTS && root < head + readCapacityWords(words, head);
  let room = readCapacityWords(words, head) - HEAD_OBJECTS;
  let piece = words[head + PIECES]!;
  for (; piece !== NO_ADDRESS; piece = words[piece + PREVIOUS]!) {
    must(readKind(words, piece) === REGION_CHUNK, "R1", `${piece} is a piece`);
    const capacity = readCapacityWords(words, piece);
    room += capacity - PIECE_OBJECTS;
    rootFound ||= root >= piece + PIECE_OBJECTS && root < piece + capacity;
  }
  must(packed === (root !== NO_ADDRESS) && packed === rootFound, "R3", `root of region ${head}`);
  must(packed === (words[head + GENERATION] !== 0), "R4", `generation of region ${head}`);
  must(words[head + USED]! <= room, "R1", `region ${head} uses more than it has`);
  for (const other of referencesOf(words, head)) {
    must(
      isPackedHead(words, other),
      "R2",
      `region ${head} refers to ${other}, which is not packed`,
    );
  }
}

/** The regions that a region refers to, with repetitions. */
export function referencesOf(words: Int32Array, head: Address): Address[] {
  const found: Address[] = [];
  for (let place = head + INLINE; place < head + HEAD_OBJECTS; place++) {
    if (words[place] !== NO_ADDRESS) found.push(words[place]!);
  }
  let list = words[head + REFERENCES]!;
  for (; list !== NO_ADDRESS; list = words[list + PREVIOUS]!) {
    must(readKind(words, list) === REGION_REFERENCES, "R2", `${list} is a list of references`);
    const end = list + PREVIOUS + readChildCount(words, list);
    for (let place = list + PREVIOUS + 1; place < end; place++) found.push(words[place]!);
  }
  return found;
}

/** Takes regions away that refer to nothing left, until none is left (R2). */
function checkAcyclic(words: Int32Array, regions: readonly Address[]): void {
  const missing = new Map<Address, number>();
  const referrers = new Map<Address, Address[]>();
  const ready: Address[] = [];
  for (const region of regions) {
    const references = referencesOf(words, region);
    missing.set(region, references.length);
    if (references.length === 0) ready.push(region);
    for (const other of references) {
      const known = referrers.get(other);
      if (known === undefined) referrers.set(other, [region]);
      else known.push(region);
    }
  }
  let done = 0;
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    done++;
    for (const referrer of referrers.get(next) ?? []) {
      const left = missing.get(referrer)! - 1;
      missing.set(referrer, left);
      if (left === 0) ready.push(referrer);
    }
  }
  must(done === regions.length, "R2", `${regions.length - done} regions refer to each other`);
}
