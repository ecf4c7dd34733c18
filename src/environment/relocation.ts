/**
 * Relocation: an environment of one heap in another that holds something already, by one pass over its rows.
 *
 *     words of the source                          words of the target
 *     (edge a b)  | E 3 | edge 7 | a 8 | b 9 |  ─▶  | E 3 | edge 31 | a 12 | b 32 |      same ids, same order
 *
 * Symbols get the ids of the target's table; spaces and states the names that the target gives them, but for those
 * that are known by a name of their own (registers, modules, settings). Rows keep their ids, and so their order. Indexes are built when
 * queries need them.
 *
 * Invariants
 *   RLO1  A run keeps its length: each name in it is replaced by one of the same kind.
 *   RLO2  The target's events are its own: the two heaps know nothing of each other, and number their writers alike.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { RowCursor } from "../containers/row-cursor.js";
import { treeCursor } from "../containers/tree-cursor.js";
import type { Heap } from "../memory/heap.js";
import { readSpare, writeSpare } from "../memory/segment.js";
import { type Atom, SPACE, SpaceAtom, STATE, StateAtom, UNIT } from "../term/atom.js";
import { mapEveryLeaf } from "../term/resolve.js";
import {
  idOf,
  skip,
  T_OPERATION,
  T_SPACE,
  T_STATE,
  T_STRING,
  T_SYMBOL,
  T_VARIABLE,
  tagOf,
  tokenEnd,
  tokenOf,
} from "../term/tokens.js";
import { NAMED } from "./causal-context.js";
import type { Handle } from "./handle.js";
import { createHandle, disposeHandle } from "./lifecycle.js";
import { isModuleSpace, moduleOf, moduleSpace } from "./module-space.js";
import { ROW_TOKENS, readRows, writeVersion } from "./relation.js";
import { affectsTypes, headOfKey, kindOfKey, namesHead, RelationKey } from "./relation-key.js";
import { countRows, ownRelation, placeRow, writeEvent } from "./row-writing.js";
import { settingState } from "./settings.js";
import { RELATIONS, readNextRow, SPACES, STATES, writeNextRow } from "./space.js";
import { createSpace, createSpaceAt, findSpace, ownSpace, stampTypes } from "./space-access.js";
import { createState, getState, putState } from "./state.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";

/**
 * What an environment holds, in another heap, as an environment of that heap's own. Throws HeapExhaustedError with nothing
 * left there. Cost: a copy of every row.
 */
export function relocate(source: Handle, heap: Heap): Handle {
  const target = createHandle(heap);
  try {
    new Relocation(target, source).run();
    return target;
  } catch (error) {
    disposeHandle(target);
    throw error;
  }
}

interface Name {
  readonly writer: number;
  readonly sequence: number;
}

class Relocation {
  readonly #target: Handle;
  readonly #source: Handle;
  /** By id of a symbol of the source: the target's id. */
  readonly #symbols: number[] = [];
  readonly #spaces = new Map<string, SpaceAtom>();
  readonly #states = new Map<string, StateAtom>();
  readonly #key = new RelationKey();

  constructor(target: Handle, source: Handle) {
    this.#target = target;
    this.#source = source;
  }

