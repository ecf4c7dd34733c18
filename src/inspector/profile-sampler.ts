/**
 * Profile sampler: asks again and again which rule each thread has applied last, and adds up the time between.
 *
 *   SA1  Time in which a thread does not evaluate does not count; time in which it does and has applied no rule yet, or one
 *        without a number, is told apart.
 */
import { COUNTS, IDLE, type TapView } from "../sync/taps.js";
import type { ProfileReport } from "./protocol.js";
import type { RulePlaces } from "./rule-places.js";

/** What passes between two samples counts up to that: the sampler itself may have been kept from its work. */
const LONGEST_MS = 50;

interface NamedRule {
  readonly text: string;
  readonly key: string;
}

export class ProfileSampler {
  /** Milliseconds by thread and number. */
  readonly #times: Float64Array[] = [];
  readonly #rules: Map<number, NamedRule>[] = [];
  #sampledMs = performance.now();
  #samples = 0;

  /** A thread has told which rule a number stands for. */
  name(tap: number, number: number, rule: NamedRule): void {
    (this.#rules[tap] ??= new Map()).set(number, rule);
  }

  sample(taps: readonly TapView[]): void {
    const now = performance.now();
    const passed = Math.min(LONGEST_MS, now - this.#sampledMs);
    this.#sampledMs = now;
    this.#samples++;
    for (const { index, doing } of taps) {
      if (doing === IDLE) continue; // SA1
      const times = (this.#times[index] ??= new Float64Array(COUNTS));
      times[doing]! += passed;
    }
  }

  /** What the rules have cost so far on all threads, the dearest first. */
  report(taps: readonly TapView[], places: RulePlaces): ProfileReport {
    const byText = new Map<
      string,
      { rule: string; place: string | null; calls: number; ms: number }
    >();
    for (const { index, counts } of taps) {
      for (const [number, { text, key }] of this.#rules[index] ?? []) {
        const row = byText.get(key) ?? {
          rule: text,
          place: places.ofRule(key),
          calls: 0,
          ms: 0,
        };
        row.calls += counts[number]!;
        row.ms += this.#times[index]?.[number] ?? 0;
        byText.set(key, row);
      }
    }
    const rows = [...byText.values()].filter(({ calls }) => calls > 0);
    rows.sort((one, other) => other.ms - one.ms || other.calls - one.calls);
    return { rows, otherMs: this.#otherMs(), samples: this.#samples };
  }

  /** SA1. */
  #otherMs(): number {
    return this.#times.reduce((sum, times) => sum + (times[0] ?? 0), 0);
  }
}
