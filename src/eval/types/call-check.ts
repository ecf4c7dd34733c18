/** The full check of a call against a function type, which tries every type that an argument has. */
import {
  type Atom,
  type Expression,
  expression,
  integer,
  type SymbolAtom,
  symbol,
} from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { Trail } from "../../term/trail.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { isMetaType } from "./evidence.js";
import { BAD_ARGUMENT_TYPE, matchTypes, type TypeFound } from "./type-match.js";
import { fitsMetaType, type TypeSource } from "./type-source.js";

export const BAD_TYPE: SymbolAtom = symbol("BadType");

/** What tells the types of arguments. */
interface Types {
  readonly source: TypeSource;
  typesOf(atom: Atom, depth: number): TypeFound[];
}

/** A call that fits a function type: how its arguments are to be evaluated, and what comes out. */
export interface Applicable {
  readonly parameters: readonly Atom[];
  readonly result: Atom;
}

/** One check of a call against a function type, argument by argument. */
export class CallCheck {
  readonly #types: Types;
  readonly #call: Expression;
  readonly #type: Expression;
  readonly #expected: Atom;
  readonly #depth: number;
  readonly #trail = new Trail();
  readonly #fitting: Applicable[] = [];
  readonly #errors: Atom[] = [];

  constructor(types: Types, call: Expression, type: Expression, expected: Atom, depth: number) {
    this.#types = types;
    this.#call = call;
    this.#type = type;
    this.#expected = expected;
    this.#depth = depth;
  }

  run(): readonly (Applicable | Atom)[] {
    this.#checkFrom(1);
    this.#trail.undoTo(0);
    return this.#fitting.length > 0 ? this.#fitting : this.#errors;
  }

  #checkFrom(index: number): void {
    if (index === this.#call.children.length) {
      this.#checkResult();
      return;
    }
    const argument = dereference(this.#call.children[index]!);
    const formal = dereference(this.#type.children[index]!);
    if (isMetaType(formal) && fitsMetaType(formal, argument, this.#types.source)) {
      this.#checkFrom(index + 1);
      return;
    }
    const found = this.#types.typesOf(argument, this.#depth + 1);
    for (const { type, error } of found.length > 0 ? found : [NO_TYPE]) {
      if (error !== null) this.#errors.push(error);
      else this.#checkArgument(index, formal, type);
    }
  }

  #checkArgument(index: number, formal: Atom, actual: Atom): void {
    const mark = this.#trail.mark();
    if (matchTypes(formal, actual, this.#trail)) {
      this.#checkFrom(index + 1);
    } else {
      this.#trail.undoTo(mark);
      const reason = [BAD_ARGUMENT_TYPE, integer(index), resolve(formal), resolve(actual)];
      this.#errors.push(errorAtom(resolve(this.#call), expression(reason)));
    }
    this.#trail.undoTo(mark);
  }

  #checkResult(): void {
    const mark = this.#trail.mark();
    const { children } = this.#type;
    const result = children.at(-1)!;
    if (matchTypes(result, this.#expected, this.#trail)) {
      this.#fitting.push({
        parameters: children.slice(1, -1).map(resolve),
        result: resolve(result),
      });
    } else {
      const reason = [BAD_TYPE, resolve(this.#expected), resolve(result)];
      this.#errors.push(errorAtom(resolve(this.#call), expression(reason)));
    }
    this.#trail.undoTo(mark);
  }
}

const NO_TYPE: TypeFound = { type: UNDEFINED, error: null };
