/**
 * Line: the branches of a call united in their order, while later ones are still evaluated.
 *
 *     branch     0    1    2    3    4    5 …
 *     ended      ✓    ✓    ✓    ·    ✓    ·
 *                └─ united ─┘        └ waits for branch 3
 *
 * What the union holds does not depend on when branches end: each goes in after all before it. Each costs
 * what it changed since the base.
 */
import type { Environment } from "../environment/environment.js";

export class Line {
  /** Milliseconds spent in unions. */
  unionMs = 0;
  readonly #base: Environment;
  /** What the branches from an index on wrote, null for nothing; and how many branches that is. */
  readonly #written: (Environment | null)[];
  readonly #counts: Uint32Array;
  #next = 0;
  #united: Environment | null = null;
  #error: unknown = null;

  /** @param base what the branches are evaluated on; it stays the caller's. */
  constructor(base: Environment, count: number) {
    this.#base = base;
    this.#written = Array.from({ length: count }, () => null);
    this.#counts = new Uint32Array(count);
  }

  /** The branches from `first` on have ended and left an environment, which is taken over. */
  put(first: number, count: number, environment: Environment | null): void {
    this.#written[first] = environment;
    this.#counts[first] = count;
  }

  /** Unites the contiguous prefix that has arrived. A failure is reported when the union is taken. */
  unite(): void {
    const ready: Environment[] = [];
    for (; (this.#counts[this.#next] ?? 0) > 0; this.#next += this.#counts[this.#next]!) {
      const environment = this.#written[this.#next]!;
      this.#written[this.#next] = null;
      if (environment !== null) ready.push(environment);
    }
    if (ready.length === 0) return;
    const started = performance.now();
    this.#uniteWith(ready);
    this.unionMs += performance.now() - started;
  }

  #uniteWith(ready: Environment[]): void {
    this.#united ??= ready.shift()!;
    try {
      if (this.#error === null) this.#united.absorbAll(ready, { base: this.#base });
    } catch (error) {
      this.#error = error;
    }
    for (const environment of ready) environment.dispose();
  }

  /** The union of all branches: the caller's from now on. */
  take(): Environment {
    this.unite();
    if (this.#error !== null) throw this.#error;
    const taken = this.#united ?? this.#base.clone();
    this.#united = null;
    return taken;
  }

  /** The first branch that wrote, if all before it have ended and wrote nothing; −1 if that is not known yet. */
  findFirstWriter(): number {
    while (this.#written[this.#next] === null && this.#counts[this.#next]! > 0) {
      this.#next += this.#counts[this.#next]!;
    }
    return (this.#written[this.#next] ?? null) === null ? -1 : this.#next;
  }

  /** What one branch wrote, where nothing has been united; the base for −1. The caller's from now on. */
  takeOnly(branch: number): Environment {
    const taken = this.#written[branch] ?? this.#base.clone();
    if (branch >= 0) this.#written[branch] = null;
    return taken;
  }

  /** Releases whatever was not taken. */
  dispose(): void {
    this.#united?.dispose();
    for (const environment of this.#written) environment?.dispose();
    this.#written.fill(null);
    this.#united = null;
  }
}
