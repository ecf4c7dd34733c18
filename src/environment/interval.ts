/**
 * Intervals: the numbers between two limits.
 *
 *     { gte: 5, lt: 10 }     5 ≤ x < 10
 *     { lt: NaN }            nothing: NaN is neither less nor more than anything
 */
import { refuse } from "../base/arguments.js";
import { orderKeyOf } from "../term/number-order.js";

/** Limits of a number; all that are given hold. None of them: any number but NaN. */
export interface Bounds {
  /** At least this. */
  readonly gte?: number | bigint | undefined;
  /** More than this. */
  readonly gt?: number | bigint | undefined;
  /** At most this. */
  readonly lte?: number | bigint | undefined;
  /** Less than this. */
  readonly lt?: number | bigint | undefined;
}

/** How a limit compares with the one before it on its side. */
interface Compared {
  readonly leavesLess: boolean;
  readonly leavesMore: boolean;
  readonly isOpen: boolean;
}

/** Whether a limit takes the place of the one before. NaN does, and stays. */
function isTaken(
  before: number | bigint,
  limit: number | bigint,
  { leavesLess, leavesMore, isOpen }: Compared,
): boolean {
  if (Number.isNaN(before)) return false;
  if (leavesLess || Number.isNaN(limit)) return true;
  return isOpen && !leavesMore;
}

/** Refuses what is no limit of {@link Bounds}. */
export function asLimit(act: string, value: unknown): number | bigint {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isNaN(value)))
    return value;
  return refuse(act, "a number or a bigint", value);
}

export class Interval {
  /** Any number but NaN. */
  static readonly ALL: Interval = new Interval(Number.NEGATIVE_INFINITY, false, Infinity, false);

  readonly low: number | bigint;
  readonly isLowOpen: boolean;
  readonly high: number | bigint;
  readonly isHighOpen: boolean;

  private constructor(
    low: number | bigint,
    isLowOpen: boolean,
    high: number | bigint,
    isHighOpen: boolean,
  ) {
    this.low = low;
    this.isLowOpen = isLowOpen;
    this.high = high;
    this.isHighOpen = isHighOpen;
  }

  static of({ gte, gt, lte, lt }: Bounds): Interval {
    let made = Interval.ALL;
    if (gte !== undefined) made = made.above(gte, false);
    if (gt !== undefined) made = made.above(gt, true);
    if (lte !== undefined) made = made.below(lte, false);
    if (lt !== undefined) made = made.below(lt, true);
    return made;
  }

  /** Those of its numbers that are above the limit too, or equal to it unless it is open. */
  above(limit: number | bigint, isOpen: boolean): Interval {
    const { low, high, isHighOpen } = this;
    const compared = { leavesLess: limit > low, leavesMore: limit < low, isOpen };
    if (!isTaken(low, limit, compared)) return this;
    return new Interval(limit, isOpen, high, isHighOpen);
  }

  /** Those of its numbers that are below the limit too, or equal to it unless it is open. */
  below(limit: number | bigint, isOpen: boolean): Interval {
    const { low, isLowOpen, high } = this;
    const compared = { leavesLess: limit < high, leavesMore: limit > high, isOpen };
    if (!isTaken(high, limit, compared)) return this;
    return new Interval(low, isLowOpen, limit, isOpen);
  }

  /** The numbers that are in both. */
  and({ low, isLowOpen, high, isHighOpen }: Interval): Interval {
    return this.above(low, isLowOpen).below(high, isHighOpen);
  }

  has(value: number | bigint): boolean {
    return (
      (this.isLowOpen ? value > this.low : value >= this.low) &&
      (this.isHighOpen ? value < this.high : value <= this.high)
    );
  }

  /** Its numbers have keys from here on in an index by order (NO1). */
  get lowKey(): number {
    return orderKeyOf(this.low);
  }

  /** Its numbers have keys up to here. */
  get highKey(): number {
    return orderKeyOf(this.high);
  }
}
