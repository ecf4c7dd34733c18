/**
 * The library of an evaluation: which symbols are operations, and which are special forms that control
 * evaluation themselves.
 */
import { asIterable, asText, refuse } from "../base/arguments.js";
import { showAs } from "../base/inspect.js";
import type { Environment } from "../environment/environment.js";
import { asAtom, asSymbol } from "../term/arguments.js";
import type { Atom, Expression, HostAtom, StateAtom, SymbolAtom } from "../term/atom.js";
import { symbol } from "../term/atom.js";
import { parseAtom } from "../term/parser.js";
import { GROUNDED_FORMS, SYMBOLIC_OPERATIONS } from "./declarations.js";
import { HostValues } from "./host-values.js";
import type { Frame, Machine } from "./machine.js";
import { asOperation, type Operation } from "./operation.js";
import { asPermissions, type Permissions } from "./permissions.js";
import { callsRebinding, isRule, rebinds } from "./rebinding.js";
import { UNDEFINED } from "./type-names.js";

const NO_TYPES: readonly Atom[] = [];
/** Versions of a library differ by more than those of its extensions. */
const EXTENSIONS = 64;

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
type Definition =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "form"; readonly form: SpecialForm };

/** What symbols do when they are called: operations and special forms by name, with types and summaries. */
export class Library {
  #definitions = new Map<SymbolAtom, Definition>();
  #declared = new Map<SymbolAtom, Atom[]>();
  #version = 0;
  #rulesRebind = false;
  #constants = new Map<string, Atom>();
  /** What programs that use this library may access on the host. */
  readonly permissions: Permissions;
  #hostValues = new HostValues();
  /** Files whose text was run by `include`, for messages about them. @internal */
  included: Set<string> = new Set();
  /** What this library is an extension of; null for one by itself. */
  #base: Library | null = null;
  #extensions = new Map<number, Library>();
  /** The folders of the programs that are being run, each as long as it is. */
  readonly #programs: { readonly folder: string | null }[] = [];

  static {
    showAs(Library, (library) => `Library { ${library.#definitions.size} operations and forms }`);
  }

  /** A library with these operations alone; if two have the same name, the later one wins. */
  constructor(operations: readonly Operation[]);
  /** With special forms. @internal */
  constructor(
    operations: readonly Operation[],
    forms: readonly SpecialForm[],
    permissions?: Permissions,
  );
  constructor(
    operations: readonly Operation[],
    forms: readonly SpecialForm[] = [],
    permissions: Permissions = {},
  ) {
    this.permissions = asPermissions("make a library", permissions);
    for (const operation of asIterable("make a library", operations)) this.addOperation(operation);
    for (const form of forms) this.addForm(form);
  }

  addOperation(operation: Operation): void {
    asOperation("take an operation", operation);
    this.#change();
    this.#definitions.set(symbol(operation.name), { kind: "operation", operation });
  }

  /** @internal */
  addForm(form: SpecialForm): void {
    this.#change();
    this.#definitions.set(symbol(form.name), { kind: "form", form });
  }

  /** The word stands for the atom wherever `bind!` has not given it another meaning. */
  define(word: string, atom: Atom): void {
    this.#constants.set(asText("define a word", word), asAtom("define a word", atom));
  }

  /** Keeps a value of the host that a word stands for; what the environment is to hold in its place. @internal */
  keepHostValue(environment: Environment, value: HostAtom): StateAtom {
    return this.#hostValues.keep(environment, value);
  }

  /** Whether a word stands for the value, or did. @internal */
  keepsHostValue(value: unknown): boolean {
    return this.#hostValues.has(value);
  }

  /** The value that was kept under the number of a ticket; undefined on another thread. @internal */
  findHostValue(ticket: number): HostAtom | undefined {
    return this.#hostValues.find(ticket);
  }

  /** What a word stands for by itself. @internal */
  constantOf(word: string): Atom | undefined {
    return this.#constants.get(word);
  }

