/** Evidence of types in the atoms of an evaluation: a variable that is still one has no type. */
import { type Atom, EXPRESSION, STATE, type SymbolAtom, VARIABLE } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { ATOM, UNDEFINED } from "../language/type-names.js";
import { Evidence, literalType, type Shown } from "./evidence.js";
import type { TypeCache } from "./type-cache.js";
import { fitsMetaType, type TypeSource } from "./type-source.js";

export class RunEvidence extends Evidence {
  readonly #source: TypeSource;
  readonly #types: TypeCache;

  constructor(source: TypeSource, types: TypeCache) {
    super();
    this.#source = source;
    this.#types = types;
  }

  /** Of values types are kept, so that those around a value are found from them. */
  override typeOf(atom: Atom, depth?: number): Atom | null {
    if (atom.tag === STATE) return this.#types.onlyType(atom);
    if (atom.tag !== EXPRESSION || !atom.evaluated || !this.#types.keepsTypes) {
      return super.typeOf(atom, depth);
    }
    const kept = this.#types.keptType(atom);
    if (kept !== undefined) return kept;
    const shown = super.typeOf(atom, Math.min(depth ?? 1, 1));
    if (shown === null) return this.#types.onlyType(atom);
    if (shown !== UNDEFINED) this.#types.keepType(atom, shown);
    return shown;
  }

  protected look(atom: Atom): Atom {
    return dereference(atom);
  }

  protected shown(name: SymbolAtom): Shown {
    return this.#types.declaredFor(name);
  }

  protected mayTypeExpressions(): boolean {
    return this.#types.mayTypeExpressions;
  }

  protected fitsKind(formal: Atom, atom: Atom): boolean {
    return fitsMetaType(formal, atom, this.#source);
  }

  protected readonly takesAny = true;

  protected takes(): boolean {
    return true;
  }

  protected agree(): boolean {
    return true;
  }

  protected agreeOnResult(): boolean {
    return true;
  }
}

/** Whether a literal surely has the type. */
export function fitsAtOnce(atom: Atom, type: Atom): boolean {
  if (type === UNDEFINED || type === ATOM || type.tag === VARIABLE) return true;
  return type === literalType(atom);
}
