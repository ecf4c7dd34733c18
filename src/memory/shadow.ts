/**
 * Shadow: copies of segments that are about to be written, made before a write asks for them.
 *
 *     source R ─▶ a ─▶ b          plan   0  R
 *              └▶ c                      1  a   at word 5 of 0          shadow R' ─▶ a' ─▶ b'
 *                                        2  b   at word 9 of 1                   └▶ c
 *
 * Whoever holds the source may hold its shadow instead: it leads to the same, and along the plan all segments are its own,
 * so that a write copies none. That is all that adopting takes.
 *
 * Invariants
 *   SHW1  Who has a shadow holds the source, too. So nobody writes the source (S2), the shadow leads to what it leads to
 *        for as long as both are held, and whether it may be adopted is one comparison of addresses.
 *   SHW2  A shadow has the segments of its plan alone: each has count 1, and its parent in the plan leads to it.
 *   SHW3  A failed allocation leaves nothing behind.
 *
 * No shared words: a shadow is made and adopted by one thread; what it shares with its source is counted (S1), and was
 * written before the source was held twice.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { copySegment, release } from "./allocator.js";
import type { LocalHeap } from "./layout.js";
import { readChildCount, readFirstChild } from "./segment.js";

/** A segment to be copied: the child at word `offset` of the copy that step `parent` makes; the first is the source. */
export interface ShadowStep {
  readonly segment: Address;
  readonly parent: number;
  readonly offset: number;
}

/** The most segments of a plan. */
const LONGEST = 256;

/**
 * The plan to copy what is below `source`, which the caller holds, as far as it is predicted. Cost: a look at each child
 * of the segments that are.
 */
export function planShadow(
  words: Int32Array,
  source: Address,
  isPredicted: (segment: Address) => boolean,
): ShadowStep[] {
  const plan: ShadowStep[] = [{ segment: source, parent: -1, offset: 0 }];
  for (let parent = 0; parent < plan.length; parent++) {
    const { segment } = plan[parent]!;
    const first = readFirstChild(words, segment);
    const end = first + readChildCount(words, segment);
    for (let offset = first; offset < end && plan.length < LONGEST; offset++) {
      const child = Atomics.load(words, segment + offset); // an index may be published meanwhile
      if (child !== NO_ADDRESS && isPredicted(child)) {
        plan.push({ segment: child, parent, offset });
      }
    }
  }
  return plan;
}

/** A shadow by a plan of a source that the caller holds; one reference, the caller's. Throws HeapExhaustedError (SHW3). */
export function makeShadow(heap: LocalHeap, plan: readonly ShadowStep[]): Address {
  const { words } = heap;
  const copies: Address[] = [];
  try {
    for (const { segment, parent, offset } of plan) {
      const copy = copySegment(heap, segment);
      copies.push(copy);
      if (parent < 0) continue;
      words[copies[parent]! + offset] = copy; // SHW2
      release(heap, segment);
    }
  } catch (error) {
    if (copies.length > 0) release(heap, copies[0]!);
    throw error;
  }
  return copies[0]!;
}

/** What became of the shadows of a thread, since it attached. */
export interface ShadowReport {
  /** First writes of forks that found a shadow, and adopted it. */
  hits: number;
  /** First writes of forks of a known base that found none. */
  misses: number;
  made: number;
  /** Shadows that nobody adopted before their base went. */
  wasted: number;
}

const COMPANION = "shadow report";

/** This thread's, which whoever makes shadows writes. */
export function shadowReport(heap: LocalHeap): ShadowReport {
  const known = heap.companions.get(COMPANION);
  if (known !== undefined) return known as ShadowReport;
  const made: ShadowReport = { hits: 0, misses: 0, made: 0, wasted: 0 };
  heap.companions.set(COMPANION, made);
  return made;
}
