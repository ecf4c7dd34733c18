/**
 * What never changes in a library: the operations, forms, declared types and constants that the language has. It is made
 * once in a thread and shared by all its libraries, so that making one costs nothing.
 */
import type { Atom, SymbolAtom } from "../../term/atom.js";
import { symbol } from "../../term/atom.js";
import type { Operation } from "../host/operation.js";
import type { Form } from "./form.js";
import type { HostModule } from "./host-module.js";

/** What a symbol's call does, besides rules. */
export type Definition =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "form"; readonly form: Form };

/** What a base is made of. */
interface BaseParts {
  readonly operations?: readonly Operation[];
  readonly forms?: readonly Form[];
  /** Names of those operations that programs take for symbols with rules. */
  readonly symbols?: ReadonlySet<string>;
  /** Names and types, which need be neither operations nor forms. */
  readonly declarations?: readonly (readonly [string, Atom])[];
  /** Words, and what they stand for. */
  readonly constants?: readonly (readonly [string, Atom])[];
  /** What programs can import that is no file, in an order that stays. */
  readonly modules?: ReadonlyMap<string, HostModule>;
}

export class LibraryBase {
  readonly definitions: ReadonlyMap<SymbolAtom, Definition>;
  /** Operations that are symbols to programs, and no grounded atoms. */
  readonly symbolic: ReadonlySet<Operation>;
  readonly declared: ReadonlyMap<SymbolAtom, readonly Atom[]>;
  readonly constants: ReadonlyMap<string, Atom>;
  readonly modules: ReadonlyMap<string, HostModule>;

  /** What `before` has, and these parts; of two definitions of a name the later one counts. */
  constructor(parts: BaseParts, before: LibraryBase | null = null) {
    const { operations = [], forms = [], declarations = [], constants = [], modules = [] } = parts;
    const symbolic = operations.filter(({ name }) => parts.symbols?.has(name) === true);
    this.symbolic = new Set([...(before?.symbolic ?? []), ...symbolic]);
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
    this.modules = new Map([...(before?.modules ?? []), ...modules]);
  }
}