  run(): void {
    // All names come first: any of what follows may refer to any of them.
    const spaces = this.#names(SPACES).map((name) => new SpaceAtom(name.writer, name.sequence));
    const states = this.#names(STATES).map((name) => new StateAtom(name.writer, name.sequence));
    for (const space of spaces) this.#spaces.set(keyOf(space), this.#makeSpace(space));
    for (const state of states) this.#states.set(keyOf(state), this.#makeState(state));
    for (const state of states) {
      const value = mapEveryLeaf(getState(this.#source, state), (leaf) => this.#renamed(leaf));
      putState(this.#target, this.#states.get(keyOf(state))!, value);
    }
    for (const space of [null, ...spaces]) this.#fillSpace(space);
    this.#target.definitions = this.#target.store.nextDefinitions();
  }

  /** The names in a tree of the source's root. */
  #names(tree: number): Name[] {
    const { root, store } = this.#source;
    const names: Name[] = [];
    if (store.words[root + tree] === NO_ADDRESS) return names;
    const cursor = treeCursor(store.words, store.words[root + tree]!, 0, 0);
    while (cursor.next()) names.push({ writer: cursor.high | 0, sequence: cursor.low | 0 });
    return names;
  }

  #makeSpace(space: SpaceAtom): SpaceAtom {
    if (space.writer !== NAMED) return createSpace(this.#target);
    const made = this.#renamed(space) as SpaceAtom;
    createSpaceAt(this.#target, made);
    return made;
  }

  #makeState(state: StateAtom): StateAtom {
    if (state.writer !== NAMED) return createState(this.#target, UNIT);
    return this.#renamed(state) as StateAtom;
  }

  /** What a space or a state is called in the target; every other leaf stays. */
  #renamed(leaf: Atom): Atom {
    if (leaf.tag === SPACE) {
      if (!isModuleSpace(leaf.writer, leaf.sequence)) return this.#spaces.get(keyOf(leaf)) ?? leaf;
      return moduleSpace(this.#target, moduleOf(this.#source, leaf)!);
    }
    if (leaf.tag !== STATE) return leaf;
    // A negative sequence names a value of the host, which no heap has.
    if (leaf.writer !== NAMED || leaf.sequence < 0) return this.#states.get(keyOf(leaf)) ?? leaf;
    return settingState(this.#target, this.#source.store.vocabulary.symbols.textOf(leaf.sequence));
  }

  /** The rows of a space, as one write. */
  #fillSpace(space: SpaceAtom | null): void {
    const { words } = this.#source.store;
    const from = findSpace(words, this.#source.root, space);
    if (words[from + RELATIONS] === NO_ADDRESS) return;
    const target = this.#target;
    const root = beginWrite(target);
    const named = space === null ? null : (this.#renamed(space) as SpaceAtom);
    const record = ownSpace(target.store.heap, root, named);
    let sequence = nextSequence(target, root); // RLO2
    const cursor = treeCursor(words, words[from + RELATIONS]!, 0, 0);
    while (cursor.next()) {
      this.#setKey(cursor.high, cursor.low);
      sequence = this.#fillRelation(record, cursor.value, sequence);
    }
    writeNextRow(target.store.words, record, readNextRow(words, from));
    commitWrite(target, root, sequence);
  }

  #setKey(high: number, low: number): void {
    const kind = kindOfKey(high);
    this.#key.set(kind, namesHead(kind) ? this.#symbolOf(headOfKey(high)) : 0, low);
  }

  /** Copies the rows of a relation to the one of the key, each as an event of its own from a sequence on; the next sequence. */
  #fillRelation(record: Address, of: Address, from: number): number {
    const { heap, words, vocabulary } = this.#target.store;
    const { writer } = this.#target;
    const { high, low } = this.#key;
    const relation = ownRelation(heap, record, high, low);
    const source = new RowCursor(this.#source.store.words);
    source.seek(readRows(source.words, of), 0);
    // At which places there are variables is the same in both (AI3).
    writeSpare(words, relation, readSpare(source.words, of));
    let sequence = from;
    while (source.next()) {
      const run = source.payload + ROW_TOKENS;
      const count = skip(source.words, run) - run;
      const row = placeRow(heap, relation, source.id, count);
      writeEvent(words, row, writer, sequence++);
      this.#copyRun(run, count, row + ROW_TOKENS);
    }
    countRows(words, record, relation, sequence - from);
    writeVersion(words, relation, writer, sequence);
    if (affectsTypes(vocabulary.symbols, high, low)) stampTypes(heap, record);
    return sequence;
  }

  /** Copies a run, each name in it replaced (RLO1). */
  #copyRun(run: Address, count: number, place: Address): void {
    const { words: source } = this.#source.store;
    const { words } = this.#target.store;
    words.set(source.subarray(run, run + count), place);
    for (let at = run; at < run + count; at = tokenEnd(source[at]!, at)) {
      const token = source[at]!;
      const tag = tagOf(token);
      const to = place + at - run;
      if (tag === T_SYMBOL || tag === T_STRING || tag === T_VARIABLE || tag === T_OPERATION) {
        words[to] = tokenOf(tag, this.#symbolOf(idOf(token)));
      } else if (tag === T_SPACE || tag === T_STATE) {
        const [writer, sequence] = [source[at + 1]!, source[at + 2]!];
        const leaf =
          tag === T_SPACE ? new SpaceAtom(writer, sequence) : new StateAtom(writer, sequence);
        const name = this.#renamed(leaf) as SpaceAtom | StateAtom;
        words[to + 1] = name.writer;
        words[to + 2] = name.sequence;
      }
    }
  }

  #symbolOf(id: number): number {
    const known = this.#symbols[id];
    if (known !== undefined) return known;
    const text = this.#source.store.vocabulary.symbols.textOf(id);
    const made = this.#target.store.vocabulary.symbols.idOfText(text);
    this.#symbols[id] = made;
    return made;
  }
}

function keyOf({ writer, sequence }: Name): string {
  return `${writer} ${sequence}`;
}
