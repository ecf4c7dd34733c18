/**
 * Restrictions: which numbers the variables of a pattern stand for in the matches that are wanted, so that rows with
 * others are not even looked at.
 *
 *     Environment.match(…, { bounds: { w: { lt: 10 } } })              $w is a number below 10
 *     (match &self … (if (< $w 10) (if (> $n 5) … (empty)) (empty)))   a number that is not is of no use
 *
 * In the second case there are stages, one for each condition, which are asked one after the other, and what is no number
 * gives an error, or a call that is not reduced: it is wanted. So are matches whose later stages would refuse them.
 *
 *   RI1  A search for a pattern with a restriction finds all matches without it, in the same order, but some that
 *        are refused: stage by stage, where all variables of the stages before are numbers in their intervals, and those
 *        of this one are numbers too, but one is not in its interval.
 *   RI2  With `wantsNumbers`, matches are refused also if one of the variables is no number.
 *   RI3  A search may find matches that are refused: whoever wants none of them looks again.
 */
import type { Address } from "../base/address.js";
import { FLOAT, INTEGER, VARIABLE, type Variable } from "../term/atom.js";
import { readNumber } from "../term/number-order.js";
import { dereference } from "../term/resolve.js";
import type { Interval } from "./interval.js";

/** A variable of a pattern, and which numbers it may stand for. */
export interface Bound {
  readonly variable: Variable;
  readonly interval: Interval;
}

/** What is asked together. */
export type Stage = readonly Bound[];

export class Restriction {
  readonly stages: readonly Stage[];
  /** RI2 */
  readonly wantsNumbers: boolean;

  constructor(stages: readonly Stage[], wantsNumbers: boolean) {
    this.stages = stages;
    this.wantsNumbers = wantsNumbers;
  }

  /** Whether all variables are bound to numbers in their intervals now. */
  get holds(): boolean {
    for (const stage of this.stages) {
      for (const { variable, interval } of stage) {
        const atom = dereference(variable);
        if (atom.tag !== INTEGER && atom.tag !== FLOAT) return false;
        if (!interval.has(atom.value)) return false;
      }
    }
    return true;
  }
}

/** A bound of a variable whose run is known by a register. */
interface RegisterBound {
  readonly register: number;
  readonly interval: Interval;
}

/** A restriction as rows are asked about it: by the runs that their variables stand for. */
export class RowFilter {
  readonly #stages: readonly (readonly RegisterBound[])[];
  readonly #wantsNumbers: boolean;

  private constructor(stages: readonly (readonly RegisterBound[])[], wantsNumbers: boolean) {
    this.#stages = stages;
    this.#wantsNumbers = wantsNumbers;
  }

  /**
   * What can be asked where `registerOf` has the runs of some variables, and gives −1 for all others; variables that
   * are bound have none. Null if there is nothing to ask.
   */
  static of(
    { stages, wantsNumbers }: Restriction,
    registerOf: (variable: Variable) => number,
  ): RowFilter | null {
    const known: RegisterBound[][] = [];
    for (const stage of stages) {
      const bounds: RegisterBound[] = [];
      for (const { variable, interval } of stage) {
        const root = dereference(variable);
        const register = root.tag === VARIABLE ? registerOf(root) : -1;
        if (register >= 0) bounds.push({ register, interval });
      }
      if (bounds.length > 0 && (wantsNumbers || bounds.length === stage.length)) known.push(bounds);
      // What comes behind a stage that cannot be asked is not asked either (RI1).
      else if (!wantsNumbers) break;
    }
    return known.length === 0 ? null : new RowFilter(known, wantsNumbers);
  }

  /** False only if the match is refused; `runs` has the address of each register's run. */
  passes(words: Int32Array, runs: ArrayLike<Address>): boolean {
    for (const stage of this.#stages) {
      let isIn = true;
      for (const { register, interval } of stage) {
        const number = readNumber(words, runs[register]!);
        if (number === null) return !this.#wantsNumbers;
        isIn &&= interval.has(number);
      }
      if (!isIn) return false;
    }
    return true;
  }
}
