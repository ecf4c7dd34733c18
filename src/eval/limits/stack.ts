/**
 * The stack of JavaScript: each level of forks uses some of it, and a host may have used any part of it before. What
 * runs out of it halfway leaves things halfway, so a fork begins only where there is plenty.
 */

/** It is asked at every so many levels … */
const LEVELS = 16;
/** … whether these words are free: what so many levels use, and what is evaluated in the last of them. */
const RESERVE: readonly number[] = new Array<number>(20_000).fill(0);

/** Whether a fork that is inside of `depth` others has room on the stack. Costs some microseconds now and then. */
export function hasStack(depth: number): boolean {
  if (depth % LEVELS !== LEVELS - 1) return true;
  try {
    // A call passes its arguments on the stack, and is refused before it begins if they have no room.
    Math.max(...RESERVE);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
