/** What public functions ask of atoms that they are given. */
import { refuse } from "../base/arguments.js";
import type { Atom, SpaceAtom, StateAtom, SymbolAtom } from "./atom.js";
import { isAtom, isSpace, isState, isSymbol } from "./guards.js";

/** The atom, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asAtom(act: string, value: Atom): Atom {
  if (isAtom(value)) return value;
  return refuse(act, "an atom", value, "parseAtom(text) and toAtom(value) make one");
}

/** The symbol, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asSymbol(act: string, value: SymbolAtom): SymbolAtom {
  return isSymbol(value) ? value : refuse(act, "a symbol", value);
}

/** Each of the atoms, if they are a list of some. Throws ERR_INVALID_ARGUMENT. */
export function asAtoms(act: string, values: readonly Atom[]): readonly Atom[] {
  const given: unknown = values;
  if (!Array.isArray(given)) return refuse(act, "an array of atoms", given);
  for (const value of values) asAtom(act, value);
  return values;
}

/** The state, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asState(act: string, value: StateAtom): StateAtom {
  return isState(value) ? value : refuse(act, "a state", value);
}

/** The space, null for the environment's own. Throws ERR_INVALID_ARGUMENT. */
export function asSpace(act: string, value: SpaceAtom | null | undefined): SpaceAtom | null {
  if (value === null || value === undefined) return null;
  return isSpace(value) ? value : refuse(act, "a space", value);
}
