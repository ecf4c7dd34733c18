/**
 * Every way in which two atoms unify, where host values in them match in several ways.
 *
 * Unification itself is a single walk. What a host value answered is noted, and the walk is done again
 * with the last answer replaced by the next one, until none is left:
 *
 *     (h1 h2)  with  (a b)        h1: ●─○─○    h2: ●─○     1st walk   h1.1 h2.1
 *                                                          2nd        h1.1 h2.2
 *                                                          3rd        h1.2 h2.1 …
 *
 *   SO1  Answers before the one that was replaced are the same objects again, so a walk meets the same
 *        host values in the same order up to there.
 */
import type { MatchSolution } from "./atom.js";

interface Asked {
  readonly solutions: Iterator<MatchSolution>;
  current: MatchSolution | null;
}

export class Solutions {
  readonly #asked: Asked[] = [];
  #position = 0;

  /** Whether any host value was asked. */
  get isUsed(): boolean {
    return this.#asked.length > 0;
  }

  /** The answer for the next host value of this walk; null: it does not match. */
  next(match: () => Iterable<MatchSolution>): MatchSolution | null {
    let asked = this.#asked[this.#position];
    if (asked === undefined) {
      asked = { solutions: match()[Symbol.iterator](), current: null };
      step(asked);
      this.#asked.push(asked);
    }
    this.#position++;
    return asked.current;
  }

  /** Prepares the same walk again, with the same answers (SO1). */
  rewind(): void {
    this.#position = 0;
  }

  /** Prepares the next walk; false if all have been done. */
  advance(): boolean {
    this.rewind();
    for (let last = this.#asked.at(-1); last !== undefined; last = this.#asked.at(-1)) {
      if (step(last)) return true;
      this.#asked.pop();
    }
    return false;
  }

  /** Abandons what is left. */
  close(): void {
    for (const { solutions } of this.#asked) solutions.return?.();
    this.#asked.length = 0;
  }
}

function step(asked: Asked): boolean {
  const next = asked.solutions.next();
  asked.current = next.done === true ? null : next.value;
  return asked.current !== null;
}
