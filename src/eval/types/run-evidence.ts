/** Evidence of types in the atoms of an evaluation: a variable that is still one has no type. */
import { type Atom, type SymbolAtom, VARIABLE } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import type { EvaluationContext } from "../evaluation-context.js";
import { ATOM, UNDEFINED } from "../type-names.js";
import { fitsMetaType } from "../types.js";
import { Evidence, literalType, type Shown } from "./evidence.js";

export class RunEvidence extends Evidence {
  readonly #context: EvaluationContext;

  constructor(context: EvaluationContext) {
    super();
    this.#context = context;
  }

  protected look(atom: Atom): Atom {
    return dereference(atom);
  }

  protected shown(name: SymbolAtom): Shown {
    return this.#context.types.declaredFor(name);
  }

  protected mayTypeExpressions(): boolean {
    return this.#context.types.mayTypeExpressions;
  }

  protected fitsKind(formal: Atom, atom: Atom): boolean {
    return fitsMetaType(formal, atom, this.#context);
  }

  protected readonly takesAny = true;

  protected takes(): boolean {
    return true;
  }

  protected agree(): boolean {
    return true;
  }
}

/** Whether a literal surely has the type. */
export function fitsAtOnce(atom: Atom, type: Atom): boolean {
  if (type === UNDEFINED || type === ATOM || type.tag === VARIABLE) return true;
  return type === literalType(atom);
}
