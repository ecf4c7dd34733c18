/**
 * Size classes: the block sizes the allocator hands out, four per doubling.
 *
 *     class   0   1   2   3   4   5   6   7   8   9 …    44
 *     words   8  10  12  14  16  20  24  28  32  40 … 16384
 *     bytes  32  40  48  56  64  80  96 112 128 160 … 65536
 *
 * Invariants
 *   SC1  `sizeClassFor(n)` is the smallest class with at least n words.
 *   SC2  A block wastes at most a fifth of its words.
 *   SC3  LARGE_CLASS is not a size class: it marks segments that take whole chunks.
 */
import { assert } from "../base/assert.js";

const SMALLEST_WORDS = 8;
export const SIZE_CLASS_COUNT = 45;
export const LARGEST_WORDS = 16384;
/** In a segment's header in place of a size class: the segment is a run of chunks (SC3). */
export const LARGE_CLASS = 255;

function wordsOfClass(sizeClass: number): number {
  if (sizeClass === 0) return SMALLEST_WORDS;
  const doubling = (sizeClass - 1) >>> 2;
  const quarter = ((sizeClass - 1) & 3) + 5;
  return quarter << (doubling + 1);
}

/** Words of a block, by class. */
export const CLASS_WORDS: Int32Array = Int32Array.from({ length: SIZE_CLASS_COUNT }, (_, index) =>
  wordsOfClass(index),
);

/** The class for a block of `sizeWords` (1 … LARGEST_WORDS) words (SC1). */
export function sizeClassFor(sizeWords: number): number {
  if (sizeWords <= SMALLEST_WORDS) return 0;
  const last = sizeWords - 1;
  const shift = 29 - Math.clz32(last);
  return (shift << 2) + (last >>> shift) - 7;
}

assert(CLASS_WORDS[SIZE_CLASS_COUNT - 1] === LARGEST_WORDS, "SC1: the last class is the largest");
assert(
  sizeClassFor(LARGEST_WORDS) === SIZE_CLASS_COUNT - 1,
  "SC1: the largest size has the last class",
);
