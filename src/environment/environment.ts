/**
 * Environment: spaces of atoms that can be cloned in constant time, written independently, and united again.
 *
 * ```ts
 * const base = Environment.create(heap);
 * base.add(parseAtom("(edge a b)"));
 * const left = base.clone();                  // shares everything
 * left.add(parseAtom("(edge b c)"));          // copies the path to the change
 * const right = base.clone();
 * right.remove(parseAtom("(edge a b)"));
 * const both = left.union(right);             // (edge b c)
 * ```
 *
 * An environment belongs to the thread that made it; it is handed on by a handle (`share`),
 * which is good once.
 * Every method of a disposed environment throws ERR_RELEASED. A HeapExhaustedError from any method
 * leaves the environment as it was.
 */

import { asIterable, asOptions, type Checks, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { asHeap, type Heap } from "../memory/heap.js";
import type { Packed } from "../memory/packed.js";
import { Scope } from "../memory/scope.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { asAtom, asSpace, asState } from "../term/arguments.js";
import { type Atom, expression, type SpaceAtom, type StateAtom, symbol } from "../term/atom.js";
import { addPacked } from "./add-packed.js";
import { atomsOf, type Bindings, bindingsOf, instancesOf } from "./answers.js";
import { makeRoomAfter } from "./collector.js";
import { assertLive, freezeHandle, type Handle, ownsRoot, type StateConflict } from "./handle.js";
import { type EnvironmentShape, inspectEnvironment } from "./inspection.js";
import {
  cloneHandle,
  createHandle,
  disposeHandle,
  isDisposed,
  receiveHandle,
  shareHandle,
} from "./lifecycle.js";
import type { RowList } from "./packed-rows.js";
import { type Explanation, explain } from "./query-explanation.js";
import {
  type InSpace,
  type Question,
  questionOf,
  SEARCH_CHECKS,
  type SearchOptions,
} from "./question.js";
import { countFound } from "./search.js";
import { readAtomCount } from "./space.js";
import { createSpace, findSpace } from "./space-access.js";
import { createState, getState, setState } from "./state.js";
import { absorbAll, assign, unite, uniteAll } from "./uniting.js";
import { addAtom, addAtoms, removeAtom } from "./writing.js";

const EQUALS = symbol("=");

/** What a match asks for, and in which space. */
export interface MatchOptions extends SearchOptions {
  /** The atom to give an instance of for each match; the pattern itself unless given. */
  readonly template?: Atom | undefined;
}

/** What unions may know in advance. */
export interface UnionOptions {
  /** An environment that all of them were cloned from. */
  readonly base?: Environment | undefined;
}

const IN_SPACE: Checks<InSpace> = { space: asSpace };
const MATCH: Checks<MatchOptions> = { ...SEARCH_CHECKS, template: asAtom };
const NO_OPTIONS: MatchOptions = {};
const UNION: Checks<UnionOptions> = { base: asEnvironment };

let handleIn: (environment: Environment) => Handle;
let environmentAround: (handle: Handle) => Environment;

/**
 * Spaces of atoms with states, in shared memory: cloned in constant time, written apart, united again.
 * Dispose it.
 */
export class Environment implements Disposable {
  readonly #handle: Handle;

  static {
    handleIn = (environment) => environment.#handle;
    environmentAround = (handle) => new Environment(handle);
  }

  /** Use `create`, `clone`, `receive` and their kin. */
  private constructor(handle: Handle) {
    this.#handle = handle;
    const { heap } = handle.store;
    if (heap.runningScopes > 0) Scope.adopt(heap, this);
  }

  /** An empty environment. Throws HeapExhaustedError. */
  static create(heap: Heap): Environment {
    return new Environment(createHandle(asHeap("make an environment", heap)));
  }

  /**
   * The environment that {@link share} gave a handle for, on the thread of `heap`; once for each. Throws
   * `ERR_INVALID_ARGUMENT` for something else, `ERR_STALE_HANDLE` for a handle that was received before or is
   * another heap's, HeapExhaustedError with the handle still good.
   */
  static receive(handle: SharedHandle<"Environment">, heap: Heap): Environment {
    const known = asHandle("Environment", handle);
    return new Environment(receiveHandle(known, asHeap("receive an environment", heap)));
  }

  /** States on which the two sides disagreed in the unions that produced this environment. */
  get conflicts(): readonly StateConflict[] {
    return this.#handle.rare?.conflicts ?? [];
  }

  /** Whether its next write copies nothing at the top: nobody shares what it holds, as after {@link clone}. */
  get ownsData(): boolean {
    return ownsRoot(live(this.#handle));
  }

  /** Whether it was written, or became another, since it was made. */
  get modified(): boolean {
    return this.#handle.modified;
  }

  /** The number of atoms in `&self`, counting each occurrence. */
  get count(): number {
    return this.countOf(null);
  }

  /** The number of atoms in a space, counting each occurrence. Throws ERR_INVALID_ARGUMENT for an unknown space. */
  countOf(space: SpaceAtom | null): number {
    const handle = live(this.#handle);
    const record = findSpace(handle.store.words, handle.root, asSpace("count atoms", space));
    handle.reads?.noteEverything(handle);
    return readAtomCount(handle.store.words, record);
  }

  /**
   * Adds one occurrence of the atom, bound variables followed, to a space (`&self` unless given). Throws
   * ERR_NOT_SHAREABLE for an atom with a host value in it, ERR_INVALID_ARGUMENT for an unknown space, as
   * target or in the atom, and an unknown state, HeapExhaustedError. Cost: independent of how much the
   * environment holds, but for the depth of its trees.
   */
  add(atom: Atom, options?: InSpace): void {
    const handle = this.#handle;
    const space = spaceIn("add", options);
    try {
      addAtom(handle, asAtom("add", atom), space);
    } catch (error) {
      makeRoomAfter(error, handle.store.heap);
      addAtom(handle, atom, space);
    }
  }

  /** Adds `(= left right)`. As {@link add}. */
  addRule(left: Atom, right: Atom, options?: InSpace): void {
    this.add(expression([EQUALS, asAtom("add", left), asAtom("add", right)]), options);
  }

  /**
   * Adds all atoms, or none: if the iterable throws, or an atom cannot be added, the environment is as
   * it was before and the error propagates to the caller.
   */
  addAll(atoms: Iterable<Atom>, options?: InSpace): void {
    addAtoms(this.#handle, eachAtom(asIterable("add", atoms)), spaceIn("add", options));
  }

  /**
   * Adds all atoms that `packRows` of `oxbow/regions` has packed, in their order, or none, without copying them: the
   * environment reads them in the region, which stays as long as any environment has a row of it; the
   * caller's handle may be disposed. As {@link addAll} in all that follows. Throws ERR_RELEASED for a disposed
   * handle, ERR_INVALID_ARGUMENT for atoms of another heap or not packed as rows, ERR_LIMIT, HeapExhaustedError.
   * Costs 64 bytes for 1,024 atoms of a relation. Indexes that are smaller than what is added are dropped,
   * to be built when a query needs them.
   */
  addPacked(packed: Packed<RowList>, options?: InSpace): void {
    addPacked(this.#handle, packed, spaceIn("add packed atoms", options));
  }

  /**
   * Removes the first occurrence that equals the atom up to renaming of variables; false if there is
   * none. Throws ERR_INVALID_ARGUMENT for an unknown space, HeapExhaustedError.
   */
  remove(atom: Atom, options?: InSpace): boolean {
    return removeAtom(this.#handle, asAtom("remove", atom), spaceIn("remove", options));
  }

  /** The atoms of a space (`&self` unless given) in insertion order, as it is when iteration begins. */
  atoms(options?: InSpace): IterableIterator<Atom> {
    return atomsOf(live(this.#handle), spaceIn("read atoms", options));
  }

  /**
   * The instances of `template` (the pattern itself unless given) for every match of `pattern`, in insertion
   * order of what matched, of the environment as it is when iteration begins. `(, p1 p2 …)` asks for all
   * patterns at once. Finds what `(match space pattern …)` finds in a program: also what is in spaces that the space
   * holds or imports, after its own; states by what they hold; host values ask themselves. Variables that
   * stay free keep their names; those of a matched row are renamed.
   */
  match(pattern: Atom, options: MatchOptions = NO_OPTIONS): IterableIterator<Atom> {
    const given = options === NO_OPTIONS ? options : asOptions("match", options, MATCH);
    const { template = pattern } = given;
    return instancesOf(live(this.#handle), questionOf("match", pattern, given), template);
  }

  /** What each match of the pattern binds its variables to. As {@link match}. */
  bindings(pattern: Atom, options?: SearchOptions): IterableIterator<Bindings> {
    return bindingsOf(live(this.#handle), questionIn("match", pattern, options));
  }

  /** How many matches the pattern has. As {@link match}, but no atoms are made for them. */
  countMatches(pattern: Atom, options?: SearchOptions): number {
    return countFound(this.#handle, questionIn("match", pattern, options));
  }

  /** Runs a query as {@link match} does and reports which indexes it used and how many rows it examined. */
  explain(pattern: Atom, options?: SearchOptions): Explanation {
    return explain(this.#handle, questionIn("explain", pattern, options));
  }

  /**
   * Makes what the environment holds immutable for good, and the environment with it: to write, clone it. Clones
   * are written as ever; making and disposing them, and copying a segment before its first write, then touch no
   * word that threads share, so a base that many threads clone is best frozen. What is frozen is never given
   * back to the heap: freeze what stays as long as the program. Cost: some 50 ns a segment, those frozen before
   * free.
   */
  freeze(): void {
    freezeHandle(this.#handle);
  }

  /** Whether {@link freeze} was called: writing to it throws ERR_FROZEN. */
  get frozen(): boolean {
    return this.#handle.rare?.isFrozen ?? false;
  }

  /**
   * How the environment lies in memory: its relations with their segments and indexes, what is shared and what the
   * next write would copy. For looking at, not for deciding by: what it says may change with any version. Cost: a
   * visit of each segment.
   */
  inspect(): EnvironmentShape {
    return inspectEnvironment(this.#handle);
  }

  /** An independent environment with the same content, sharing every segment until one of them is written. O(1). */
  clone(): Environment {
    return new Environment(cloneHandle(this.#handle));
  }

  /**
   * An environment with what both hold: an occurrence that both hold stays once, one that a side added
   * comes along, one that a side removed goes (a removal on one side survives). In order: what this one
   * holds, then what the other adds to it. Neither side changes. If one side has seen everything of
   * the other, it is shared; otherwise the cost follows the differences.
   *
   * States that both sides set take the right side's value; see {@link conflicts}. Throws
   * ERR_INVALID_ARGUMENT for environments of different heaps, and HeapExhaustedError.
   */
  union(other: Environment): Environment {
    return new Environment(unite(live(this.#handle), this.#side(other)));
  }

  /**
   * The union of all, from left to right; an empty list is ERR_INVALID_ARGUMENT. `base` as in
   * {@link absorbAll}.
   */
  static unionAll(environments: readonly Environment[], options: UnionOptions = {}): Environment {
    const [first, ...rest] = asIterable("unite", environments);
    if (first === undefined) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot unite an empty list of environments");
    }
    const handle = handleOf(asEnvironment("unite", first));
    const { sides, base } = first.#sides(rest, options);
    return new Environment(uniteAll(handle, sides, base));
  }

  /** Becomes the union of itself and `other`. As {@link union}. */
  absorb(other: Environment): void {
    this.absorbAll([other]);
  }

  /**
   * Becomes the union of itself and all others, from left to right; all of it or, if it throws, nothing.
   * `base` may name an environment that this one and the others were cloned from: then the cost follows
   * what the others changed since, and not what was united before; the result is the same, whatever
   * environment is named. Throws HeapExhaustedError, ERR_INVALID_ARGUMENT for another heap's.
   */
  absorbAll(others: readonly Environment[], options: UnionOptions = {}): void {
    const { sides, base } = this.#sides(others, options);
    absorbAll(live(this.#handle), sides, base);
  }

  #sides(
    others: Iterable<Environment>,
    options: UnionOptions,
  ): { readonly sides: readonly Handle[]; readonly base: Handle | null } {
    const { base } = asOptions("unite", options, UNION);
    const sides = Array.from(asIterable("unite", others), (other) => this.#side(other));
    return { sides, base: base === undefined ? null : this.#side(base) };
  }

  /** The handle of an environment that this one is to be united with, or to become. */
  #side(other: Environment): Handle {
    const handle = handleOf(asEnvironment("unite", other));
    if (handle.store === this.#handle.store) return handle;
    throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot unite environments of different heaps");
  }

  /** Becomes what `other` is, as if cloned from it. O(1). Throws `ERR_INVALID_ARGUMENT` for one of another heap. */
  assign(other: Environment): void {
    assign(live(this.#handle), this.#side(other));
  }

  /** A new, empty space of this environment. Throws HeapExhaustedError. */
  createSpace(): SpaceAtom {
    return createSpace(this.#handle);
  }

  /** A new state that holds `value`. Throws ERR_NOT_SHAREABLE, HeapExhaustedError. */
  createState(value: Atom): StateAtom {
    return createState(this.#handle, asAtom("make a state", value));
  }

  /** What the state holds. Throws ERR_INVALID_ARGUMENT if the environment has no such state. */
  getState(state: StateAtom): Atom {
    return getState(this.#handle, asState("get a state", state));
  }

  /** Sets a state. Throws ERR_INVALID_ARGUMENT if the environment has no such state, ERR_NOT_SHAREABLE. */
  setState(state: StateAtom, value: Atom): void {
    setState(this.#handle, asState("set a state", state), asAtom("set a state", value));
  }

  /**
   * A handle for another thread of the heap, for {@link Environment.receive}; good once. It carries a reference,
   * to what this environment holds now: one that is never received keeps that for the heap's life. Throws
   * HeapExhaustedError.
   */
  share(): SharedHandle<"Environment"> {
    return shareHandle(this.#handle);
  }

  /** Whether it was disposed, or its thread has given up its place in the heap. */
  get disposed(): boolean {
    return isDisposed(this.#handle);
  }

  /**
   * Releases what the environment holds; its live cursors end. Disposing twice does nothing. An environment that
   * is forgotten instead keeps its memory until it is collected, some time or never (`HeapStats.environments`).
   */
  dispose(): void {
    disposeHandle(this.#handle);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

showAs(Environment, (env) =>
  env.disposed ? "Environment { disposed }" : `Environment { ${env.count} atoms }`,
);

/** What the engine holds of an environment. */
export function handleOf(environment: Environment): Handle {
  return handleIn(environment);
}

/** The heap that an environment is in. */
export function heapOf(environment: Environment): Heap {
  return handleIn(environment).store.heap;
}

/** The environment of a handle, which is the environment's alone from now on. */
export function environmentOn(handle: Handle): Environment {
  return environmentAround(handle);
}

/** The environment, if it is a live one. Throws ERR_INVALID_ARGUMENT, ERR_RELEASED. */
export function asEnvironment(act: string, value: Environment): Environment {
  if (!(value instanceof Environment)) return refuse(act, "an environment", value);
  assertLive(handleIn(value));
  return value;
}

/** The handle, if it is one that was not disposed. Throws ERR_RELEASED. */
function live(handle: Handle): Handle {
  assertLive(handle);
  return handle;
}

function spaceIn(act: string, options: InSpace | undefined): SpaceAtom | null {
  if (options === undefined) return null;
  return asOptions(act, options, IN_SPACE).space ?? null;
}

function questionIn(act: string, pattern: Atom, options: SearchOptions | undefined): Question {
  const given = options === undefined ? NO_OPTIONS : asOptions(act, options, SEARCH_CHECKS);
  return questionOf(act, pattern, given);
}

function* eachAtom(atoms: Iterable<Atom>): Iterable<Atom> {
  for (const atom of atoms) yield asAtom("add", atom);
}
