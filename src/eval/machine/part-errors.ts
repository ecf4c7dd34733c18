/**
 * Errors of parts. An error that a part of a call gives is a value of the call as well, unless another alternative of the
 * part gives a value: then it is none. Which of the two it is shows only when all alternatives of the part were tried. So
 * an error goes on at once, as alternatives do, and notes the frames that it has come through; whoever collects values
 * looks at these in the end.
 *
 *     (+ 1 (superpose ((Error a b) 2)))
 *          └── frame that waits for the part:  (Error a b)   goes on, noting the frame
 *                                              2             the frame has a value
 *     collected: (Error a b), overtaken, and 3; so 3 remains
 *
 *   PX1  What waits for a part is one object for all alternatives of the part: the frame, or, where a frame for the part is
 *        made only behind alternatives of something inside it, a `WaitedPart` that was made before these.
 */
import { type Atom, EXPRESSION, Expression } from "../../term/atom.js";
import { resolve } from "../../term/resolve.js";
import { isError } from "../language/error-atom.js";
import { Frame, type Machine } from "./machine.js";

/** What is known of a part that is waited for. */
interface Waited {
  /** Whether an alternative of the part has given a value that is no error (PX1). */
  readonly hasValue: boolean;
}

/** A part that is waited for, for all frames that do. */
export class WaitedPart implements Waited {
  hasValue = false;
}

/** Waits for the value of a part of a call. */
export abstract class PartFrame extends Frame implements Waited {
  hasValue = false;
}

/** Waits for the value of a part, for a call of which `type` is expected. */
export abstract class PartOfCallFrame extends PartFrame {
  protected readonly call: Expression;
  protected readonly type: Atom;

  constructor(parent: Frame | null, call: Expression, type: Atom) {
    super(parent);
    this.call = call;
    this.type = type;
  }
}

/** An error, and where it has come through. */
class PartError extends Expression {
  /** The parts that it is an error of, innermost last. */
  readonly parts: Parts;

  constructor(error: Expression, parts: Parts) {
    super(error.children);
    this.parts = parts;
  }
}

interface Parts {
  readonly part: Waited;
  readonly inner: Parts | null;
}

/** Waits for the value of a part; an error is given to the frame below instead. */
export class PartThenFrame extends PartFrame {
  readonly #then: (machine: Machine, value: Atom, parent: Frame | null) => void;

  constructor(
    parent: Frame | null,
    then: (machine: Machine, value: Atom, parent: Frame | null) => void,
  ) {
    super(parent);
    this.#then = then;
  }

  resume(machine: Machine, value: Atom): void {
    if (isError(value)) {
      machine.give(errorOf(this, value), this.parent);
      return;
    }
    this.hasValue = true;
    this.#then(machine, value, this.parent);
  }
}

/** The error of a part as that of the whole. */
export function errorOf(part: Waited, error: Atom): Atom {
  if (error.tag !== EXPRESSION) return error;
  const inner = error instanceof PartError ? error.parts : null;
  return new PartError(error, { part, inner });
}

/** What came for a part: an error as that of the whole. */
export function takenOf(part: PartFrame | WaitedPart, value: Atom): Atom {
  if (value.tag === EXPRESSION && isError(value)) return errorOf(part, value);
  part.hasValue = true;
  return value;
}

const OVERTAKEN: Parts = { part: { hasValue: true }, inner: null };

/** An error that others had beside values: no value of what it is given to, but an error among its alternatives. */
export function overtakenError(error: Expression): Atom {
  return new PartError(error, OVERTAKEN);
}

/** Whether an error that a part gave is none of the whole, since another alternative of the part has a value. */
export function isOvertaken(atom: Atom): boolean {
  if (!(atom instanceof PartError)) return false;
  for (let at: Parts | null = atom.parts; at !== null; at = at.inner) {
    if (at.part.hasValue) return true;
  }
  return false;
}

/** A value with `change` applied, for which it stays known where an error has come through. */
export function noting(atom: Atom, change: (atom: Atom) => Atom = resolve): Atom {
  const changed = change(atom);
  if (!(atom instanceof PartError) || changed.tag !== EXPRESSION) return changed;
  return new PartError(changed, atom.parts);
}

/** What was collected: without the errors that were overtaken; other errors count only where nothing else was found. */
export function withoutErrors(found: readonly Atom[]): Atom[] {
  const good = found.filter((atom) => !isError(atom));
  return good.length > 0 ? good : found.filter((atom) => !isOvertaken(atom)).map(plain);
}

/** An atom that keeps nothing of the evaluation that it comes from. */
function plain(atom: Atom): Atom {
  return atom instanceof PartError ? new Expression(atom.children) : atom;
}
