/** Collecting every value of an atom before going on, and other ways to wait. */
import type { Atom } from "../../term/atom.js";
import { resolve } from "../../term/resolve.js";
import { ChoicePoint, Frame, type Machine, type Scope } from "../machine.js";
import { isError } from "../operation.js";
import { newScope, OrderedValues } from "../suspension.js";

/** Waits for a value and then does what it was told. */
export class ThenFrame extends Frame {
  readonly #then: (machine: Machine, value: Atom, parent: Frame | null) => void;

  constructor(
    parent: Frame | null,
    then: (machine: Machine, value: Atom, parent: Frame | null) => void,
  ) {
    super(parent);
    this.#then = then;
  }

  resume(machine: Machine, value: Atom): void {
    this.#then(machine, value, this.parent);
  }
}

/** Stands below all alternatives of an atom; when they are through, goes on with what was found. */
class Collector extends ChoicePoint {
  readonly found: OrderedValues<Atom> = new OrderedValues();
  readonly #then: (found: Atom[]) => void;
  readonly #scope: Scope | null;

  constructor(machine: Machine, then: (found: Atom[]) => void) {
    super();
    this.#then = then;
    this.#scope = machine.waiting === null ? null : newScope();
  }

  retry(machine: Machine): boolean {
    machine.drop(this);
    const scope = this.#scope;
    if (scope !== null && scope.branches > 0) {
      machine.waiting!.defer(machine, scope, () => this.#then(this.found.inOrder()));
      return false;
    }
    this.#then(this.found.inOrder());
    return true;
  }

  override scope(): Scope | null {
    return this.#scope;
  }
}

class CollectFrame extends Frame {
  readonly #collector: Collector;

  constructor(collector: Collector) {
    super(null);
    this.#collector = collector;
  }

  resume(machine: Machine, value: Atom): void {
    this.#collector.found.push(machine, resolve(value));
    machine.fail();
  }
}

/** Evaluates all of the atom's alternatives, then calls `then` with the values, bindings undone. */
export function collect(
  machine: Machine,
  atom: Atom,
  type: Atom,
  then: (found: Atom[]) => void,
): void {
  const collector = new Collector(machine, (found) => then(withoutErrors(found)));
  machine.push(collector);
  machine.evaluate(atom, type, new CollectFrame(collector));
}

/** Errors count only where nothing else was found. */
export function withoutErrors(found: Atom[]): Atom[] {
  const good = found.filter((atom) => !isError(atom));
  return good.length > 0 ? good : found;
}
