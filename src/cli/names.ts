/** The names that mean something in an environment: what completion offers and colours tell apart. */
import type { Environment } from "../environment/environment.js";
import type { Library } from "../eval/library.js";
import { type Atom, EXPRESSION, SYMBOL, symbol } from "../term/atom.js";

/** An environment may hold millions of atoms; the names of this many are offered. */
const MAXIMUM_ATOMS = 20_000;

export class NamesInScope {
  readonly #environment: Environment;
  readonly #library: Library;
  #ofEnvironment: ReadonlySet<string> | null = null;

  constructor(environment: Environment, library: Library) {
    this.#environment = environment;
    this.#library = library;
  }

  /** Forgets the environment's names: it may have been written. */
  refresh(): void {
    this.#ofEnvironment = null;
  }

  /** Whether the word is an operation, or stands in the environment. */
  has(word: string): boolean {
    return this.#library.has(symbol(word)) || this.#names().has(word);
  }

  *[Symbol.iterator](): IterableIterator<string> {
    yield* this.#library.names();
    yield* this.#names();
  }

  #names(): ReadonlySet<string> {
    this.#ofEnvironment ??= collectNames(this.#environment);
    return this.#ofEnvironment;
  }
}

function collectNames(environment: Environment): ReadonlySet<string> {
  const names = new Set<string>(["&self"]);
  let count = 0;
  for (const atom of environment.atoms()) {
    addNames(atom, names);
    if (++count === MAXIMUM_ATOMS) break;
  }
  return names;
}

function addNames(atom: Atom, names: Set<string>): void {
  const pending: Atom[] = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag === SYMBOL) names.add(next.name);
    if (next.tag === EXPRESSION) pending.push(...next.children);
  }
}
