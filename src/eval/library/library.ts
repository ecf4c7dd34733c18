/**
 * The library of an evaluation: which symbols are operations, and which are special forms that control evaluation
 * themselves.
 *
 *     base      what the language has, the same for all libraries of a thread (library-base.ts)
 *     own       what the embedding program has added to this one
 *     extended  for programs that have imported modules of the engine: the same, and their operations
 *
 * What a program changes while it is run (words, modules, pragmas, folders) stands in its environment
 * (environment/settings.ts), and what it is allowed to use in its allowance (budget.ts).
 */
import { asIterable, asText, refuse } from "../../base/arguments.js";
import { showAs } from "../../base/inspect.js";
import { asAtom, asSymbol } from "../../term/arguments.js";
import type { Atom, SymbolAtom } from "../../term/atom.js";
import { symbol } from "../../term/atom.js";
import { asOperation, type Operation } from "../host/operation.js";
import { asPermissions, type Permissions } from "../host/permissions.js";
import { UNDEFINED } from "../language/type-names.js";
import { SYMBOLIC_OPERATIONS } from "./declarations.js";
import type { Form } from "./form.js";
import { FunctionSet, functionOf } from "./function-set.js";
import type { HostModule } from "./host-module.js";
import { type Definition, LibraryBase } from "./library-base.js";

const NO_TYPES: readonly Atom[] = [];
const NOTHING: LibraryBase = new LibraryBase({});
/** Versions of a library differ by more than those of its extensions. */
const EXTENSIONS = 64;

/** What symbols do when they are called: operations and special forms by name, with types and summaries. */
export class Library {
  readonly #base: LibraryBase;
  /** Beside the base; null as long as there are none. */
  #definitions: Map<SymbolAtom, Definition> | null = null;
  #declared: Map<SymbolAtom, readonly Atom[]> | null = null;
  #constants: Map<string, Atom> | null = null;
  #tabled: FunctionSet | null = null;
  #version = 0;
  /** What programs that use this library may access on the host. */
  readonly permissions: Permissions;
  #extensions: Map<number, Library> | null = null;

  static {
    showAs(Library, (library) => `Library { ${library.names().length} operations and forms }`);
  }

  /** A library with these operations alone; if two have the same name, the later one wins. */
  constructor(operations: readonly Operation[]);
  /** With what the language has. @internal */
  constructor(operations: readonly Operation[], base: LibraryBase, permissions?: Permissions);
  constructor(
    operations: readonly Operation[],
    base: LibraryBase = NOTHING,
    permissions: Permissions = {},
  ) {
    this.#base = base;
    this.permissions = asPermissions("make a library", permissions);
    for (const operation of asIterable("make a library", operations)) this.addOperation(operation);
  }

  addOperation(operation: Operation): void {
    asOperation("take an operation", operation);
    this.#define(operation.name, { kind: "operation", operation });
  }

  /** @internal */
  addForm(form: Form): void {
    this.#define(form.name, { kind: "form", form });
  }

