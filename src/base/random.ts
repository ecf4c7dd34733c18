/**
 * Random numbers that depend on nothing but a seed: random operations give the same in a branch, whatever thread
 * evaluates it and whenever.
 *
 * A generator is a counter (mulberry32): each number is the next count, mixed.
 */

/** The counter of the next number. */
export function nextCount(counter: number): number {
  return (counter + 0x6d2b79f5) | 0;
}

/** The 32 bits that a count stands for. */
export function mix(counter: number): number {
  let bits = Math.imul(counter ^ (counter >>> 15), counter | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return bits ^ (bits >>> 14);
}

/** A generator of numbers in [0, 1) from a seed. */
export function randomFrom(seed: number): () => number {
  let counter = seed | 0;
  return () => {
    counter = nextCount(counter);
    return (mix(counter) >>> 0) / 2 ** 32;
  };
}

/** The seed of branch `index` of a fork (F1 in fork.ts). */
export function branchSeed(seed: number, index: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x27d4eb2f) | 0;
}
