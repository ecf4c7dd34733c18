/** When types fit each other, and what type an application has by a function type. */

import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  integer,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import { dereference, freshVariable, mapEveryLeaf, resolve } from "../../term/resolve.js";
import { Trail } from "../../term/trail.js";
import { unify } from "../../term/unify.js";
import { errorAtom } from "../language/error-atom.js";
import {
  ATOM,
  EXPRESSION_TYPE,
  GROUNDED_TYPE,
  SYMBOL_TYPE,
  UNDEFINED,
  VARIABLE_TYPE,
} from "../language/type-names.js";

export const BAD_ARGUMENT_TYPE: SymbolAtom = symbol("BadArgType");
export const WRONG_ARGUMENT_COUNT: SymbolAtom = symbol("IncorrectNumberOfArguments");

/** A type, or the error of an ill-typed application. */
export interface TypeFound {
  readonly type: Atom;
  readonly error: Atom | null;
}

/** The meta-type of an atom: which kind of atom it is. */
export function metaType(atom: Atom): SymbolAtom {
  switch (atom.tag) {
    case SYMBOL:
      return SYMBOL_TYPE;
    case VARIABLE:
      return VARIABLE_TYPE;
    case EXPRESSION:
      return EXPRESSION_TYPE;
    default:
      return GROUNDED_TYPE;
  }
}

/** Makes the types fit by binding their variables; `%Undefined%` fits wherever it stands (TY1). */
export function matchTypes(one: Atom, other: Atom, trail: Trail): boolean {
  const left = dereference(one);
  const right = dereference(other);
  if (left === UNDEFINED || right === UNDEFINED || left === ATOM || right === ATOM) return true;
  return unify(withWildcards(left), withWildcards(right), trail);
}

function withWildcards(type: Atom): Atom {
  if (type === UNDEFINED) return freshVariable("any");
  if (type.tag !== EXPRESSION) return type;
  return mapEveryLeaf(type, (leaf) => (leaf === UNDEFINED ? freshVariable("any") : leaf));
}

/**
 * The types of an application by a function type of its head, or the errors that it is. Arguments
 * have the types of `found`; one of which nothing is known fits everything, and what is at a
 * parameter of type `%Undefined%`, or of one that it fits by its kind, is not looked at.
 */
export function applicationTypes(
  call: Expression,
  type: Expression,
  found: readonly (readonly TypeFound[])[],
  fitsKind: (formal: Atom, argument: Atom) => boolean,
): TypeFound[] {
  if (type.children.length !== call.children.length + 1) {
    return [{ type, error: errorAtom(resolve(call), WRONG_ARGUMENT_COUNT) }];
  }
  const looked = found.map((types, index) => {
    const formal = type.children[index + 1]!;
    const argument = dereference(call.children[index + 1]!);
    return formal === UNDEFINED || fitsKind(formal, argument) ? [] : types;
  });
  return new Application(call, type, looked).run();
}

/** An application by one function type, argument by argument. */
class Application {
  readonly #call: Expression;
  readonly #type: Expression;
  /** The types of each argument; one without any fits. */
  readonly #found: readonly (readonly TypeFound[])[];
  readonly #trail = new Trail();
  readonly #types: TypeFound[] = [];

  constructor(call: Expression, type: Expression, found: readonly (readonly TypeFound[])[]) {
    this.#call = call;
    this.#type = type;
    this.#found = found;
  }

  run(): TypeFound[] {
    this.#applyFrom(1);
    return this.#types;
  }

  /** Continues from an argument under what those before it bound. */
  #applyFrom(index: number): void {
    const actual = this.#found[index - 1];
    const formal = this.#type.children[index]!;
    if (actual === undefined) {
      this.#types.push({ type: resolve(this.#type.children.at(-1)!), error: null });
      return;
    }
    const trail = this.#trail;
    const mark = trail.mark();
    let fits = actual.length === 0;
    if (fits) this.#applyFrom(index + 1);
    for (const { type } of actual) {
      if (unify(withWildcards(type), withWildcards(dereference(formal)), trail)) {
        fits = true;
        this.#applyFrom(index + 1);
      }
      trail.undoTo(mark);
    }
    if (fits) return;
    for (const { type } of actual) {
      const reason = [BAD_ARGUMENT_TYPE, integer(index), resolve(formal), resolve(type)];
      const error = errorAtom(resolve(this.#call), expression(reason));
      this.#types.push({ type: this.#type, error });
    }
  }
}
