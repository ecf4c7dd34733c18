/**
 * Predictors: which segments the next fork of an environment will copy, by what earlier ones copied.
 *
 * A fork is known by its trace: the segments of the base that its writes copied, in order. Both predictors forget: what
 * was seen eight forks ago counts a tenth.
 */
import type { Address } from "../base/address.js";

export interface Predictor {
  /** Takes note of what a fork copied, from the root on. */
  learn(trace: readonly Address[]): void;
  /** Whether the next fork will probably copy the segment. */
  predicts(segment: Address): boolean;
}

/** What the last fork counts. */
const WEIGHT = 0.25;
/** Of what is less, nothing is remembered. */
const LEAST = 0.02;
/** Copied by that many of the last forks, with weights, a segment is worth a copy in advance. */
const LIKELY = 0.5;

/**
 * What the last branches did, the next will do: a segment is copied in advance if at least half of them copied it. Tails and
 * hot rows are what this comes to.
 */
export class RecentPredictor implements Predictor {
  readonly #shares = new Map<Address, number>();
  #isNew = true;

  learn(trace: readonly Address[]): void {
    const weight = this.#isNew ? 1 : WEIGHT;
    this.#isNew = false;
    for (const [segment, share] of this.#shares) {
      const less = share * (1 - weight);
      if (less < LEAST) this.#shares.delete(segment);
      else this.#shares.set(segment, less);
    }
    for (const segment of new Set(trace)) {
      this.#shares.set(segment, (this.#shares.get(segment) ?? 0) + weight);
    }
  }

  predicts(segment: Address): boolean {
    return (this.#shares.get(segment) ?? 0) >= LIKELY;
  }
}

/** A first-order Markov chain: after one segment that is copied comes another with the probability with which it came before. */
export class MarkovPredictor implements Predictor {
  readonly #followers = new Map<Address, Map<Address, number>>();
  readonly #starts = new Map<Address, number>();
  #predicted = new Set<Address>();

  learn(trace: readonly Address[]): void {
    let counts = this.#starts;
    for (const segment of trace) {
      this.#count(counts, segment);
      counts = this.#followers.get(segment) ?? new Map<Address, number>();
      this.#followers.set(segment, counts);
    }
    this.#predicted = new Set();
    this.#follow(this.#starts);
  }

  #count(counts: Map<Address, number>, next: Address): void {
    for (const [segment, share] of counts) {
      if (share * (1 - WEIGHT) < LEAST) counts.delete(segment);
      else counts.set(segment, share * (1 - WEIGHT));
    }
    counts.set(next, (counts.get(next) ?? 0) + (counts.size === 0 ? 1 : WEIGHT));
  }

  /** Follows the likely ways from here, each segment once. */
  #follow(from: ReadonlyMap<Address, number>): void {
    const waiting = [from];
    for (let counts = waiting.pop(); counts !== undefined; counts = waiting.pop()) {
      for (const [segment, share] of counts) {
        if (share < LIKELY || this.#predicted.has(segment)) continue;
        this.#predicted.add(segment);
        const next = this.#followers.get(segment);
        if (next !== undefined) waiting.push(next);
      }
    }
  }

  predicts(segment: Address): boolean {
    return this.#predicted.has(segment);
  }
}