  #define(name: string, definition: Definition): void {
    this.#change();
    this.#definitions ??= new Map();
    this.#definitions.set(symbol(name), definition);
  }

  /** The word stands for the atom wherever `bind!` has not given it another meaning. */
  define(word: string, atom: Atom): void {
    this.#constants ??= new Map();
    this.#constants.set(asText("define a word", word), asAtom("define a word", atom));
  }

  /** What a word stands for by itself. @internal */
  constantOf(word: string): Atom | undefined {
    return this.#constants?.get(word) ?? this.#base.constants.get(word);
  }

  /** Every word that stands for an atom by itself. @internal */
  words(): string[] {
    return keysOf(this.#base.constants, this.#constants);
  }

  /** The modules that come with the engine, by name. @internal */
  get modules(): ReadonlyMap<string, HostModule> {
    return this.#base.modules;
  }

  /**
   * This library with the operations of modules, one bit of `mask` for each in the order of their names; this one
   * stays as it is. Made once for each mask.
   * @internal
   */
  withModules(mask: number): Library {
    if (mask === 0) return this;
    const known = this.#extensions?.get(mask);
    if (known !== undefined) return known;
    const made = new Library([], this.#base, this.permissions);
    made.#definitions = new Map(this.#definitions);
    made.#declared = this.#declared;
    made.#constants = this.#constants;
    made.#tabled = this.#tabled;
    let bit = 1;
    for (const module of this.modules.values()) {
      const operations = (mask & bit) === 0 ? [] : module.operations(this.permissions);
      for (const operation of operations) {
        made.#definitions.set(symbol(operation.name), { kind: "operation", operation });
      }
      bit <<= 1;
    }
    made.#version = this.#version + mask;
    this.#extensions ??= new Map();
    this.#extensions.set(mask, made);
    return made;
  }

  /** What was extended is not this library any more. */
  #change(): void {
    this.#version += EXTENSIONS;
    this.#extensions = null;
  }

  /** Changes whenever an operation or a form is added. @internal */
  get version(): number {
    return this.#version;
  }

  /** @internal */
  find(name: SymbolAtom): Definition | undefined {
    return this.#definitions?.get(name) ?? this.#base.definitions.get(name);
  }

  /** @internal */
  has(name: SymbolAtom): boolean {
    return this.find(name) !== undefined;
  }

  /** Whether the symbol is a grounded atom to programs. @internal */
  isGrounded(name: SymbolAtom): boolean {
    const found = this.find(name);
    if (found === undefined) return false;
    return found.kind === "operation" ? !SYMBOLIC_OPERATIONS.has(name.name) : found.form.isGrounded;
  }

  /** How many arguments a call of the form may do with; Infinity for what is not a form. @internal */
  leastArguments(name: SymbolAtom): number {
    const found = this.find(name);
    return found?.kind === "form" ? found.form.leastArguments : Infinity;
  }

  /** One more type of a symbol, which need be neither an operation nor a form. */
  declare(name: string, type: Atom): void {
    const head = symbol(asText("declare a type", name));
    const known = this.#declaredFor(head);
    const types = [...known, asAtom("declare a type", type)];
    this.#change();
    this.#declared ??= new Map();
    this.#declared.set(head, types);
  }

  #declaredFor(name: SymbolAtom): readonly Atom[] {
    return this.#declared?.get(name) ?? this.#base.declared.get(name) ?? NO_TYPES;
  }

  /**
   * Answers calls of a function, `(path $x $y)`, from tables in all programs with this library, as `(tabled (path $x $y))` does
   * in the space where it stands. Throws ERR_INVALID_ARGUMENT for what is no call of a symbol that has its rules in a space.
   */
  table(call: Atom): void {
    const act = "answer a function from tables";
    const named = functionOf(asAtom(act, call));
    if (named === null || this.has(named[0])) {
      refuse(act, "a call of a function with rules", call);
      return;
    }
    this.#change();
    this.#tabled ??= new FunctionSet();
    this.#tabled.add(...named);
  }

  /** Whether calls of the head with so many arguments are answered from tables in all spaces. @internal */
  isTabled(head: SymbolAtom, arity: number): boolean {
    return this.#tabled?.has(head, arity) === true;
  }

  /** Every type of a symbol: that of its operation or form, and declared ones. */
  typesOf(name: SymbolAtom): readonly Atom[] {
    asSymbol("tell the types", name);
    const declared = this.#declaredFor(name);
    const found = this.find(name);
    if (found === undefined) return declared;
    const own = found.kind === "operation" ? found.operation.type : found.form.type;
    if (own === UNDEFINED) return declared;
    return declared.length === 0 ? [own] : [own, ...declared];
  }

  /** One line about an operation or form. */
  summaryOf(name: SymbolAtom): string | undefined {
    asSymbol("tell the summary", name);
    const found = this.find(name);
    return found?.kind === "operation" ? found.operation.summary : found?.form.summary;
  }

  /** Every name, for completion and documentation. */
  names(): string[] {
    return keysOf(this.#base.definitions, this.#definitions).map((name) => name.name);
  }

  /** Name, type and one line of every entry, in alphabetical order. */
  entries(): { readonly name: string; readonly type: Atom; readonly summary: string }[] {
    return keysOf(this.#base.definitions, this.#definitions)
      .map((name) => this.find(name)!)
      .map((found) => (found.kind === "operation" ? found.operation : found.form))
      .map(({ name, type, summary }) => ({ name, type, summary }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

/** The keys of two maps, each once. */
function keysOf<Key>(
  base: ReadonlyMap<Key, unknown>,
  own: ReadonlyMap<Key, unknown> | null,
): Key[] {
  return [...new Set([...base.keys(), ...(own?.keys() ?? [])])];
}

/** The library, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asLibrary(act: string, value: Library): Library {
  return value instanceof Library ? value : refuse(act, "a Library", value);
}
