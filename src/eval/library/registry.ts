/**
 * Registry: what names mean: operations and special forms by name, with types, words that stand for atoms, and functions
 * that are tabled. What the language has lies below and is shared (library-base.ts); a registry holds what is added.
 */
import type { Atom, SymbolAtom } from "../../term/atom.js";
import { symbol } from "../../term/atom.js";
import type { Operation } from "../host/operation.js";
import { UNDEFINED } from "../language/type-names.js";
import type { Form } from "./form.js";
import { FunctionSet } from "./function-set.js";
import type { Definition, LibraryBase } from "./library-base.js";

const NO_TYPES: readonly Atom[] = [];
/** Versions of a registry differ by more than those of its extensions. */
const EXTENSIONS = 64;

export class Registry {
  readonly #base: LibraryBase;
  /** Beside the base; null as long as there are none. */
  #definitions: Map<SymbolAtom, Definition> | null = null;
  #declared: Map<SymbolAtom, readonly Atom[]> | null = null;
  #constants: Map<string, Atom> | null = null;
  #tabled: FunctionSet | null = null;
  #version = 0;

  constructor(base: LibraryBase) {
    this.#base = base;
  }

  addOperation(operation: Operation): void {
    this.#define(operation.name, { kind: "operation", operation });
  }

  addForm(form: Form): void {
    this.#define(form.name, { kind: "form", form });
  }

  #define(name: string, definition: Definition): void {
    this.#version += EXTENSIONS;
    this.#definitions ??= new Map();
    this.#definitions.set(symbol(name), definition);
  }

  /** The word stands for the atom. */
  addWord(word: string, atom: Atom): void {
    this.#constants ??= new Map();
    this.#constants.set(word, atom);
  }

  /** One more type of a symbol. */
  declare(name: SymbolAtom, type: Atom): void {
    const types = [...this.#declaredFor(name), type];
    this.#version += EXTENSIONS;
    this.#declared ??= new Map();
    this.#declared.set(name, types);
  }

  /** Calls of the head with so many arguments are answered from tables in all spaces. */
  table(head: SymbolAtom, arity: number): void {
    this.#version += EXTENSIONS;
    this.#tabled ??= new FunctionSet();
    this.#tabled.add(head, arity);
  }

  /** This registry with more operations, which stays as it is; `number` is less than {@link EXTENSIONS} and says which they are. */
  extended(operations: readonly Operation[], number: number): Registry {
    const made = new Registry(this.#base);
    made.#definitions = new Map(this.#definitions);
    made.#declared = this.#declared;
    made.#constants = this.#constants;
    made.#tabled = this.#tabled;
    for (const operation of operations) made.addOperation(operation);
    made.#version = this.#version + number;
    return made;
  }

  /** Changes whenever an operation, a form, a type or a table is added. */
  get version(): number {
    return this.#version;
  }

  find(name: SymbolAtom): Definition | undefined {
    return this.#definitions?.get(name) ?? this.#base.definitions.get(name);
  }

  has(name: SymbolAtom): boolean {
    return this.find(name) !== undefined;
  }

  /** Whether the symbol is a grounded atom to programs. */
  isGrounded(name: SymbolAtom): boolean {
    const found = this.find(name);
    if (found === undefined) return false;
    return found.kind === "form"
      ? found.form.isGrounded
      : !this.#base.symbolic.has(found.operation);
  }

  /** How many arguments a call of the form may do with; Infinity for what is not a form. */
  leastArguments(name: SymbolAtom): number {
    const found = this.find(name);
    return found?.kind === "form" ? found.form.leastArguments : Infinity;
  }

  /** What a word stands for by itself. */
  wordOf(word: string): Atom | undefined {
    return this.#constants?.get(word) ?? this.#base.constants.get(word);
  }

  /** Every word that stands for an atom by itself. */
  words(): string[] {
    return keysOf(this.#base.constants, this.#constants);
  }

  #declaredFor(name: SymbolAtom): readonly Atom[] {
    return this.#declared?.get(name) ?? this.#base.declared.get(name) ?? NO_TYPES;
  }

  /** Whether calls of the head with so many arguments are answered from tables in all spaces. */
  isTabled(head: SymbolAtom, arity: number): boolean {
    return this.#tabled?.has(head, arity) === true;
  }

  /** Every type of a symbol: that of its operation or form, and declared ones. */
  typesOf(name: SymbolAtom): readonly Atom[] {
    const declared = this.#declaredFor(name);
    const found = this.find(name);
    if (found === undefined) return declared;
    const own = found.kind === "operation" ? found.operation.type : found.form.type;
    if (own === UNDEFINED) return declared;
    return declared.length === 0 ? [own] : [own, ...declared];
  }

  /** One line about an operation or form. */
  summaryOf(name: SymbolAtom): string | undefined {
    const found = this.find(name);
    return found?.kind === "operation" ? found.operation.summary : found?.form.summary;
  }

  /** Every name of an operation or form. */
  names(): SymbolAtom[] {
    return keysOf(this.#base.definitions, this.#definitions);
  }
}

/** The keys of two maps, each once. */
function keysOf<Key>(
  base: ReadonlyMap<Key, unknown>,
  own: ReadonlyMap<Key, unknown> | null,
): Key[] {
  return [...new Set([...base.keys(), ...(own?.keys() ?? [])])];
}
