/** What the language itself has under a name: operations and forms, those of its modules included. */
import type { Library } from "../eval/library/library.js";
import { parallelLibrary } from "../parallel/library.js";
import { symbol } from "../term/atom.js";
import { print } from "../term/printer.js";

export interface LanguageName {
  readonly name: string;
  /** As text. */
  readonly types: readonly string[];
  readonly summary: string;
  /** The module that has to be imported for it. */
  readonly module: string | undefined;
}

/** Words that mean something without being operations. */
const OWN_WORDS: ReadonlyMap<string, string> = new Map([
  ["=", "Defines a rule: its left side reduces to its right side."],
  [":", "Declares a type."],
  ["->", "The type of a function: its parameters, then its result."],
  ["&self", "The space of the program."],
  ["True", "A truth value."],
  ["False", "A truth value."],
  ["@doc", 'Documents a name: (@doc name (@desc "…") (@params ((@param "…"))) (@return "…")).'],
]);

export class LanguageNames {
  readonly #names: Map<string, LanguageName> = new Map();

  constructor(library: Library = parallelLibrary()) {
    for (const [name, summary] of OWN_WORDS) this.#add(library, name, summary);
    for (const name of library.names()) {
      this.#add(library, name, library.summaryOf(symbol(name)) ?? "");
    }
    for (const name of library.registry.words())
      if (!this.#names.has(name)) this.#add(library, name, "");
    for (const [module, host] of library.modules) {
      for (const { name, type, summary } of host.operations(library.permissions)) {
        if (this.#names.has(name)) continue;
        this.#names.set(name, { name, types: [print(type)], summary, module });
      }
    }
  }

  #add(library: Library, name: string, summary: string): void {
    const types = library.typesOf(symbol(name)).map((type) => print(type));
    this.#names.set(name, { name, types, summary, module: undefined });
  }

  get(name: string): LanguageName | undefined {
    return this.#names.get(name);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  all(): Iterable<LanguageName> {
    return this.#names.values();
  }

  names(): Iterable<string> {
    return this.#names.keys();
  }
}
