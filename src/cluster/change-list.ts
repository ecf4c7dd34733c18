/**
 * Change list: what one version of an environment has and an earlier one has not, in a block, and how it is carried out.
 *
 *     names    n, then each: 0 a space, 1 a state                     numbered from where the base's list ends
 *     modules  n, then each: name                                     spaces that have a name of their own
 *     states   n, then each: name, run
 *     spaces   n, then each: name, removed, added, rest
 *       removed  n relations, each: kind, text of the head, low word of the key, n, distances
 *       added    n, then each: distance, run                          to the next row's id before
 *       rest     to the next row's id in the end
 *
 * Ids are distances (of the first removed row of a relation from 0), so what is added says the same wherever it is added.
 *
 * Invariants
 *   CL1  Carried out on an environment that holds what the earlier version held, row for row under the same ids, it
 *        makes of it what the later version holds, row for row under the same ids.
 *   CL2  A list that does not fit the environment is `ERR_CLUSTER_DATA`, and the environment is to be disposed.
 */
import { OxbowError } from "../base/errors.js";
import type { ChangedRow, Changes, SpaceChange, StateChange } from "../environment/changes.js";
import type { Handle } from "../environment/handle.js";
import { hasSpace } from "../environment/registers.js";
import { headOfKey, kindOfKey, namesHead, RelationKey } from "../environment/relation-key.js";
import { readNextRow } from "../environment/space.js";
import { createSpace, createSpaceAt, findSpace } from "../environment/space-access.js";
import { createState, putState } from "../environment/state.js";
import { addAtom, removeRowAt, skipRowIds } from "../environment/writing.js";
import { SELF, SPACE, type SpaceAtom, type StateAtom, UNIT } from "../term/atom.js";
import { skip } from "../term/tokens.js";
import { isNumbered, type Name, type NameTable } from "./names.js";
import { RunReader, RunWriter } from "./runs.js";
import type { BlockReader, BlockWriter } from "./words.js";

const A_SPACE = 0;
const A_STATE = 1;
const NO_HEAD = -1;
const KINDS = 9;

/** Writes change lists of one heap into a block. */
export class ChangeWriter {
  readonly #block: BlockWriter;
  readonly #environment: Handle;
  readonly #names: NameTable;
  readonly #runs: RunWriter;

  /** @param environment the later version. */
  constructor(block: BlockWriter, environment: Handle, names: NameTable) {
    this.#block = block;
    this.#environment = environment;
    this.#names = names;
    this.#runs = new RunWriter(block, environment.store.vocabulary, names);
  }

  /** Writes the whole of it; what it makes gets names. Throws ERR_NOT_SHAREABLE. */
  put(changes: Changes): void {
    this.putNames(changes);
    const block = this.#block;
    block.put(changes.spaces.length);
    for (const change of changes.spaces) this.putSpace(change, change.added, true, true);
  }

  /** What comes before the spaces: names, and what states hold. */
  putNames({ newSpaces, states }: Changes): void {
    const block = this.#block;
    const made: Name[] = [
      ...newSpaces.filter(isNumbered),
      ...states
        .filter(({ isNew }) => isNew)
        .flatMap(({ state }) => (isNumbered(state) ? [state] : [])),
    ];
    block.put(made.length);
    for (const name of made) {
      block.put(name.tag === SPACE ? A_SPACE : A_STATE);
      this.#names.names.add(name);
    }
    const modules = newSpaces.filter((space) => !isNumbered(space));
    block.put(modules.length);
    for (const space of modules) this.#names.write(block, space);
    block.put(states.length);
    for (const state of states) this.#putState(state);
  }

