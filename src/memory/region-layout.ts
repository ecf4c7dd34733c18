/**
 * The layout of regions: a head segment, pieces that objects are bumped into, a list of references.
 *
 *     head   0        4            5      6      7            8        9          11
 *            | header | generation | root | used | references | pieces | inline 2 | objects …
 *                                                └────── child range ───────────┘
 *     piece  0        4            5
 *            | header | previous   | objects …
 *                     └ child range
 *     list   0        4            5
 *            | header | previous   | region | region | …
 *                     └────────── child range (grows) ──
 *
 *     ┌──────┐ pieces ┌───────┐ previous ┌───────┐
 *     │ head ├───────▶│ piece ├─────────▶│ piece │          objects may refer to any word of these
 *     │      │        └───────┘          └───────┘          and of the regions that the head holds
 *     │      │ inline  ┌──────────────┐
 *     │      ├────────▶│ other region │   the first two references are in the head itself,
 *     │      ├──┐      └──────────────┘   the others in lists
 *     └──────┘  │ references ┌──────┐        ┌──────────────┐
 *               └───────────▶│ list ├───────▶│ other region │
 *                            └──────┘        └──────────────┘
 *
 * Everything that a region holds is in child ranges, so releasing its head releases it all, in slices.
 *
 * Invariants
 *   R1  The head's tag is SHALLOW_MUTABLE while the region is built, by one thread, and IMMUTABLE once it
 *       is packed. Packed, no word of it changes but counts.
 *   R2  References lead to heads of packed regions only. A region is packed after all it refers to,
 *       so there are no cycles.
 *   R3  `root` is an address in the region's head or pieces; 0 until the region is packed.
 *   R4  `generation` is the number of the packing, unique in the heap's life up to 2^32; 0 before.
 *
 * Shared words
 *   all      the building thread, before the head's address is handed on (R1) · any holder, plainly,
 *            having acquired the address.
 */
import type { Address } from "../base/address.js";
import { REGION } from "./kinds.js";
import { HEADER_WORDS, IMMUTABLE, readKind, readTag } from "./segment.js";

export const GENERATION: number = HEADER_WORDS;
export const ROOT: number = GENERATION + 1;
/** Words given out to objects, in all pieces. */
export const USED: number = ROOT + 1;
export const REFERENCES: number = USED + 1;
export const PIECES: number = REFERENCES + 1;
export const INLINE: number = PIECES + 1;
const INLINE_COUNT = 2;
export const HEAD_OBJECTS: number = INLINE + INLINE_COUNT;

export const HEAD_CHILDREN: number = REFERENCES;
export const HEAD_CHILD_COUNT: number = HEAD_OBJECTS - HEAD_CHILDREN;

/** Of pieces and lists: the one before. */
export const PREVIOUS: number = HEADER_WORDS;
export const PIECE_OBJECTS: number = PREVIOUS + 1;

export function readGeneration(words: Int32Array, head: Address): number {
  return words[head + GENERATION]!;
}

export function readRoot(words: Int32Array, head: Address): Address {
  return words[head + ROOT]!;
}

/** Whether the segment is the head of a packed region. */
export function isPackedHead(words: Int32Array, head: Address): boolean {
  return readKind(words, head) === REGION && readTag(words, head) === IMMUTABLE;
}