  /** Every word that stands for an atom by itself. @internal */
  words(): string[] {
    return [...this.#constants.keys()];
  }

  /** To be told of each atom of a text that is added. @internal */
  noteRule(atom: Atom): void {
    const library = this.#base ?? this;
    if (!library.#rulesRebind && isRule(atom)) library.#rulesRebind = rebinds(atom);
  }

  /** Whether the text behind the expression can be read only when that was evaluated. @internal */
  isBarrier(atom: Atom): boolean {
    // Rules were read that, when they are used, change what the text behind the use means.
    if (this.#rulesRebind) return true;
    if (!rebinds(atom)) return false;
    // What is not called itself may be a part of a rule that the expression adds.
    this.#rulesRebind = !callsRebinding(atom);
    return true;
  }

  /**
   * The folder of the program that is being run: files in it and below may be read as modules and by
   * `include` without a permission. Null, as for expressions of the host: none.
   * @internal
   */
  get programFolder(): string | null {
    return this.#base === null ? (this.#programs.at(-1)?.folder ?? null) : this.#base.programFolder;
  }

  /**
   * While a program in that folder is being run, until what it gives is disposed; null: for an expression of the host.
   * @internal
   */
  enterProgram(folder: string | null): Disposable {
    const entered = { folder };
    this.#programs.push(entered);
    // Programs that wait for operations do not end in the order in which they began.
    return {
      [Symbol.dispose]: () => void this.#programs.splice(this.#programs.indexOf(entered), 1),
    };
  }

  /**
   * This library and some operations more, for programs that have asked for them; this one stays as it is. Made
   * once for each number below {@link EXTENSIONS}, which stands for those operations.
   * @internal
   */
  extended(number: number, operations: () => readonly Operation[]): Library {
    const known = this.#extensions.get(number);
    if (known !== undefined) return known;
    const made = new Library([], [], this.permissions);
    made.#base = this;
    made.#definitions = new Map(this.#definitions);
    made.#declared = this.#declared;
    made.#constants = this.#constants;
    made.#hostValues = this.#hostValues;
    made.included = this.included;
    for (const each of operations()) {
      made.#definitions.set(symbol(each.name), { kind: "operation", operation: each });
    }
    made.#version = this.#version + number;
    this.#extensions.set(number, made);
    return made;
  }

  /** Own operations have changed. */
  #change(): void {
    this.#version += EXTENSIONS;
    this.#extensions = new Map();
  }

  /** Changes whenever an operation or a form is added. @internal */
  get version(): number {
    return this.#version;
  }

  /** @internal */
  find(name: SymbolAtom): Definition | undefined {
    return this.#definitions.get(name);
  }

  /** @internal */
  has(name: SymbolAtom): boolean {
    return this.#definitions.has(name);
  }

  /** Whether the symbol is a grounded atom to programs. @internal */
  isGrounded(name: SymbolAtom): boolean {
    const found = this.#definitions.get(name);
    if (found === undefined) return false;
    return found.kind === "operation"
      ? !SYMBOLIC_OPERATIONS.has(name.name)
      : GROUNDED_FORMS.has(name.name);
  }

  /** One more type of a symbol, which need be neither an operation nor a form. */
  declare(name: string, type: Atom): void {
    asText("declare a type", name);
    asAtom("declare a type", type);
    this.#change();
    const known = this.#declared.get(symbol(name));
    if (known === undefined) this.#declared.set(symbol(name), [type]);
    else known.push(type);
  }

  /** Every type of a symbol: that of its operation or form, and declared ones. */
  typesOf(name: SymbolAtom): readonly Atom[] {
    asSymbol("tell the types", name);
    const declared = this.#declared.get(name) ?? NO_TYPES;
    const found = this.#definitions.get(name);
    if (found === undefined) return declared;
    const own = found.kind === "operation" ? found.operation.type : found.form.type;
    if (own === UNDEFINED) return declared;
    return declared.length === 0 ? [own] : [own, ...declared];
  }

  /** One line about an operation or form. */
  summaryOf(name: SymbolAtom): string | undefined {
    asSymbol("tell the summary", name);
    const found = this.#definitions.get(name);
    return found?.kind === "operation" ? found.operation.summary : found?.form.summary;
  }

  /** Every name, for completion and documentation. */
  names(): string[] {
    return [...this.#definitions.keys()].map((name) => name.name);
  }

  /** Name, type and one line of every entry, in alphabetical order. */
  entries(): { readonly name: string; readonly type: Atom; readonly summary: string }[] {
    return [...this.#definitions.values()]
      .map((found) => (found.kind === "operation" ? found.operation : found.form))
      .map(({ name, type, summary }) => ({ name, type, summary }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

/** The library, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asLibrary(act: string, value: Library): Library {
  return value instanceof Library ? value : refuse(act, "a Library", value);
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
