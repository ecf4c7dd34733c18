/**
 * Table: the answers of one call, up to the names of its variables.
 *
 *     (path a $x)            $x        value
 *                            b         True
 *                            c         True
 *
 * An answer has a column for each variable of the call, and one for the value. What is still a variable in it is a
 * place (atom-dictionary.ts).
 */
import type { Reads } from "../../environment/reads.js";
import { type Atom, EXPRESSION, VARIABLE, type Variable } from "../../term/atom.js";
import { dereference, freshVariable, mapLeaves } from "../../term/resolve.js";
import { unify } from "../../term/unify.js";
import type { Machine } from "../machine/machine.js";
import { AnswerSet } from "./answer-set.js";
import { type AtomDictionary, Places } from "./atom-dictionary.js";
import type { Component } from "./component.js";
import type { Consumer } from "./consumer.js";

export class Table {
  readonly key: string;
  /** Of the answers: how many variables the call has. */
  readonly places: number;
  /** What it is being made with, which may be a part of another by now; null if it was made elsewhere. */
  readonly #component: Component | null;
  /** What waits for its answers; empty once it is complete. */
  readonly consumers: Consumer[] = [];
  #reads: Reads | null = null;
  readonly #dictionary: AtomDictionary;
  readonly #answers: AnswerSet;
  /** Of the answer that is being added: its row, and what is still a variable in it. */
  readonly #row: number[] = [];
  readonly #free = new Places(true);

  constructor(
    key: string,
    places: number,
    dictionary: AtomDictionary,
    component: Component | null = null,
  ) {
    this.key = key;
    this.places = places;
    this.#component = component;
    this.#dictionary = dictionary;
    this.#answers = new AnswerSet(dictionary, places);
  }

  /** What it is being made with, as long as it is. */
  get component(): Component {
    return this.#component!.now;
  }

  /** Its answers: to be looked at, or to be filled in where they were made elsewhere. */
  get answers(): AnswerSet {
    return this.#answers;
  }

  get count(): number {
    return this.#answers.count;
  }

  /** What its answers were made of; null until it is complete. */
  get reads(): Reads | null {
    return this.#reads;
  }

  get isComplete(): boolean {
    return this.#reads !== null;
  }

  /** It has all its answers, which were made of what was read. */
  complete(reads: Reads): void {
    this.#reads = reads;
    this.consumers.length = 0;
    this.#answers.close();
  }

  /** Adds an answer under the present bindings: what the call's variables are, and the value. False if it is known. */
  add(variables: readonly Variable[], value: Atom): boolean {
    const dictionary = this.#dictionary;
    const places = this.#free;
    places.forget();
    const row = this.#row;
    for (let column = 0; column < variables.length; column++) {
      row[column] = dictionary.numberOf(variables[column]!, places);
    }
    return this.#answers.add(row, dictionary.numberOf(value, places));
  }

  /**
   * Binds the variables of a call, which are unbound, to an answer; the value, or null if that is not possible:
   * the caller undoes what was bound.
   */
  take(machine: Machine, index: number, variables: readonly Variable[]): Atom | null {
    const answers = this.#answers;
    const free: Atom[] = [];
    for (let column = 0; column < variables.length; column++) {
      const variable = dereference(variables[column]!);
      const found = this.#instance(answers.at(index, column), free, variable);
      if (found === variable) continue;
      if (variable.tag === VARIABLE) machine.trail.bind(variable, found);
      else if (!unify(variable, found, machine.trail)) return null;
    }
    return this.#instance(answers.valueOf(index), free, null);
  }

  /** The atom of a number with fresh variables at its places; the first place to be met may be one of the caller's. */
  #instance(number: number, free: Atom[], first: Atom | null): Atom {
    const dictionary = this.#dictionary;
    const atom = dictionary.atomOf(number);
    if (atom.tag === VARIABLE) {
      return (free[dictionary.placeOf(atom)] ??= first ?? freshVariable(atom.name));
    }
    if (atom.tag !== EXPRESSION || atom.ground) return atom;
    return mapLeaves(atom, (leaf) => {
      if (leaf.tag !== VARIABLE || leaf.id >= 0) return leaf;
      return (free[dictionary.placeOf(leaf)] ??= freshVariable(leaf.name));
    });
  }
}
