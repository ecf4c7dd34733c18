/** What is known about the slots of a rule at one point of its code. */
import type { Atom, Variable } from "../../term/atom.js";
import { UNDEFINED } from "../language/type-names.js";

interface Known {
  /** The local that holds the slot's value. */
  readonly name: string;
  /** The plain type as whose own value it was found to be; null: not looked at. */
  readonly type: Atom | null;
}

export class Scope {
  readonly #known: Map<Variable, Known>;

  constructor(slots: Iterable<readonly [Variable, string]>) {
    this.#known = new Map();
    for (const [slot, name] of slots) this.assign(slot, name);
  }

  has(slot: Variable): boolean {
    return this.#known.has(slot);
  }

  /** The local that holds the value of a slot that has one. */
  nameOf(slot: Variable): string {
    return this.#known.get(slot)!.name;
  }

  /** Whether the slot's value is known to be its own value where the type is expected. */
  isOwn(slot: Variable, type: Atom): boolean {
    const found = this.#known.get(slot)?.type ?? null;
    return found !== null && (found === type || type === UNDEFINED);
  }

  assign(slot: Variable, name: string, type: Atom | null = null): void {
    this.#known.set(slot, { name, type });
  }

  /** A copy, for a separate path. */
  fork(): Scope {
    const copy = new Scope([]);
    for (const [slot, { name, type }] of this.#known) copy.assign(slot, name, type);
    return copy;
  }

  /** Variables may have been bound: what was a value without a plain type may be something else now. */
  forgetUntyped(): this {
    for (const [slot, { name, type }] of this.#known) {
      if (type === UNDEFINED) this.assign(slot, name);
    }
    return this;
  }
}
