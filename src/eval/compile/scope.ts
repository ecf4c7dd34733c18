/** Which slots of a rule have a value at a place of its code. */
import type { Variable } from "../../term/atom.js";

export class Scope {
  readonly #assigned: Set<Variable>;

  constructor(assigned: Iterable<Variable>) {
    this.#assigned = new Set(assigned);
  }

  has(slot: Variable): boolean {
    return this.#assigned.has(slot);
  }

  assign(slot: Variable): void {
    this.#assigned.add(slot);
  }

  /** A copy for a path of its own. */
  fork(): Scope {
    return new Scope(this.#assigned);
  }
}
