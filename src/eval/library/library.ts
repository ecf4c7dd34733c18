/**
 * Libraries: what an embedder gives to programs. A library has a registry, to which it adds what it is given once that is
 * checked, the modules that programs may import, and what they are permitted to do. What programs of one environment see
 * of it is a session (settings/session.ts).
 */
import { asIterable, asText, refuse } from "../../base/arguments.js";
import { showAs } from "../../base/inspect.js";
import { asAtom, asSymbol } from "../../term/arguments.js";
import type { Atom, SymbolAtom } from "../../term/atom.js";
import { symbol } from "../../term/atom.js";
import { asOperation, type Operation } from "../host/operation.js";
import { asPermissions, type Permissions } from "../host/permissions.js";
import type { Form } from "./form.js";
import { functionOf } from "./function-set.js";
import type { HostModule } from "./host-module.js";
import { LibraryBase } from "./library-base.js";
import { Registry } from "./registry.js";

const NOTHING: LibraryBase = new LibraryBase({});

/** What symbols do when they are called: operations and special forms by name, with types and summaries. */
export class Library {
  /** What names mean to programs that import no module. @internal */
  readonly registry: Registry;
  /** What programs that use this library may access on the host. */
  readonly permissions: Permissions;
  /** The modules that come with the engine, by name. @internal */
  readonly modules: ReadonlyMap<string, HostModule>;
  /** The registry with modules, by which they are, for its version `#extendedAt`. */
  readonly #extended = new Map<number, Registry>();
  #extendedAt = 0;

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
    this.registry = new Registry(base);
    this.permissions = asPermissions("make a library", permissions);
    this.modules = base.modules;
    for (const operation of asIterable("make a library", operations)) this.addOperation(operation);
  }

  /** Gives programs an operation, in the place of one of the same name. */
  addOperation(operation: Operation): void {
    this.registry.addOperation(asOperation("take an operation", operation));
  }

  /** @internal */
  addForm(form: Form): void {
    this.registry.addForm(form);
  }

  /** The word stands for the atom wherever `bind!` has not given it another meaning. */
  define(word: string, atom: Atom): void {
    this.registry.addWord(asText("define a word", word), asAtom("define a word", atom));
  }

  /** One more type of a symbol, which need be neither an operation nor a form. */
  declare(name: string, type: Atom): void {
    const act = "declare a type";
    this.registry.declare(symbol(asText(act, name)), asAtom(act, type));
  }

  /**
   * Answers calls of a function, `(path $x $y)`, from tables in all programs with this library, as `(tabled (path $x $y))` does
   * in the space where it stands. Throws ERR_INVALID_ARGUMENT for what is no call of a symbol that has its rules in a space.
   */
  table(call: Atom): void {
    const act = "answer a function from tables";
    const named = functionOf(asAtom(act, call));
    if (named === null || this.registry.has(named[0])) {
      refuse(act, "a call of a function with rules", call);
      return;
    }
    this.registry.table(...named);
  }

  /**
   * The registry with the operations of modules, one bit of `mask` for each in the order of their names. Made once for
   * each mask and version of the registry.
   * @internal
   */
  withModules(mask: number): Registry {
    if (mask === 0) return this.registry;
    const { version } = this.registry;
    if (version !== this.#extendedAt) this.#extended.clear();
    this.#extendedAt = version;
    const known = this.#extended.get(mask);
    if (known !== undefined) return known;
    const operations = [...this.modules.values()]
      .filter((_module, index) => (mask & (1 << index)) !== 0)
      .flatMap((module) => module.operations(this.permissions));
    const made = this.registry.extended(operations, mask);
    this.#extended.set(mask, made);
    return made;
  }

  /** Every type of a symbol: that of its operation or form, and declared ones. */
  typesOf(name: SymbolAtom): readonly Atom[] {
    return this.registry.typesOf(asSymbol("tell the types", name));
  }

  /** One line about an operation or form. */
  summaryOf(name: SymbolAtom): string | undefined {
    return this.registry.summaryOf(asSymbol("tell the summary", name));
  }

  /** Every name, for completion and documentation. */
  names(): string[] {
    return this.registry.names().map((name) => name.name);
  }

  /** Name, type and one line of every entry, in alphabetical order. */
  entries(): { readonly name: string; readonly type: Atom; readonly summary: string }[] {
    return entriesOf(this.registry);
  }
}

/** Name, type and one line of every operation and form, in alphabetical order. */
export function entriesOf(
  registry: Registry,
): { readonly name: string; readonly type: Atom; readonly summary: string }[] {
  return registry
    .names()
    .map((name) => registry.find(name)!)
    .map((found) => (found.kind === "operation" ? found.operation : found.form))
    .map(({ name, type, summary }) => ({ name, type, summary }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The library, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asLibrary(act: string, value: Library): Library {
  return value instanceof Library ? value : refuse(act, "a Library", value);
}
