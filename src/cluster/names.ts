/**
 * Names: what the spaces and states of an environment are called in blocks.
 *
 * Here a space is named by the event that made it, (writer, sequence), which another machine does not have. There and in
 * blocks it is a number: the place in the list of all names that the environment's blocks have made, in their order.
 *
 *     made by the base's blocks     0 space   1 state   2 state      the same list at the caller and at each worker,
 *     made by a branch              3 space                          each with what the space is called there
 *
 * What has a name of its own (registers, modules, settings) is written by that.
 *
 *     in a block   | form | argument |      form  0  number of the name
 *                                                 1  `&self`                              0
 *                                                 2  register                             which
 *                                                 3  module or setting                    text of its name
 *                                                 4  of an evaluation that left nothing   number among these
 *
 * Invariants
 *   NM1  Of two sides that have carried out the same blocks, equal numbers name what the same block made.
 */
import { OxbowError } from "../base/errors.js";
import { NAMED, NO_WRITER } from "../environment/causal-context.js";
import type { Handle } from "../environment/handle.js";
import { FIRST_MODULE, moduleSpace } from "../environment/module-space.js";
import { settingState } from "../environment/settings.js";
import { SPACE, SpaceAtom, StateAtom } from "../term/atom.js";
import type { BlockReader, BlockWriter } from "./words.js";

export type Name = SpaceAtom | StateAtom;

const BY_NUMBER = 0;
const BY_SELF = 1;
const BY_REGISTER = 2;
const BY_TEXT = 3;
const GONE = 4;

/** The names that blocks have made, by their numbers (NM1). */
export class Names {
  readonly #list: Name[];
  readonly #numbers = new Map<string, number>();

  constructor(list: readonly Name[] = []) {
    this.#list = [];
    for (const name of list) this.add(name);
  }

  get length(): number {
    return this.#list.length;
  }

  add(name: Name): void {
    this.#numbers.set(keyOf(name), this.#list.length);
    this.#list.push(name);
  }

  at(number: number): Name | undefined {
    return this.#list[number];
  }

  numberOf(name: Name): number | undefined {
    return this.#numbers.get(keyOf(name));
  }

  /** A list that goes on from here by itself. */
  extended(): Names {
    return new Names(this.#list);
  }
}

function keyOf({ tag, writer, sequence }: Name): string {
  return `${tag} ${writer} ${sequence}`;
}

/** Whether blocks number it: it has no name of its own. */
export function isNumbered({ writer }: Name): boolean {
  return writer !== NAMED && writer !== NO_WRITER;
}

/** What names of `environment` are in a block: the reading and the writing side. */
export class NameTable {
  readonly names: Names;
  readonly #environment: Handle;
  /** Names that no environment has any more: those of a branch that failed. */
  readonly #gone: Name[] = [];

  constructor(environment: Handle, names: Names) {
    this.#environment = environment;
    this.names = names;
  }

  /** Writes a name. Throws ERR_NOT_SHAREABLE for what names a value of the host. */
  write(block: BlockWriter, name: Name): void {
    const { writer, sequence } = name;
    if (writer === NO_WRITER) put(block, BY_SELF, 0);
    else if (writer !== NAMED) this.#writeNumber(block, name);
    else if (sequence < 0) throw hostValueRefused();
    else if (name.tag !== SPACE) this.#writeText(block, sequence);
    else if (sequence < FIRST_MODULE) put(block, BY_REGISTER, sequence);
    else this.#writeText(block, sequence - FIRST_MODULE);
  }

  #writeText(block: BlockWriter, symbolId: number): void {
    const { symbols } = this.#environment.store.vocabulary;
    put(block, BY_TEXT, block.numberOf(symbols.textOf(symbolId)));
  }

  #writeNumber(block: BlockWriter, name: Name): void {
    const number = this.names.numberOf(name);
    if (number !== undefined) {
      put(block, BY_NUMBER, number);
      return;
    }
    const key = keyOf(name);
    let gone = this.#gone.findIndex((other) => keyOf(other) === key);
    if (gone < 0) gone = this.#gone.push(name) - 1;
    put(block, GONE, gone);
  }

  /** Reads a name of a kind. Throws `ERR_CLUSTER_DATA`. `makeGone` makes one that nothing has. */
  read(block: BlockReader, isSpace: boolean, makeGone: ((isSpace: boolean) => Name) | null): Name {
    const form = block.take();
    const argument = block.index();
    switch (form) {
      case BY_NUMBER:
        return sameKind(block, this.names.at(argument), isSpace);
      case BY_SELF:
        return isSpace ? new SpaceAtom(NO_WRITER, 0) : new StateAtom(NO_WRITER, 0);
      case BY_REGISTER:
        if (isSpace && argument < FIRST_MODULE) return new SpaceAtom(NAMED, argument);
        throw block.bad(`it has no register ${argument}`);
      case BY_TEXT: {
        const text = block.textAt(argument);
        return isSpace
          ? moduleSpace(this.#environment, text)
          : settingState(this.#environment, text);
      }
      case GONE:
        if (makeGone !== null) return this.#goneAt(block, argument, isSpace, makeGone);
    }
    throw block.bad(`${form} is no form of a name`);
  }

  #goneAt(
    block: BlockReader,
    number: number,
    isSpace: boolean,
    make: (isSpace: boolean) => Name,
  ): Name {
    if (number > this.#gone.length) throw block.bad(`it has no name ${number}`);
    if (number === this.#gone.length) this.#gone.push(make(isSpace));
    return sameKind(block, this.#gone[number], isSpace);
  }
}

function put(block: BlockWriter, form: number, argument: number): void {
  block.put(form);
  block.put(argument);
}

function sameKind(block: BlockReader, name: Name | undefined, isSpace: boolean): Name {
  if (name === undefined) throw block.bad("it names what the base has not");
  if ((name.tag === SPACE) !== isSpace) throw block.bad("a space is taken for a state");
  return name;
}

function hostValueRefused(): OxbowError {
  return new OxbowError(
    "ERR_NOT_SHAREABLE",
    "cannot send an environment to other machines: a word of it stands for a value of the host",
  );
}
