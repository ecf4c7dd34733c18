/** Where types come from: a space of an environment, the library in use, and what was prepared before. */
import type { Handle } from "../../environment/handle.js";
import { type Atom, type SpaceAtom, SYMBOL, type SymbolAtom } from "../../term/atom.js";
import { ATOM, GROUNDED_TYPE, SYMBOL_TYPE } from "../language/type-names.js";
import type { KnownTypes } from "./known-types.js";
import { metaType } from "./type-match.js";

export interface TypeSource {
  readonly handle: Handle;
  readonly space: SpaceAtom | null;
  /** What the library says of names. */
  readonly registry: {
    readonly version: number;
    isGrounded(name: SymbolAtom): boolean;
    typesOf(name: SymbolAtom): readonly Atom[];
    leastArguments(name: SymbolAtom): number;
  };
  readonly preparations: {
    types(space: SpaceAtom | null, typeVersion: string, libraryVersion: number): KnownTypes;
  };
}

/** True if `type` accepts the atom by its kind alone (TY1). */
export function fitsMetaType(type: Atom, atom: Atom, source: TypeSource): boolean {
  if (type === ATOM) return true;
  if (atom.tag === SYMBOL && (type === GROUNDED_TYPE || type === SYMBOL_TYPE)) {
    return source.registry.isGrounded(atom) === (type === GROUNDED_TYPE);
  }
  return type === metaType(atom);
}
