/** Symbols that name types with a meaning of their own. */
import { type SymbolAtom, symbol } from "../../term/atom.js";

/** The type of untyped atoms; it fits everything. */
export const UNDEFINED: SymbolAtom = symbol("%Undefined%");
export const ATOM: SymbolAtom = symbol("Atom");
export const SYMBOL_TYPE: SymbolAtom = symbol("Symbol");
export const VARIABLE_TYPE: SymbolAtom = symbol("Variable");
export const EXPRESSION_TYPE: SymbolAtom = symbol("Expression");
export const GROUNDED_TYPE: SymbolAtom = symbol("Grounded");
export const NUMBER: SymbolAtom = symbol("Number");
export const STRING_TYPE: SymbolAtom = symbol("String");
export const BOOL: SymbolAtom = symbol("Bool");
export const SPACE_TYPE: SymbolAtom = symbol("SpaceType");
/** The type of a state that a random generator keeps its place in. */
export const RANDOM_GENERATOR: SymbolAtom = symbol("RandomGenerator");
