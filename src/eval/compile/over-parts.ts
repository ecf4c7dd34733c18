/**
 * Forms over the parts of an expression in generated code: what they do for each part is a function, which is called in
 * a loop as long as it gives values, and by a frame when it has left something.
 *
 *   OP1  What was found so far never changes: a branch may go on from the same part more than once.
 */
import { type Atom, EXPRESSION, type Expression, expression, isGround } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { UNDEFINED } from "../language/type-names.js";
import { Frame, type Machine } from "../machine/machine.js";
import { dataValue } from "./data-value.js";
import { evaluateLater } from "./later.js";
import { LEVELS } from "./saved-frame.js";

export type Code = (machine: Machine, levels: number, ...atoms: readonly Atom[]) => Atom | null;

/** Levels of the JavaScript stack that the loop takes besides its code's own (saved-frame.ts). */
export const LOOP_LEVELS = 8;

/** What is done with the values of the parts. */
interface Work {
  /** The value for a part, or null as code gives it. */
  begin(machine: Machine, levels: number, index: number): Atom | null;
  /** The same work with a part's value, which is dereferenced. */
  with(value: Atom): Work;
  /** The atom that is evaluated in the end. */
  readonly whole: Atom;
}

/** Goes on from part `index`. */
function goOn(
  machine: Machine,
  levels: number,
  from: Work,
  index: number,
  count: number,
): Atom | null {
  let work = from;
  for (let at = index; at < count; at++) {
    const value = work.begin(machine, levels - LOOP_LEVELS, at);
    if (value === null) {
      return machine.left === null ? null : machine.save(new EachFrame(work, at, count));
    }
    work = work.with(dereference(value));
  }
  return evaluated(machine, work.whole);
}

/** The parts have been evaluated, but the whole may be a call. */
export function evaluated(machine: Machine, whole: Atom): Atom | null {
  const known = whole.tag === EXPRESSION ? dataValue(machine, whole) : null;
  return known ?? evaluateLater(machine, whole, UNDEFINED);
}

/** Waits for the value of a part. */
class EachFrame extends Frame {
  readonly #work: Work;
  readonly #index: number;
  readonly #count: number;

  constructor(work: Work, index: number, count: number) {
    super(null);
    this.#work = work;
    this.#index = index;
    this.#count = count;
  }

  resume(machine: Machine, value: Atom): void {
    const work = this.#work.with(value);
    machine.finish(goOn(machine, LEVELS, work, this.#index + 1, this.#count), this.parent);
  }
}

/** What was found so far, newest first (OP1). */
interface Found {
  readonly value: Atom;
  readonly earlier: Found | null;
}

class Mapping implements Work {
  readonly #parts: readonly Atom[];
  readonly #code: Code;
  readonly #locals: readonly Atom[];
  readonly #found: Found | null;

  constructor(
    parts: readonly Atom[],
    code: Code,
    locals: readonly Atom[],
    found: Found | null = null,
  ) {
    this.#parts = parts;
    this.#code = code;
    this.#locals = locals;
    this.#found = found;
  }

  begin(machine: Machine, levels: number, index: number): Atom | null {
    return this.#code(machine, levels, this.#parts[index]!, ...this.#locals);
  }

  with(value: Atom): Work {
    return new Mapping(this.#parts, this.#code, this.#locals, { value, earlier: this.#found });
  }

  get whole(): Expression {
    const values: Atom[] = [];
    for (let each = this.#found; each !== null; each = each.earlier) values.push(each.value);
    return expression(values.reverse());
  }
}

class Folding implements Work {
  readonly #parts: readonly Atom[];
  readonly #code: Code;
  readonly #locals: readonly Atom[];
  readonly whole: Atom;

  constructor(parts: readonly Atom[], code: Code, locals: readonly Atom[], found: Atom) {
    this.#parts = parts;
    this.#code = code;
    this.#locals = locals;
    this.whole = found;
  }

  begin(machine: Machine, levels: number, index: number): Atom | null {
    return this.#code(machine, levels, this.whole, this.#parts[index]!, ...this.#locals);
  }

  with(value: Atom): Work {
    return new Folding(this.#parts, this.#code, this.#locals, value);
  }
}

/** The parts of an expression, if they and the locals hold no variables, which the machine renames for each part. */
export function partsOf(list: Atom, ...locals: readonly Atom[]): readonly Atom[] | null {
  const found = resolve(list);
  if (found.tag !== EXPRESSION || !isGround(found)) return null;
  return locals.every((local) => isGround(resolve(local))) ? found.children : null;
}

/** Goes over parts with the function that each is given to, what that begins with, and the locals that it needs. */
export type EachPart = (
  machine: Machine,
  levels: number,
  parts: readonly Atom[],
  code: Code,
  ...locals: readonly Atom[]
) => Atom | null;

/** `map-atom`. */
export const mapped: EachPart = (machine, levels, parts, code, ...locals) =>
  goOn(machine, levels, new Mapping(parts, code, locals), 0, parts.length);

/** `foldl-atom`: what it begins with, then the locals. */
export const folded: EachPart = (machine, levels, parts, code, ...[start, ...locals]) =>
  goOn(machine, levels, new Folding(parts, code, locals, resolve(start!)), 0, parts.length);
