/**
 * The library of an evaluation: which symbols are operations, and which are special forms that steer
 * evaluation themselves.
 */
import { showAs } from "../base/inspect.js";
import type { Atom, Expression, SpaceAtom, SymbolAtom } from "../term/atom.js";
import { symbol } from "../term/atom.js";
import { parseAtom } from "../term/parser.js";
import { GROUNDED_FORMS, SYMBOLIC_OPERATIONS } from "./declarations.js";
import type { Frame, Machine } from "./machine.js";
import type { Operation } from "./operation.js";
import type { Permissions } from "./permissions.js";
import { callsRebinding, isRule, rebinds } from "./rebinding.js";
import { UNDEFINED } from "./type-names.js";

const NO_TYPES: readonly Atom[] = [];

/**
 * A special form: gets its call with unevaluated, dereferenced arguments, as many as its type has,
 * and tells the machine what to do next. `type` is what is expected of the call.
 */
export interface SpecialForm {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  /** Parameters may be left out from this many on; all are needed unless given. */
  readonly leastArguments: number;
  run(machine: Machine, call: Expression, type: Atom, frame: Frame | null): void;
}

/** What a symbol's call does, besides rules. */
type Definition =
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "form"; readonly form: SpecialForm };

/** A module that a program has loaded. */
export interface LoadedModule {
  readonly name: string;
  /** What the module's text was run in; null for a module of operations only. */
  readonly space: SpaceAtom | null;
  /** What importing it makes words stand for. */
  readonly words: ReadonlyMap<string, Atom>;
  readonly operations: readonly Operation[];
  /** Whether it has operations that only the thread that loaded it knows. */
  readonly isHost: boolean;
}

/** What symbols do when they are called: operations and special forms by name, with types and summaries. */
export class Library {
  readonly #definitions = new Map<SymbolAtom, Definition>();
  readonly #declared = new Map<SymbolAtom, Atom[]>();
  #version = 0;
  #rulesRebind = false;
  #words = new Map<string, Atom>();
  readonly #constants = new Map<string, Atom>();
  /** What programs that use this library may touch of the host. */
  readonly permissions: Permissions;
  /** Files whose text was run by `include`. */
  readonly included: Set<string> = new Set();
  /** Modules by the path or name that they were loaded from. */
  readonly modules: Map<string, LoadedModule> = new Map();
  /** What `pragma!` has set. */
  readonly settings: Map<string, Atom> = new Map();
  /**
   * The folder of the program that is being run: files in it and below may be read as modules and by
   * `include` without a permission. Null, as for expressions of the host: none.
   */
  programFolder: string | null = null;
  /** Where the paths of modules start: the folder of the file that is being run. */
  folder = ".";
  /** Where paths that begin with `top:` start, while a module is being run; otherwise `folder`. */
  topFolder: string | null = null;

  static {
    showAs(Library, (library) => `Library { ${library.#definitions.size} operations and forms }`);
  }

  /** A library with these operations and forms; of two with one name the later counts. */
  constructor(
    operations: readonly Operation[],
    forms: readonly SpecialForm[],
    permissions: Permissions = {},
  ) {
    this.permissions = permissions;
    for (const operation of operations) this.addOperation(operation);
    for (const form of forms) this.addForm(form);
  }

  addOperation(operation: Operation): void {
    this.#version++;
    this.#definitions.set(symbol(operation.name), { kind: "operation", operation });
  }

  addForm(form: SpecialForm): void {
    this.#version++;
    this.#definitions.set(symbol(form.name), { kind: "form", form });
  }

  /** From now on the word stands for the atom in text that is read with {@link boundTo}. */
  bind(word: string, atom: Atom): void {
    this.#words.set(word, atom);
  }

  /** Runs a text in which words stand for nothing yet; afterwards they are what they were before. */
  inScope<Result>(words: ReadonlyMap<string, Atom>, run: () => Result): Result {
    const outer = this.#words;
    this.#words = new Map(words);
    try {
      return run();
    } finally {
      this.#words = outer;
    }
  }

  /** The word stands for the atom wherever `bind!` has not given it another meaning. */
  define(word: string, atom: Atom): void {
    this.#constants.set(word, atom);
  }

  /** What a word stands for by `bind!` or by itself; to be given to the parser. */
  boundTo(word: string): Atom | undefined {
    return this.#words.get(word) ?? this.#constants.get(word);
  }

  /** Every word that stands for an atom, by `bind!` or by itself. */
  words(): string[] {
    return [...this.#words.keys(), ...this.#constants.keys()];
  }

  /** To be told of each atom of a text that is added. */
  noteRule(atom: Atom): void {
    if (!this.#rulesRebind && isRule(atom)) this.#rulesRebind = rebinds(atom);
  }

  /** Whether the text behind the expression can be read only when that was evaluated, and by this thread. */
  isBarrier(atom: Atom): boolean {
    if (this.hasOwnState) return true;
    if (!rebinds(atom)) return false;
    // What is not called itself may be a part of a rule that the expression adds.
    this.#rulesRebind = !callsRebinding(atom);
    return true;
  }

  /**
   * Whether operations were loaded or pragmas set that only the thread of this library knows, or rules were read
   * that, when they are used, change what the text behind the use means.
   */
  get hasOwnState(): boolean {
    if (this.settings.size > 0 || this.#rulesRebind) return true;
    return [...this.modules.values()].some(({ isHost }) => isHost);
  }

  /** Changes whenever an operation or a form is added. */
  get version(): number {
    return this.#version;
  }

  find(name: SymbolAtom): Definition | undefined {
    return this.#definitions.get(name);
  }

  has(name: SymbolAtom): boolean {
    return this.#definitions.has(name);
  }

  /** Whether programs take the symbol for a grounded atom. */
  isGrounded(name: SymbolAtom): boolean {
    const found = this.#definitions.get(name);
    if (found === undefined) return false;
    return found.kind === "operation"
      ? !SYMBOLIC_OPERATIONS.has(name.name)
      : GROUNDED_FORMS.has(name.name);
  }

  /** One more type of a symbol, which need be neither an operation nor a form. */
  declare(name: string, type: Atom): void {
    this.#version++;
    const known = this.#declared.get(symbol(name));
    if (known === undefined) this.#declared.set(symbol(name), [type]);
    else known.push(type);
  }

  /** Every type of a symbol: that of its operation or form, and declared ones. */
  typesOf(name: SymbolAtom): readonly Atom[] {
    const declared = this.#declared.get(name) ?? NO_TYPES;
    const found = this.#definitions.get(name);
    if (found === undefined) return declared;
    const own = found.kind === "operation" ? found.operation.type : found.form.type;
    if (own === UNDEFINED) return declared;
    return declared.length === 0 ? [own] : [own, ...declared];
  }

  /** One line about an operation or form. */
  summaryOf(name: SymbolAtom): string | undefined {
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

/** An operation from its parts; `type` is MeTTa text. */
export function operation(
  name: string,
  type: string,
  summary: string,
  apply: Operation["apply"],
): Operation {
  return { name, type: parseAtom(type), summary, pure: false, apply };
}

/** An operation that only looks at its arguments and does nothing else. */
export function pureOperation(
  name: string,
  type: string,
  summary: string,
  apply: Operation["apply"],
): Operation {
  return { name, type: parseAtom(type), summary, pure: true, apply };
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
