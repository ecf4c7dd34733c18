/** Collecting every value of an atom before continuing, and other ways to wait. */

import { type Atom, type Expression, expression, UNIT } from "../../term/atom.js";
import { isError } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "./alternatives.js";
import type { Scope } from "./branches.js";
import { ChoicePoint, Frame, type Machine } from "./machine.js";
import { isOvertaken, noting, PartThenFrame, withoutErrors } from "./part-errors.js";
import { newScope, OrderedValues } from "./suspension.js";

/** Waits for a value and then calls a function. */
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

/** Stands below all alternatives of an atom; when they are exhausted, continues with what was found. */
export class Collector extends ChoicePoint {
  readonly found: OrderedValues = new OrderedValues();
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

  override holdsBack(): boolean {
    return true;
  }
}

/**
 * Evaluates atoms from left to right and calls `then` with their values; the first error is given
 * to the frame instead.
 */
export function evaluateAll(
  machine: Machine,
  atoms: readonly Atom[],
  frame: Frame | null,
  then: (values: readonly Atom[], frame: Frame | null) => void,
  done: readonly Atom[] = [],
): void {
  if (done.length === atoms.length) {
    then(done, frame);
    return;
  }
  const next = new PartThenFrame(frame, (_machine, value, parent) =>
    evaluateAll(machine, atoms, parent, then, [...done, value]),
  );
  machine.evaluate(atoms[done.length]!, UNDEFINED, next);
}

/** What to keep of a value that was found above a choice point; null: nothing. */
type Note = (value: Atom, since: ChoicePoint) => Atom | null;

/** Keeps the value, whatever was bound for it. */
export const VALUE_ALONE: Note = (value) => noting(value);

/** Waits for the values that a collector takes. */
export class CollectFrame extends Frame {
  readonly #collector: Collector;
  readonly #note: Note;

  constructor(collector: Collector, note: Note) {
    super(null);
    this.#collector = collector;
    this.#note = note;
  }

  /** Whether nobody sees what is bound for a value but in the value itself. */
  get takesValueAlone(): boolean {
    return this.#note === VALUE_ALONE;
  }

  resume(machine: Machine, value: Atom): void {
    const noted = this.#note(value, this.#collector);
    if (noted !== null) this.#collector.found.push(machine, noted);
    machine.fail();
  }
}

/** Lets `begin` start what gives values to a frame; calls `then` with what was noted of all of them. */
export function collectEach(
  machine: Machine,
  begin: (frame: Frame) => void,
  note: Note,
  then: (found: Atom[]) => void,
): void {
  const collector = new Collector(machine, then);
  machine.push(collector);
  begin(new CollectFrame(collector, note));
}

/** Evaluates all of the atom's alternatives, then calls `then` with the values, bindings undone. */
export function collect(
  machine: Machine,
  atom: Atom,
  type: Atom,
  then: (found: Atom[]) => void,
): void {
  collectEach(
    machine,
    (frame) => machine.evaluate(atom, type, frame),
    VALUE_ALONE,
    (found) => then(withoutErrors(found)),
  );
}

/** Stands below the alternatives of an atom, and keeps errors back until there is nothing else. */
export class Watch extends ChoicePoint {
  hasGood = false;
  readonly errors: Atom[] = [];
  readonly #onlyErrors: (errors: readonly Atom[]) => void;
  readonly #none: (() => void) | null;

  /** `none` is called if there is nothing at all; null: the branch ends. */
  constructor(onlyErrors: (errors: readonly Atom[]) => void, none: (() => void) | null) {
    super();
    this.#onlyErrors = onlyErrors;
    this.#none = none;
  }

  /** Keeps an error back. */
  keep(machine: Machine, error: Atom): void {
    this.errors.push(error);
    machine.branches.hold(error);
  }

  retry(machine: Machine): boolean {
    machine.drop(this);
    if (this.hasGood) return false;
    const errors = this.errors.filter((error) => !isOvertaken(error));
    if (errors.length > 0) this.#onlyErrors(errors);
    else if (this.#none === null) return false;
    else this.#none();
    return true;
  }

  /** Whether there is a value is not known before a branch that waits is at its end. */
  override isCarried(): boolean {
    return !this.hasGood;
  }
}

/** Waits for the values above a watch. */
export class WatchFrame extends Frame {
  readonly #watch: Watch;
  readonly #then: (value: Atom, frame: Frame | null) => void;

  constructor(
    parent: Frame | null,
    watch: Watch,
    then: (value: Atom, frame: Frame | null) => void,
  ) {
    super(parent);
    this.#watch = watch;
    this.#then = then;
  }

  resume(machine: Machine, value: Atom): void {
    const watch = this.#watch;
    // Without alternatives above it the watch has nothing more to wait for.
    const isLast = machine.branches.choices.at(-1) === watch;
    const isLater = watch.hasGood || watch.errors.length > 0 || !isLast;
    if (isError(value) && (isLater || isOvertaken(value))) {
      if (!watch.hasGood) watch.keep(machine, noting(value));
      machine.fail();
      return;
    }
    watch.hasGood = true;
    if (isLast) machine.drop(watch);
    this.#then(value, this.parent);
  }
}

/** How an evaluation continues with the values of an atom. */
interface GoodValues {
  /** With each, and the frame to give values to: errors only if there is nothing else. */
  readonly each: (value: Atom, frame: Frame | null) => void;
  /** If there is nothing at all; null: the branch ends. */
  readonly none: (() => void) | null;
}

/** Evaluates an atom and continues with each of its values: errors only if there is nothing else. */
export function evaluateGood(
  machine: Machine,
  atom: Atom,
  type: Atom,
  frame: Frame | null,
  { each, none }: GoodValues,
): void {
  const goOn = new ThenFrame(frame, (_machine, value, parent) => each(value, parent));
  const watch = new Watch((errors) => giveEach(machine, errors, goOn), none);
  machine.push(watch);
  machine.evaluate(atom, type, new WatchFrame(frame, watch, each));
}

/** Values that were collected, as a tuple. */
export function tupleOf(found: readonly Atom[]): Expression {
  if (found.length === 0) return UNIT;
  const tuple = expression(found);
  // The values are evaluated, so a tuple of them is too.
  if (tuple.ground) tuple.evaluated = true;
  return tuple;
}
