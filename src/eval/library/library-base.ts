/**
 * What never changes in a library: the operations, forms, declared types and constants that the language has. It is made
 * once in a thread and shared by all its libraries, so that making one costs nothing.
 */
import type { Atom, Expression, SymbolAtom } from "../../term/atom.js";
import { symbol } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";
import type { Operation } from "../host/operation.js";
import type { Frame, Machine } from "../machine/machine.js";

/**
 * A special form: gets its call with unevaluated, dereferenced arguments, as many as its type has,
 * and tells the machine what to do next. `type` is what is expected of the call.
 */
export interface SpecialForm {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  /** Parameters beyond this many are optional. */
  readonly leastArguments: number;
  run(machine: Machine, call: Expression, type: Atom, frame: Frame | null): void;
}

/** What a symbol's call does, besides rules. */
export type Definition =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "form"; readonly form: SpecialForm };

/** What a base is made of. */
interface BaseParts {
  readonly operations?: readonly Operation[];
  readonly forms?: readonly SpecialForm[];
  /** Names and types, which need be neither operations nor forms. */
  readonly declarations?: readonly (readonly [string, Atom])[];
  /** Words, and what they stand for. */
  readonly constants?: readonly (readonly [string, Atom])[];
}

export class LibraryBase {
  readonly definitions: ReadonlyMap<SymbolAtom, Definition>;
  readonly declared: ReadonlyMap<SymbolAtom, readonly Atom[]>;
  readonly constants: ReadonlyMap<string, Atom>;

  /** What `before` has, and these parts; of two definitions of a name the later one counts. */
  constructor(parts: BaseParts, before: LibraryBase | null = null) {
    const { operations = [], forms = [], declarations = [], constants = [] } = parts;
    const definitions = new Map(before?.definitions);
    for (const operation of operations) {
      definitions.set(symbol(operation.name), { kind: "operation", operation });
    }
    for (const form of forms) definitions.set(symbol(form.name), { kind: "form", form });
    const declared = new Map(before?.declared);
    for (const [name, type] of declarations) {
      declared.set(symbol(name), [...(declared.get(symbol(name)) ?? []), type]);
    }
    this.definitions = definitions;
    this.declared = declared;
    this.constants = new Map([...(before?.constants ?? []), ...constants]);
  }
}

/** A special form from its parts; `type` is MeTTa text. */
export function form(
  name: string,
  type: string,
  summary: string,
  run: SpecialForm["run"],
  leastArguments: number | null = null,
): SpecialForm {
  const parsed = parseAtom(type) as Expression;
  const all = parsed.children.length - 2;
  return { name, type: parsed, summary, leastArguments: leastArguments ?? all, run };
}
