/**
 * Reads: what has been read of an environment, so that what was made of it is known to be out of date once that
 * has changed.
 *
 *     env.reads = reads;                    from now on every search notes where it looks
 *     … match (edge $x b) …                 edge/2 in &self, in the version of now
 *     env.reads = null;
 *     env.add((edge b c));  reads.isCurrent(env)  ──▶ false
 *     env.add((node c));    reads.isCurrent(env)  ──▶ true
 *
 * Facts with a symbol first are noted by their relation, whether it is there or not. All other atoms (rules, types,
 * bare atoms, imports) count together, by `definitions`. What looks everywhere, and at states, is noted as
 * having read everything.
 *
 *   NR1  If nothing that was read has changed, it is current. The reverse does not hold.
 *   NR2  A relation is noted in the version of its first reading: a write between two readings makes it out of date.
 *        What was read in another era (symbols.ts) is out of date.
 *   NR3  Asking costs a look at each relation that was noted, once for each generation of a handle.
 */
import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { type Atom, EXPRESSION, SpaceAtom, SYMBOL, VARIABLE } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { readHeadSequence, readHeadWriter } from "./causal-context.js";
import { conjunctsOf } from "./conjunction.js";
import type { Handle } from "./handle.js";
import { readVersionSequence, readVersionWriter } from "./relation.js";
import { FACT, kindOfKey, setKeyOf } from "./relation-key.js";
import { RELATIONS } from "./space.js";
import { findSpace } from "./space-access.js";

/** A relation of facts, and the event that changed it last when it was read; (0, 0) for one that was not there. */
interface ReadRelation {
  readonly space: SpaceAtom | null;
  readonly high: number;
  readonly low: number;
  readonly writer: number;
  readonly sequence: number;
}

/** Of a relation in {@link Reads.numbers}. */
type Six = [number, number, number, number, number, number];
const READ_NUMBERS = 6;

interface Event {
  readonly writer: number;
  readonly sequence: number;
}

export class Reads {
  readonly #definitions: number;
  /** In which the ids of all relations that are noted are good; null if they are of several. */
  #era: object | null;
  readonly #relations = new Map<string, ReadRelation>();
  /** The head of the environment when everything was read. */
  #everything: Event | null = null;
  #askedOf: Handle | null;
  #askedAt: number;
  #wasCurrent = true;

  /** Nothing but rules and types, of the environment as it is now. */
  constructor(handle: Handle) {
    this.#definitions = handle.definitions;
    this.#era = handle.store.vocabulary.symbols.era;
    this.#askedOf = handle;
    this.#askedAt = handle.generation;
  }

  /** A pattern is searched for in spaces. */
  notePattern(handle: Handle, spaces: readonly (SpaceAtom | null)[], pattern: Atom): void {
    for (const part of conjunctsOf(pattern) ?? [pattern]) {
      const top = dereference(part);
      if (top.tag === VARIABLE) {
        this.noteEverything(handle);
      } else if (top.tag === EXPRESSION && top.children.length > 0) {
        const head = dereference(top.children[0]!);
        if (head.tag === VARIABLE) this.noteEverything(handle);
        if (head.tag !== SYMBOL) continue;
        const { key, vocabulary } = handle.store;
        setKeyOf(key, top, vocabulary.symbols);
        const { high, low } = key;
        for (const space of spaces) this.noteRelation(handle, space, high, low);
      }
    }
  }

  /** The relation of a key is read. */
  noteRelation(handle: Handle, space: SpaceAtom | null, high: number, low: number): void {
    if (kindOfKey(high) !== FACT) return;
    const key = keyOf(space, high, low);
    if (this.#relations.has(key)) return; // NR2
    if (this.#era !== handle.store.vocabulary.symbols.era) this.#era = null;
    this.#relations.set(key, { space, high, low, ...versionOf(handle, space, high, low) });
  }

  noteEverything(handle: Handle): void {
    this.#everything ??= headOf(handle);
  }

  /** What was made of this was made of the other's readings as well. */
  include(other: Reads): void {
    if (other === this) return;
    for (const [key, relation] of other.#relations) {
      if (!this.#relations.has(key)) this.#relations.set(key, relation);
    }
    this.#everything ??= other.#everything;
    if (other.#era !== this.#era) this.#era = null;
  }

  /** What was read, as numbers: {@link addNumbers} notes the same on another thread. */
  *numbers(): Generator<number> {
    const { writer = 0, sequence = 0 } = this.#everything ?? {};
    yield* [this.#everything === null ? 0 : 1, writer, sequence];
    for (const { space, high, low, writer, sequence } of this.#relations.values()) {
      yield* [space?.writer ?? 0, space?.sequence ?? 0, high, low, writer, sequence];
    }
  }

  /** Notes what was read as numbers; this one's own rules and types are those that were read. */
  addNumbers([isAll, allWriter, allSequence, ...numbers]: readonly number[]): void {
    if (isAll === 1) this.#everything = { writer: allWriter!, sequence: allSequence! };
    for (let at = 0; at < numbers.length; at += READ_NUMBERS) {
      const [spaceWriter, spaceSequence, high, low, writer, sequence] = numbers.slice(at) as Six;
      // No space of the heap is named by writer 0.
      const space = spaceWriter === 0 ? null : new SpaceAtom(spaceWriter, spaceSequence);
      this.#relations.set(keyOf(space, high, low), { space, high, low, writer, sequence });
    }
  }

  /** Whether all that was read is as it was (NR1, NR3). */
  isCurrent(handle: Handle): boolean {
    if (this.#askedOf === handle && this.#askedAt === handle.generation) return this.#wasCurrent;
    this.#askedOf = handle;
    this.#askedAt = handle.generation;
    this.#wasCurrent = this.#compare(handle);
    return this.#wasCurrent;
  }

  #compare(handle: Handle): boolean {
    if (this.#definitions !== handle.definitions) return false;
    if (this.#era !== handle.store.vocabulary.symbols.era) return false;
    if (this.#everything !== null && !isSame(this.#everything, headOf(handle))) return false;
    for (const relation of this.#relations.values()) {
      const { space, high, low } = relation;
      if (!isSame(relation, versionOf(handle, space, high, low))) return false;
    }
    return true;
  }
}

function keyOf(space: SpaceAtom | null, high: number, low: number): string {
  return `${space === null ? "" : `${space.writer}.${space.sequence}`}/${high}/${low}`;
}

function isSame(one: Event, other: Event): boolean {
  return one.writer === other.writer && one.sequence === other.sequence;
}

function headOf({ root, store }: Handle): Event {
  const { words } = store;
  return { writer: readHeadWriter(words, root), sequence: readHeadSequence(words, root) };
}

function versionOf(
  { root, store }: Handle,
  space: SpaceAtom | null,
  high: number,
  low: number,
): Event {
  const { words } = store;
  const relations = words[findSpace(words, root, space) + RELATIONS]!;
  const found = relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, high, low);
  if (found === NOT_FOUND) return { writer: 0, sequence: 0 };
  return { writer: readVersionWriter(words, found), sequence: readVersionSequence(words, found) };
}