  #putState({ state, tokens }: StateChange): void {
    this.#names.write(this.#block, state);
    this.#putRun(tokens);
  }

  /** A part of a space's change: these of its added rows, from the row after `before` on; whether it begins and ends there. */
  putSpace(
    { space, removed, firstRow, nextRow }: Omit<SpaceChange, "added">,
    added: readonly ChangedRow[],
    isFirst: boolean,
    isLast: boolean,
  ): void {
    const block = this.#block;
    this.#names.write(block, space ?? SELF);
    this.#putRemoved(isFirst ? removed : []);
    block.put(added.length);
    let next = firstRow;
    for (const { id, tokens } of added) {
      block.put(id - next);
      this.#putRun(tokens);
      next = id + 1;
    }
    block.put(isLast ? nextRow - next : 0);
  }

  #putRemoved(removed: readonly ChangedRow[]): void {
    const block = this.#block;
    const groups: ChangedRow[][] = [];
    for (const row of removed) {
      const last = groups.at(-1)?.[0];
      if (last?.high === row.high && last.low === row.low) groups.at(-1)!.push(row);
      else groups.push([row]);
    }
    block.put(groups.length);
    for (const group of groups) {
      const { high, low } = group[0]!;
      const kind = kindOfKey(high);
      block.put(kind);
      block.put(namesHead(kind) ? this.#runs.numberOf(headOfKey(high)) : NO_HEAD);
      block.put(low);
      block.put(group.length);
      let before = 0;
      for (const { id } of group) {
        block.put(id - before);
        before = id;
      }
    }
  }

  #putRun(tokens: number): void {
    const { words } = this.#environment.store;
    this.#runs.put(words, tokens, skip(words, tokens));
  }
}

/** Carries out the change list that comes next in a block (CL1). Throws `ERR_CLUSTER_DATA` (CL2), HeapExhaustedError. */
export function carryOut(block: BlockReader, environment: Handle, names: NameTable): void {
  try {
    new Replay(block, environment, names).run();
  } catch (error) {
    // What the environment refuses (a space that it has not, an id too low) is a fault of the list.
    const isFault = error instanceof OxbowError && error.code === "ERR_INVALID_ARGUMENT";
    throw isFault ? block.bad(error.message) : error;
  }
}

class Replay {
  readonly #block: BlockReader;
  readonly #environment: Handle;
  readonly #names: NameTable;
  readonly #runs: RunReader;

  constructor(block: BlockReader, environment: Handle, names: NameTable) {
    this.#block = block;
    this.#environment = environment;
    this.#names = names;
    this.#runs = new RunReader(block, environment.store.vocabulary, names);
  }

  run(): void {
    const block = this.#block;
    this.#makeNames();
    for (let states = block.count(); states > 0; states--) {
      const state = this.#names.read(block, false, null) as StateAtom;
      putState(this.#environment, state, this.#runs.take());
    }
    for (let spaces = block.count(); spaces > 0; spaces--) this.#changeSpace();
  }

  #makeNames(): void {
    const block = this.#block;
    const environment = this.#environment;
    for (let names = block.count(); names > 0; names--) {
      const isSpace = block.take() === A_SPACE;
      this.#names.names.add(isSpace ? createSpace(environment) : createState(environment, UNIT));
    }
    for (let modules = block.count(); modules > 0; modules--) {
      const space = this.#names.read(block, true, null) as SpaceAtom;
      if (isNumbered(space) || hasSpace(environment, space))
        throw block.bad("a space is made twice");
      createSpaceAt(environment, space);
    }
  }

  #changeSpace(): void {
    const block = this.#block;
    const environment = this.#environment;
    const space = this.#names.read(block, true, null) as SpaceAtom;
    const record = (): number => findSpace(environment.store.words, environment.root, space);
    let next = readNextRow(environment.store.words, record());
    for (let relations = block.count(); relations > 0; relations--) this.#remove(space, next);
    for (let rows = block.count(); rows > 0; rows--) {
      next += block.index();
      skipRowIds(environment, space, next);
      addAtom(environment, this.#runs.take(), space);
      next++;
    }
    skipRowIds(environment, space, next + block.index());
  }

  /** Removes rows of a relation, all of them below the next id. */
  #remove(space: SpaceAtom, next: number): void {
    const block = this.#block;
    const kind = block.index();
    const head = block.take();
    const low = block.index();
    if (kind >= KINDS) throw block.bad(`it has a relation of kind ${kind}`);
    const key = new RelationKey();
    const { symbols } = this.#environment.store.vocabulary;
    key.set(kind, namesHead(kind) ? symbols.idOfText(block.textAt(head)) : 0, low);
    const { high } = key;
    let id = 0;
    for (let rows = block.count(); rows > 0; rows--) {
      id += block.index();
      const isThere = id < next && removeRowAt(this.#environment, space, { high, low, id });
      if (!isThere) throw block.bad(`it removes row ${id}, which is not there`);
    }
  }
}
