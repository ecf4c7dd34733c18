/**
 * Remembering level: a level of a join that notes what it found for the values it is asked for, and gives that when it is
 * asked for them again. Where few values meet many times, as in a small relation that is joined with itself, most of what a
 * join does is to look the same rows up again.
 *
 *     (differ $sa $v) under (differ $nt $sa)        $sa red  ──▶  $v at 512 · at 530 · at 548
 *
 *   KL1  It gives what the level within gives, in that order: what a level finds depends on the values that it takes from
 *        the levels before, and the rows, which are pinned as long as the join lives. Values are told apart by their one
 *        word; for longer ones the level within is asked.
 *   KL2  It notes a bounded number of values in all, and few for one question; where questions are seldom asked again, it
 *        leaves all to the level within.
 */
import type { Address } from "../base/address.js";
import { T_BOOLEAN, T_INTEGER, T_STRING, T_SYMBOL, tagOf } from "../term/tokens.js";
import type { Level, LevelPlan } from "./join-level.js";
import { newVariables, variablesOf } from "./join-plan.js";
import type { Store } from "./workspace.js";

/** Words that are noted in all, and values for one question (KL2). */
const MOST_NOTED = 1 << 15;
const MOST_VALUES = 256;
/** Values from the levels before: a level that takes more is seldom asked the same. */
const MOST_TAKEN = 3;
/** After so many new questions it is seen whether as many were asked again. */
const TRIED = 1024;

/** What is found for one question. */
class Found {
  count = 0;
  /** Where the new values are, match after match. */
  readonly values: Address[] = [];
}

/** By the word of one value what is known for the next, at the end what was found. */
type Noted = Map<number, Noted | Found>;

/** The registers that a level takes values from, and those that it gives values. */
interface Interface {
  readonly taken: readonly number[];
  readonly given: readonly number[];
}

export class RememberingLevel implements Level {
  found = 0;
  readonly #words: Int32Array;
  readonly #within: Level;
  readonly #registers: Int32Array;
  readonly #taken: readonly number[];
  readonly #given: readonly number[];
  readonly #giveUp: () => void;
  readonly #noted: Noted = new Map();
  #notedWords = 0;
  #asked = 0;
  #askedAgain = 0;
  /** What is being given, how many matches of it were, and values; null while the level within gives. */
  #known: Found | null = null;
  #matches = 0;
  #next = 0;
  /** What the level within has given so far; null if it is not to be noted. */
  #noting: Found | null = null;
  /** Where that is to be noted, and under what. */
  #place: Noted = this.#noted;
  #key = 0;

  /** `giveUp` is called, at the end of what the level within gives, when it is better used alone from then on (KL2). */
  constructor(
    { words }: Store,
    within: Level,
    registers: Int32Array,
    { taken, given }: Interface,
    giveUp: () => void,
  ) {
    this.#words = words;
    this.#within = within;
    this.#registers = registers;
    this.#taken = taken;
    this.#given = given;
    this.#giveUp = giveUp;
  }

  /** The level that finds what it notes. */
  get within(): Level {
    return this.#within;
  }

  begin(): void {
    this.#known = null;
    this.#noting = null;
    if (this.#findPlace()) {
      const known = this.#place.get(this.#key);
      if (known instanceof Found) {
        this.#askedAgain++;
        this.#known = known;
        this.#matches = 0;
        this.#next = 0;
        return;
      }
      this.#asked++;
      this.#noting = new Found();
    }
    this.#within.begin();
  }

  /** Finds where the present question is noted; false if a value in it is longer than a word (KL1). */
  #findPlace(): boolean {
    const words = this.#words;
    const registers = this.#registers;
    const taken = this.#taken;
    let place = this.#noted;
    let key = 0;
    for (let index = 0; index < taken.length; index++) {
      if (index > 0) place = deeper(place, key);
      key = words[registers[taken[index]!]!]!;
      const tag = tagOf(key);
      if (tag !== T_SYMBOL && tag !== T_INTEGER && tag !== T_STRING && tag !== T_BOOLEAN) {
        return false;
      }
    }
    this.#place = place;
    this.#key = key;
    return true;
  }

  next(): boolean {
    const known = this.#known;
    if (known === null) return this.#nextWithin();
    if (this.#matches === known.count) return false;
    const given = this.#given;
    const registers = this.#registers;
    for (let index = 0; index < given.length; index++) {
      registers[given[index]!] = known.values[this.#next++]!;
    }
    this.#matches++;
    this.found++;
    return true;
  }

  #nextWithin(): boolean {
    const noting = this.#noting;
    if (!this.#within.next()) {
      if (noting !== null) this.#note(noting);
      return false;
    }
    this.found++;
    if (noting !== null) {
      noting.count++;
      for (const register of this.#given) noting.values.push(this.#registers[register]!);
      if (noting.count > MOST_VALUES) this.#noting = null;
    }
    return true;
  }

  #note(found: Found): void {
    this.#noting = null;
    this.#notedWords += FOUND_WORDS + found.values.length;
    const isFull = this.#notedWords > MOST_NOTED;
    if (isFull || this.#asked === TRIED) {
      if (this.#askedAgain < this.#asked) this.#giveUp();
      this.#asked = 0;
      this.#askedAgain = 0;
    }
    if (isFull) {
      this.#noted.clear();
      this.#notedWords = 0;
    } else {
      this.#place.set(this.#key, found);
    }
  }
}

/** About what one takes, in words, besides its values. */
const FOUND_WORDS = 16;

function deeper(place: Noted, key: number): Noted {
  const known = place.get(key);
  if (known instanceof Map) return known;
  const made: Noted = new Map();
  place.set(key, made);
  return made;
}

/** What a level of such plans, the first of which gives its values, takes and gives; null if a memory is not worth it. */
export function interfaceOf(plans: readonly LevelPlan[]): Interface | null {
  const given = newVariables(plans[0]!);
  const used = new Set(plans.flatMap(variablesOf));
  const taken = [...used].filter((register) => !given.includes(register));
  // A filter asks for other values, too.
  if (taken.length > MOST_TAKEN || plans.some(({ filter }) => filter !== null)) return null;
  return { taken, given };
}
