/** Call record: what a trace and an inspector are told of one call of a pool. */
import type { Environment } from "../environment/environment.js";
import type { Atom } from "../term/atom.js";
import type { ForkWatch } from "./fork-watch.js";
import type { BranchOutcome } from "./outcome.js";
import type { CallOptions } from "./pool-call.js";
import { epochMs, type Trace } from "./trace.js";

/** What is called. */
interface Called {
  readonly base: Environment;
  readonly atoms: readonly Atom[];
}

export class CallRecord {
  readonly #trace: Trace | undefined;
  readonly #watch: ForkWatch | undefined;
  readonly #atoms: readonly Atom[];
  readonly #seed: number;
  readonly #startedMs: number = epochMs();

  /** The call begins. Who is undefined is told nothing. */
  constructor(
    trace: Trace | undefined,
    watch: ForkWatch | undefined,
    { base, atoms }: Called,
    { seed = 0, race = false, firstBranch = 0 }: CallOptions,
  ) {
    this.#trace = trace;
    this.#watch = watch;
    this.#atoms = atoms;
    this.#seed = seed;
    watch?.callBegins({ seed, atoms, environment: base, firstBranch, isRace: race });
  }

  /** It has come to its end. */
  end(outcomes: readonly BranchOutcome[]): void {
    const startedMs = this.#startedMs;
    this.#watch?.callEnds(startedMs, this.#seed);
    if (this.#trace === undefined) return;
    const name = `call of ${this.#atoms.length} branches`;
    this.#trace.addSpan(name, startedMs, epochMs() - startedMs);
    for (const [index, outcome] of outcomes.entries()) {
      this.#trace.addBranch(this.#atoms[index]!, index, outcome);
    }
  }
}
