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

import { type Address, NO_ADDRESS } from "../base/address.js";
import { asIterable, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { release, retainIn } from "../memory/allocator.js";
import { asHeap, type Heap } from "../memory/heap.js";
import { ENVIRONMENT } from "../memory/kinds.js";
import { drop } from "../memory/ledger.js";
import type { Packed } from "../memory/packed.js";
import { Scope } from "../memory/scope.js";
import { isExclusive, retain } from "../memory/segment.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { issueTicket, redeemTicket } from "../memory/ticket.js";
import { asAtom, asState } from "../term/arguments.js";
import {
  type Atom,
  expression,
  type SpaceAtom,
  type StateAtom,
  symbol,
  type Variable,
} from "../term/atom.js";
import { decode } from "../term/decode.js";
import { dereference, mapLeaves, renameFresh, resolve } from "../term/resolve.js";
import { addPacked } from "./add-packed.js";
import {
  assertLive,
  becomeRoot,
  endPins,
  forgetCheckpoint,
  Handle,
  leavePin,
  ownRoot,
  reportConflicts,
  rollBack,
  type StateConflict,
  shareRoot,
  takeCheckpoint,
  takePin,
} from "./handle.js";
import { assertKnownNames } from "./known-names.js";
import type { RowList } from "./packed-rows.js";
import { type Explanation, explain } from "./query-explanation.js";
import { ROW_TOKENS, writeVersion } from "./relation.js";
import { affectsTypes, FACT, kindOfKey, setKeyOf } from "./relation-key.js";
import { locateScratch, NO_ROW } from "./row-equality.js";
import { allRows } from "./row-stream.js";
import { deleteRow, insertRow, ownRelation } from "./row-writing.js";
import { countFound, matchThrough, searchTrail } from "./search.js";
import { createRoot, RELATIONS, readAtomCount } from "./space.js";
import { createSpace, findSpace, ownSpace, stampTypes } from "./space-access.js";
import { createState, getState, setState } from "./state.js";
import { beginWrite, commitWrite, giveBackWriter, nextSequence } from "./transaction.js";
import { coveringSide, mergeInto } from "./union.js";
import { encodeScratch, type Store, storeOf } from "./workspace.js";

const EQUALS = symbol("=");

/** What a match binds: the pattern's variables as they were given, to atoms. */
export type Bindings = ReadonlyMap<Variable, Atom>;

/**
 * Spaces of atoms with states, in shared memory: cloned in constant time, written apart, united again.
 * Dispose it.
 */
export class Environment extends Handle implements Disposable {
  /** Takes over a reference to `root`. Use `create`, `clone`, `receive` and their kin. */
  private constructor(store: Store, root: Address, definitions?: number) {
    super(store, root, definitions);
    if (store.heap.runningScopes > 0) Scope.adopt(store.heap, this);
  }

  /** An empty environment. Throws HeapExhaustedError. */
  static create(heap: Heap): Environment {
    const store = storeOf(asHeap("make an environment", heap));
    const root = createRoot(heap);
    try {
      return new Environment(store, root);
    } catch (error) {
      release(heap, root);
      throw error;
    }
  }

  /**
   * The environment that {@link share} gave a handle for, on the thread of `heap`; once for each. Throws
   * `ERR_INVALID_ARGUMENT` for something else, `ERR_STALE_HANDLE` for a handle that was received before or is
   * another heap's, HeapExhaustedError with the handle still good.
   */
  static receive(handle: SharedHandle<"Environment">, heap: Heap): Environment {
    const { number } = asHandle("Environment", handle);
    const store = storeOf(asHeap("receive an environment", heap));
    return new Environment(store, redeemTicket(heap, number, ENVIRONMENT));
  }

  /** An environment on a root whose reference is taken over. @internal */
  static fromRoot(heap: Heap, root: Address): Environment {
    return new Environment(storeOf(heap), root);
  }

  /** Whether the top segment may be written in place: nobody shares it, as after a clone. @internal */
  get ownsData(): boolean {
    assertLive(this);
    return isExclusive(this.store.words, this.root);
  }

  /** States on which the two sides disagreed in the unions that produced this environment. */
  get conflicts(): readonly StateConflict[] {
    return this.rare?.conflicts ?? [];
  }

  /** The number of atoms in `&self`, counting each occurrence. */
  get count(): number {
    return this.countOf(null);
  }

  /** The number of atoms in a space, counting each occurrence. Throws ERR_INVALID_ARGUMENT for an unknown space. */
  countOf(space: SpaceAtom | null): number {
    assertLive(this);
    this.reads?.noteEverything(this);
    return readAtomCount(this.store.words, findSpace(this.store.words, this.root, space));
  }

  /**
   * Adds one occurrence of the atom, bound variables followed, to a space (`&self` unless given). Throws
   * ERR_NOT_SHAREABLE for an atom with a host value in it, ERR_INVALID_ARGUMENT for an unknown space, as
   * target or in the atom, and an unknown state, HeapExhaustedError. Cost: independent of how much the
   * environment holds, but for the depth of its trees.
   */
  add(atom: Atom, space: SpaceAtom | null = null): void {
    assertLive(this);
    const { store } = this;
    const { heap, key } = store;
    const length = encodeScratch(store, asAtom("add", atom));
    assertKnownNames(this, length);
    setKeyOf(key, dereference(atom), store.vocabulary.symbols);
    const { high, low } = key;
    const root = beginWrite(this);
    const record = ownSpace(heap, root, space);
    const relation = ownRelation(heap, record, high, low);
    const sequence = nextSequence(this, root);
    insertRow(heap, record, relation, this.writer, sequence, store.scratch, 0, length);
    writeVersion(store.words, relation, this.writer, sequence);
    const types = affectsTypes(store.vocabulary.symbols, high, low);
    if (types) stampTypes(heap, record);
    if (types || kindOfKey(high) !== FACT) this.definitions = store.nextDefinitions();
    commitWrite(this, root, sequence);
  }

  /** Adds `(= left right)`. As {@link add}. */
  addRule(left: Atom, right: Atom, space: SpaceAtom | null = null): void {
    this.add(expression([EQUALS, asAtom("add", left), asAtom("add", right)]), space);
  }

  /**
   * Adds all atoms, or none: if the iterable throws, or an atom cannot be added, the environment is as
   * it was before and the error propagates to the caller.
   */
  addAll(atoms: Iterable<Atom>, space: SpaceAtom | null = null): void {
    const checkpoint = takeCheckpoint(this);
    try {
      for (const atom of asIterable("add", atoms)) this.add(atom, space);
    } catch (error) {
      rollBack(this, checkpoint);
      throw error;
    }
    forgetCheckpoint(this, checkpoint);
  }

  /**
   * Adds all atoms that {@link packRows} has packed, in their order, or none, without copying them: the
   * environment reads them in the region, which stays as long as any environment has a row of it; the
   * caller's handle may be disposed. As {@link addAll} in all that follows. Throws ERR_RELEASED for a disposed
   * handle, ERR_INVALID_ARGUMENT for atoms of another heap or not packed as rows, ERR_LIMIT, HeapExhaustedError.
   * Costs 64 bytes for 1,024 atoms of a relation. Indexes that are smaller than what is added are dropped,
   * to be built when a query needs them.
   */
  addPacked(packed: Packed<RowList>, space: SpaceAtom | null = null): void {
    addPacked(this, packed, space);
  }

  /**
   * Removes the first occurrence that equals the atom up to renaming of variables; false if there is
   * none. Throws ERR_INVALID_ARGUMENT for an unknown space, HeapExhaustedError.
   */
  remove(atom: Atom, space: SpaceAtom | null = null): boolean {
    assertLive(this);
    const { store } = this;
    const { heap, key, words } = store;
    encodeScratch(store, asAtom("remove", atom));
    setKeyOf(key, dereference(atom), store.vocabulary.symbols);
    const { high, low } = key;
    const relations = words[findSpace(words, this.root, space) + RELATIONS]!;
    const found = relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, high, low);
    const id = found === NOT_FOUND ? NO_ROW : locateScratch(store, found);
    if (id === NO_ROW) return false;
    const root = beginWrite(this);
    const record = ownSpace(heap, root, space);
    const relation = ownRelation(heap, record, high, low);
    const sequence = nextSequence(this, root);
    deleteRow(heap, record, relation, id, store.scratch, 0);
    writeVersion(store.words, relation, this.writer, sequence);
    const types = affectsTypes(store.vocabulary.symbols, high, low);
    if (types) stampTypes(heap, record);
    if (types || kindOfKey(high) !== FACT) this.definitions = store.nextDefinitions();
    commitWrite(this, root, sequence);
    return true;
  }

  /** The atoms of a space (`&self` unless given) in insertion order, as it is when iteration begins. */
  *atoms(space: SpaceAtom | null = null): IterableIterator<Atom> {
    assertLive(this);
    const { store } = this;
    const record = findSpace(store.words, this.root, space);
    this.reads?.noteEverything(this);
    const pin = takePin(this);
    try {
      const rows = allRows(store.words, record);
      while (rows.next()) {
        yield decode(store.vocabulary, store.words, rows.row + ROW_TOKENS);
        pin.check();
      }
    } finally {
      pin.close();
    }
  }

  /**
   * The instances of `template` (the pattern itself unless given) for every match of `pattern`, in insertion
   * order of what matched, of the environment as it is when iteration begins. `(, p1 p2 …)` asks for all
   * patterns at once. Finds what `(match space pattern …)` finds in a program: also what is in spaces that the space
   * holds or imports, after its own; states by what they hold; host values ask themselves. Variables that
   * stay free keep their names; those of a matched row are renamed.
   */
  *match(
    pattern: Atom,
    template: Atom = pattern,
    space: SpaceAtom | null = null,
  ): IterableIterator<Atom> {
    const renamed = new Map<Variable, Variable>();
    const wanted = renameFresh(asAtom("match", pattern), renamed);
    const answer = renameFresh(asAtom("match", template), renamed);
    const restore = restorer(renamed);
    for (const _match of this.#matches(wanted, space)) yield mapLeaves(resolve(answer), restore);
  }

  /** What each match of the pattern binds its variables to. As {@link match}. */
  *bindings(pattern: Atom, space: SpaceAtom | null = null): IterableIterator<Bindings> {
    const renamed = new Map<Variable, Variable>();
    const wanted = renameFresh(asAtom("match", pattern), renamed);
    const restore = restorer(renamed);
    for (const _match of this.#matches(wanted, space)) {
      const bindings = new Map<Variable, Atom>();
      for (const [name, variable] of renamed) {
        if (variable.value !== null) bindings.set(name, mapLeaves(resolve(variable), restore));
      }
      yield bindings;
    }
  }

  /** How many matches the pattern has. As {@link match}, but no atoms are made for them. */
  countMatches(pattern: Atom, space: SpaceAtom | null = null): number {
    return countFound(this, space, renameFresh(asAtom("match", pattern)));
  }

  /** Runs a query as {@link match} does and reports which indexes it used and how many rows it examined. */
  explain(pattern: Atom, space: SpaceAtom | null = null): Explanation {
    return explain(this, asAtom("explain", pattern), space);
  }

  *#matches(pattern: Atom, space: SpaceAtom | null): IterableIterator<void> {
    const trail = searchTrail(this);
    const cursor = matchThrough(this, space, pattern, trail);
    try {
      for (; cursor.next(); trail.undoTo(0)) yield;
    } finally {
      trail.undoTo(0);
      cursor.close();
    }
  }

  /** An independent environment with the same content, sharing every segment until one of them is written. O(1). */
  clone(): Environment {
    return Environment.#sharing(this.store, shareRoot(this), this.definitions);
  }

  /** An environment that holds one more reference to `root`. */
  static #sharing(store: Store, root: Address, definitions?: number): Environment {
    // The count first: a thread that ends in between must not give up what it never had.
    retainIn(store.heap, root);
    try {
      return new Environment(store, root, definitions);
    } catch (error) {
      release(store.heap, root);
      throw error;
    }
  }

  /** Makes the top segment writable in place, as the first write would. Throws HeapExhaustedError. @internal */
  makeOwned(): void {
    assertLive(this);
    leavePin(this);
    ownRoot(this);
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
    assertSameHeap(this, other);
    const { store } = this;
    const root = shareRoot(this);
    const shared = coveringSide(store.words, root, shareRoot(other));
    if (shared !== NO_ADDRESS) return Environment.#sharing(store, shared);
    const united = this.clone();
    try {
      reportConflicts(united, mergeInto(united, other.root, NO_ADDRESS));
    } catch (error) {
      united.dispose();
      throw error;
    }
    united.modified = false;
    return united;
  }

  /**
   * The union of all, from left to right; an empty list is ERR_INVALID_ARGUMENT. `base` as in
   * {@link absorbAll}.
   */
  static unionAll(environments: readonly Environment[], base?: Environment): Environment {
    const [first, ...rest] = asIterable("unite", environments);
    if (first === undefined) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot unite an empty list of environments");
    }
    const united = asEnvironment("unite", first).clone();
    try {
      united.absorbAll(rest, base);
    } catch (error) {
      united.dispose();
      throw error;
    }
    united.modified = false;
    return united;
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
  absorbAll(others: readonly Environment[], base?: Environment): void {
    assertLive(this);
    for (const other of asIterable("unite", others)) assertSameHeap(this, other);
    if (base !== undefined) {
      assertSameHeap(this, base);
    }
    const checkpoint = takeCheckpoint(this);
    const conflicts: StateConflict[] = [];
    try {
      for (const other of others) conflicts.push(...this.#absorbOne(other, base));
    } catch (error) {
      rollBack(this, checkpoint);
      throw error;
    }
    forgetCheckpoint(this, checkpoint);
    reportConflicts(this, conflicts);
  }

  #absorbOne(other: Environment, base: Environment | undefined): StateConflict[] {
    const shared = coveringSide(this.store.words, this.root, shareRoot(other));
    if (shared === NO_ADDRESS) return mergeInto(this, other.root, base?.root ?? NO_ADDRESS);
    if (shared !== this.root) this.assign(other);
    return [];
  }

  /** Becomes what `other` is, as if cloned from it. O(1). */
  assign(other: Environment): void {
    assertLive(this);
    assertSameHeap(this, other);
    if (this.root === other.root) return;
    leavePin(this);
    retain(this.store.words, shareRoot(other));
    becomeRoot(this, other.root, other.definitions);
    this.modified = true;
  }

  /** A new, empty space of this environment. Throws HeapExhaustedError. */
  createSpace(): SpaceAtom {
    return createSpace(this);
  }

  /** A new state that holds `value`. Throws ERR_NOT_SHAREABLE, HeapExhaustedError. */
  createState(value: Atom): StateAtom {
    return createState(this, asAtom("make a state", value));
  }

  /** What the state holds. Throws ERR_INVALID_ARGUMENT if the environment has no such state. */
  getState(state: StateAtom): Atom {
    return getState(this, asState("get a state", state));
  }

  /** Sets a state. Throws ERR_INVALID_ARGUMENT if the environment has no such state, ERR_NOT_SHAREABLE. */
  setState(state: StateAtom, value: Atom): void {
    setState(this, asState("set a state", state), asAtom("set a state", value));
  }

  /**
   * A handle for another thread of the heap, for {@link Environment.receive}; good once. It carries a reference,
   * to what this environment holds now: one that is never received keeps that for the heap's life. Throws
   * HeapExhaustedError.
   */
  share(): SharedHandle<"Environment"> {
    return { kind: "Environment", number: issueTicket(this.store.heap, shareRoot(this)) };
  }

  /** Whether it was disposed, or its thread has given up its place in the heap. */
  get disposed(): boolean {
    return this.root === NO_ADDRESS || this.store.heap.detached;
  }

  /**
   * Releases what the environment holds; its live cursors end. Disposing twice does nothing. An environment that
   * is forgotten instead keeps its memory until it is collected, some time or never (`HeapStats.environments`).
   */
  dispose(): void {
    if (this.disposed) {
      this.root = NO_ADDRESS;
      return;
    }
    endPins(this);
    giveBackWriter(this);
    const { heap, net } = this.store;
    net.remove(this);
    const root = drop(heap, this.slot);
    this.root = NO_ADDRESS;
    release(heap, root);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

showAs(Environment, (env) =>
  env.root === NO_ADDRESS ? "Environment { disposed }" : `Environment { ${env.count} atoms }`,
);

/** The environment, if it is a live one. Throws ERR_INVALID_ARGUMENT, ERR_RELEASED. */
export function asEnvironment(act: string, value: Environment): Environment {
  if (!(value instanceof Environment)) return refuse(act, "an environment", value);
  assertLive(value);
  return value;
}

function assertSameHeap(one: Environment, other: Environment): void {
  asEnvironment("unite", other);
  if (one.store === other.store) return;
  throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot unite environments of different heaps");
}

/** Puts the user's variables back in place of the renamed ones. */
function restorer(renamed: ReadonlyMap<Variable, Variable>): (leaf: Atom) => Atom {
  const original = new Map<Atom, Variable>();
  for (const [variable, fresh] of renamed) original.set(fresh, variable);
  return (leaf) => original.get(leaf) ?? leaf;
}
