/** The names that mean something in an environment: what completion offers and highlighting distinguishes. */
import { type Environment, handleOf } from "../environment/environment.js";
import type { Library } from "../eval/library/library.js";
import type { Registry } from "../eval/library/registry.js";
import { loadedModules } from "../eval/settings/loaded-modules.js";
import { Session } from "../eval/settings/session.js";
import { boundWords } from "../eval/settings/words.js";
import { type Atom, EXPRESSION, type SpaceAtom, SYMBOL, symbol } from "../term/atom.js";

/** An environment may hold millions of atoms; names are collected from this many of them. */
const MAXIMUM_ATOMS = 20_000;

interface Names {
  /** Every symbol. */
  readonly all: ReadonlySet<string>;
  /** Those that occur outside the bodies of rules. */
  readonly defined: ReadonlySet<string>;
  /** Those that have rules, with how many arguments these take, in increasing order. */
  readonly reducible: ReadonlyMap<string, readonly number[]>;
  /** Names with their numbers of arguments, as {@link shapeOf}, of everything that is not in the body of a rule. */
  readonly shapes: ReadonlySet<string>;
  /** Whether every atom was looked at. */
  readonly isWhole: boolean;
}

export class NamesInScope {
  readonly #environment: Environment;
  readonly #session: Session;
  #ofEnvironment: Names | null = null;

  constructor(environment: Environment, library: Library) {
    this.#environment = environment;
    this.#session = new Session(handleOf(environment), library);
  }

  get #known(): Registry {
    return this.#session.registry;
  }

  /** Forgets the environment's names: it may have been written. */
  refresh(): void {
    this.#ofEnvironment = null;
  }

  /** Whether the word is an operation, or occurs in the environment. */
  has(word: string): boolean {
    return this.#known.has(symbol(word)) || this.#names().all.has(word);
  }

  /**
   * Whether a rule, a type or a fact says something about the word, or it is an operation. Also true
   * where that is not known, because there are too many atoms.
   */
  isDefined(word: string): boolean {
    const { defined, isWhole } = this.#names();
    return this.#known.has(symbol(word)) || defined.has(word) || !isWhole;
  }

  /** Whether a call of the word is known to be reduced, by an operation or by rules. */
  isReducible(word: string): boolean {
    return this.#known.has(symbol(word)) || this.#names().reducible.has(word);
  }

  /**
   * How many arguments the rules of a name take, if there are rules but none for as many as are given, nor any
   * fact with so many; undefined if not, or if there are too many atoms to know.
   */
  otherArities(name: string, given: number): readonly number[] | undefined {
    const { reducible, shapes, isWhole } = this.#names();
    if (!isWhole || this.#known.has(symbol(name)) || shapes.has(shapeOf(name, given))) {
      return undefined;
    }
    return reducible.get(name);
  }

  /** The words of which {@link isDefined} is known to be true, the program's own first. */
  *defined(): IterableIterator<string> {
    yield* this.#names().defined;
    yield* boundWords(this.#environment);
    yield* this.#known.words();
    for (const { name } of this.#known.names()) yield name;
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const { name } of this.#known.names()) yield name;
    yield* this.#names().all;
  }

  #names(): Names {
    if (this.#ofEnvironment !== null) return this.#ofEnvironment;
    const modules = loadedModules(handleOf(this.#environment)).map(({ space }) => space);
    const spaces = [null, ...modules.filter((space) => space !== null)];
    this.#ofEnvironment = collectNames(this.#environment, spaces);
    return this.#ofEnvironment;
  }
}

function collectNames(environment: Environment, spaces: readonly (SpaceAtom | null)[]): Names {
  const all = new Set<string>(["&self"]);
  const defined = new Set<string>(["&self"]);
  const reducible = new Map<string, readonly number[]>();
  const shapes = new Set<string>();
  let count = 0;
  for (const space of spaces) {
    for (const atom of environment.atoms({ space })) {
      if (++count > MAXIMUM_ATOMS) return { all, defined, reducible, shapes, isWhole: false };
      const left = leftOf(atom);
      addNames(atom, all);
      addNames(left ?? atom, defined);
      addShapes(left ?? atom, shapes);
      if (left !== null) addRule(left, reducible);
    }
  }
  return { all, defined, reducible, shapes, isWhole: true };
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

function addRule(left: Atom, reducible: Map<string, readonly number[]>): void {
  const name = headOf(left);
  const taken = left.tag === EXPRESSION ? left.children.length - 1 : 0;
  const known = reducible.get(name) ?? [];
  if (!known.includes(taken)) {
    reducible.set(
      name,
      [...known, taken].toSorted((one, other) => one - other),
    );
  }
}

function shapeOf(name: string, given: number): string {
  return `${given} ${name}`;
}

function addShapes(atom: Atom, shapes: Set<string>): void {
  const pending: Atom[] = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag !== EXPRESSION) continue;
    shapes.add(shapeOf(headOf(next), next.children.length - 1));
    pending.push(...next.children);
  }
}

function addNames(atom: Atom, names: Set<string>): void {
  const pending: Atom[] = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag === SYMBOL) names.add(next.name);
    if (next.tag === EXPRESSION) pending.push(...next.children);
  }
}
