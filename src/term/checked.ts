/**
 * The functions on atoms as users call them: those of the engine, which trust what they are given, behind a look at
 * it. What is no atom is refused before it can get anywhere: one in an expression would be found out when it is stored.
 */
import { asFunction, asOptions, asText, type Checks, refuse } from "../base/arguments.js";
import { asAtom, asAtoms } from "./arguments.js";
import type {
  Atom,
  BooleanAtom,
  Expression,
  FloatAtom,
  IntegerAtom,
  StringAtom,
  SymbolAtom,
  Variable,
} from "./atom.js";
import * as atoms from "./atom.js";
import * as equality from "./equal.js";
import * as printer from "./printer.js";
import * as template from "./template.js";

/** What to print in place of what has no text of its own. */
export interface PrintOptions {
  /** In place of a state, which is shown by name otherwise: what it holds. A state inside itself is shown by name. */
  readonly showState?: printer.ShowState | undefined;
}

const PRINT_CHECKS: Checks<PrintOptions> = { showState: asFunction };

/** The one symbol of this name in this thread. */
export function symbol(name: string): SymbolAtom {
  return atoms.symbol(asText("make a symbol", name));
}

/** A variable as a user writes it, `name` without the `$`. */
export function variable(name: string): Variable {
  return atoms.variable(asText("make a variable", name));
}

/** A string. */
export function string(value: string): StringAtom {
  return atoms.string(asText("make a string", value));
}

/** An integer of any size: a `bigint`, or a `number` that is a safe integer. */
export function integer(value: number | bigint): IntegerAtom {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return atoms.integer(value);
  return refuse("make an integer", "a safe integer or a bigint", value);
}

/** A float, `1.0` for 1. */
export function float(value: number): FloatAtom {
  return typeof value === "number" ? atoms.float(value) : refuse("make a float", "a number", value);
}

/** `True` or `False`. */
export function boolean(value: boolean): BooleanAtom {
  if (typeof value === "boolean") return atoms.boolean(value);
  return refuse("make a boolean", "true or false", value);
}

/** An expression of these children. */
export function expression(children: readonly Atom[]): Expression {
  return atoms.expression(asAtoms("make an expression", children));
}

/** True when both are the same atom, variables by identity of name and number; `1` equals `1.0`. */
export function equal(left: Atom, right: Atom): boolean {
  return equality.equal(asAtom("compare", left), asAtom("compare", right));
}

/** True when one atom becomes the other by renaming its variables one to one. */
export function alphaEqual(left: Atom, right: Atom): boolean {
  return equality.alphaEqual(asAtom("compare", left), asAtom("compare", right));
}

/**
 * The text of an atom; parsing it gives the atom back unless it holds an operation, a space, a state or a
 * host value. Throws ERR_LIMIT for a text that is too long for a string of JavaScript.
 */
export function print(atom: Atom, options: PrintOptions = {}): string {
  const { showState } = asOptions("print", options, PRINT_CHECKS);
  return printer.print(asAtom("print", atom), showState);
}

/**
 * The value of an atom, as far as TypeScript has one: numbers (beyond 2^53 a `bigint`), strings, booleans,
 * expressions as arrays of values; any other atom is itself. The way back is `toAtom`, by which a
 * float without a fraction becomes an integer. Recurses over the depth of the atom.
 */
export function toValue(atom: Atom): template.AtomLike {
  return template.toValue(asAtom("make a value", atom));
}
