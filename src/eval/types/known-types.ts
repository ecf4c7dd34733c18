/** What is known of types in a version of the type assertions of a space and its library (TY3). */
import type { Atom, Expression, SymbolAtom } from "../../term/atom.js";
import type { Shown } from "./evidence.js";
import type { TypeFound } from "./type-match.js";

/** What is declared for a symbol. */
export interface Declared extends Shown {
  readonly functionTypes: readonly Expression[];
  readonly valueTypes: readonly Atom[];
}

export class KnownTypes {
  readonly declared: Map<SymbolAtom, Declared> = new Map();
  /** Types of expressions without variables (TY4). */
  readonly ofGround: WeakMap<Expression, TypeFound[]> = new WeakMap();
  /** Whether a type is said to be a subtype of another; null: nobody has looked. */
  hasSubtypes: boolean | null = null;
}
