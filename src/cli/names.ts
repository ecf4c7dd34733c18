/** The names that mean something in an environment: what completion offers and colours tell apart. */
import type { Environment } from "../environment/environment.js";
import type { Library } from "../eval/library.js";
import { type Atom, EXPRESSION, type SpaceAtom, SYMBOL, symbol } from "../term/atom.js";

/** An environment may hold millions of atoms; the names of this many are offered. */
const MAXIMUM_ATOMS = 20_000;

interface Names {
  /** Every symbol. */
  readonly all: ReadonlySet<string>;
  /** Those that stand elsewhere than in the bodies of rules. */
  readonly defined: ReadonlySet<string>;
  /** Those that have rules. */
  readonly reducible: ReadonlySet<string>;
  /** Whether there were no more atoms than are looked at. */
  readonly isWhole: boolean;
}

export class NamesInScope {
  readonly #environment: Environment;
  readonly #library: Library;
  #ofEnvironment: Names | null = null;

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
    return this.#library.has(symbol(word)) || this.#names().all.has(word);
  }

  /**
   * Whether a rule, a type or a fact says something about the word, or it is an operation. Also true
   * where that is not known, because there are too many atoms.
   */
  isDefined(word: string): boolean {
    const { defined, isWhole } = this.#names();
    return this.#library.has(symbol(word)) || defined.has(word) || !isWhole;
  }

  /** Whether a call of the word is known to be reduced, by an operation or by rules. */
  isReducible(word: string): boolean {
    return this.#library.has(symbol(word)) || this.#names().reducible.has(word);
  }

  /** The words of which {@link isDefined} is known to be true, the program's own first. */
  *defined(): IterableIterator<string> {
    yield* this.#names().defined;
    yield* this.#library.words();
    yield* this.#library.names();
  }

  *[Symbol.iterator](): IterableIterator<string> {
    yield* this.#library.names();
    yield* this.#names().all;
  }

  #names(): Names {
    if (this.#ofEnvironment !== null) return this.#ofEnvironment;
    const modules = [...this.#library.modules.values()].map(({ space }) => space);
    const spaces = [null, ...modules.filter((space) => space !== null)];
    this.#ofEnvironment = collectNames(this.#environment, spaces);
    return this.#ofEnvironment;
  }
}

function collectNames(environment: Environment, spaces: readonly (SpaceAtom | null)[]): Names {
  const all = new Set<string>(["&self"]);
  const defined = new Set<string>(["&self"]);
  const reducible = new Set<string>();
  let count = 0;
  for (const space of spaces) {
    for (const atom of environment.atoms(space)) {
      if (++count > MAXIMUM_ATOMS) return { all, defined, reducible, isWhole: false };
      const left = leftOf(atom);
      addNames(atom, all);
      addNames(left ?? atom, defined);
      if (left !== null) reducible.add(headOf(left));
    }
  }
  return { all, defined, reducible, isWhole: true };
}

/** What a rule reduces; null for other atoms. */
function leftOf(atom: Atom): Atom | null {
  if (atom.tag !== EXPRESSION || atom.children.length !== 3) return null;
  return atom.children[0] === symbol("=") ? atom.children[1]! : null;
}

function headOf(atom: Atom): string {
  const head = atom.tag === EXPRESSION ? atom.children[0] : atom;
  return head?.tag === SYMBOL ? head.name : "";
}

function addNames(atom: Atom, names: Set<string>): void {
  const pending: Atom[] = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag === SYMBOL) names.add(next.name);
    if (next.tag === EXPRESSION) pending.push(...next.children);
  }
}
