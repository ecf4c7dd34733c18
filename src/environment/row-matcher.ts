/**
 * Row matcher: a pattern compiled against rows without variables.
 *
 * A run is pre-order and so is a walk through the pattern; compiled, the walk is a list of steps that goes
 * along a row's words from left to right and decodes nothing until the row matches.
 *
 *     (edge $x (at $x 7))      HEAD 3 · WORD edge · PLACE 0 · HEAD 3 · WORD at ·
 *                              PLACE 0 · ATOM 7
 *
 * What a variable does is settled when a cursor is created (`begin`), by what it is bound to then:
 *
 *     unbound, first time   FREE   the row's part is noted, and bound if the whole row matches
 *     unbound, known root   SAME   the part must equal the one noted
 *     symbol, string, bool  FIXED  its word must be there
 *     small whole number    NUMBER its word must be there, or a float of its value
 *     other ground atom     EQUAL  the part must unify with the value
 *     anything else                the row is unified as an atom would be, without this matcher
 *
 * Invariants
 *   RM1  On rows without variables it matches what a `TokenUnifier` does with the same trail, and binds the same; a
 *        restriction refuses some.
 *   RM2  Nothing is bound unless the whole row matches: values of such rows are ground, so there is
 *        nothing to check for cycles and nothing to take back.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  STRING,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { decodeWith, readDouble } from "../term/decode.js";
import { dereference } from "../term/resolve.js";
import { TokenUnifier } from "../term/token-unify.js";
import {
  equalRuns,
  HEAD_MASK,
  isInlineInteger,
  isLongHead,
  LONG_HEAD_WORDS,
  payloadOf,
  SHORT_ARITY_LIMIT,
  skip,
  skipQuickly,
  T_BOOLEAN,
  T_EXPRESSION,
  T_FLOAT,
  T_INTEGER,
  T_STRING,
  T_SYMBOL,
  TAG_BITS,
  tagOf,
  tokenOf,
} from "../term/tokens.js";
import type { Trail } from "../term/trail.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { type Restriction, RowFilter } from "./restriction.js";
import type { Store } from "./workspace.js";

// Steps: an operation and its operand. PLACE becomes one of the last four when a cursor is created.
const WORD = 0;
const HEAD = 1;
const ATOM = 2;
const PLACE = 3;
const FREE = 4;
const SAME = 5;
const FIXED = WORD;
const EQUAL = 6;
const NUMBER = 7;
const STEP_WORDS = 2;
const FLOAT_WORDS = 3;

/** Larger patterns are not compiled. */
const LARGEST_PROGRAM = 128;

/** A compiled pattern: the same for every run. */
export class RowProgram {
  readonly steps: number[] = [];
  /** Leaves that are not a single word. */
  readonly atoms: Atom[] = [];
  /** The pattern's variables, by number. */
  readonly variables: Variable[] = [];
  /** False if the pattern is too large. */
  readonly isUsable: boolean;
  readonly pattern: Atom;

  constructor(vocabulary: Vocabulary, pattern: Atom) {
    this.pattern = pattern;
    this.isUsable = this.#compile(vocabulary, pattern);
  }

  #compile(vocabulary: Vocabulary, atom: Atom): boolean {
    if (this.steps.length > LARGEST_PROGRAM * STEP_WORDS) return false;
    if (atom.tag === VARIABLE) {
      this.steps.push(PLACE, this.#numberOf(atom));
      return true;
    }
    if (atom.tag === EXPRESSION && !isDeepGround(atom)) {
      const arity = atom.children.length;
      if (arity >= SHORT_ARITY_LIMIT) return false;
      this.steps.push(HEAD, (arity << TAG_BITS) | T_EXPRESSION);
      return atom.children.every((child) => this.#compile(vocabulary, child));
    }
    const word = wordOf(vocabulary, atom);
    if (word === null) this.steps.push(ATOM, this.atoms.push(atom) - 1);
    else this.steps.push(fixedBy(word), word);
    return true;
  }

  #numberOf(variable: Variable): number {
    const known = this.variables.indexOf(variable);
    return known >= 0 ? known : this.variables.push(variable) - 1;
  }
}

export class RowMatcher {
  readonly #vocabulary: Vocabulary;
  readonly #words: Int32Array;
  readonly #compiled: RowProgram;
  /** The program as the current run has it. */
  readonly #program: Int32Array;
  /** What each variable stands for in this run, and the number of the first with that root. */
  readonly #values: Atom[] = [];
  readonly #firsts: number[] = [];
  /** Where the part of each free variable starts in the row. */
  readonly #noted: Address[] = [];
  /** What is asked of the rows besides; what of it can be asked in this run. */
  restriction: Restriction | null = null;
  #filter: RowFilter | null = null;
  /** The variables that are bound; null for all. */
  #wanted: ReadonlySet<Variable> | null = null;

  constructor(store: Store, compiled: RowProgram) {
    this.#vocabulary = store.vocabulary;
    this.#words = store.words;
    this.#compiled = compiled;
    this.#program = new Int32Array(compiled.steps.length);
  }

  /** A matcher of a pattern; what its variables are bound to is looked at in `begin`. */
  static of(
    store: Store,
    pattern: Atom,
    restriction: Restriction | null = null,
    wanted: ReadonlySet<Variable> | null = null,
  ): RowMatcher {
    const made = new RowMatcher(store, new RowProgram(store.vocabulary, pattern));
    made.restriction = restriction;
    made.#wanted = wanted;
    return made;
  }

  /** What it was made of. */
  get program(): RowProgram {
    return this.#compiled;
  }

  get pattern(): Atom {
    return this.#compiled.pattern;
  }

  /**
   * Settles what the variables do under the current bindings, or where they stand for `places`; false if
   * rows must be unified as atoms.
   */
  begin(places: readonly Atom[] = this.#compiled.variables): boolean {
    if (!this.#compiled.isUsable) return false;
    const values = this.#values;
    const firsts = this.#firsts;
    const noted = this.#noted;
    for (let index = 0; index < places.length; index++) {
      const value = dereference(places[index]!);
      if (value.tag === EXPRESSION && !value.ground) return false;
      values[index] = value;
      const first = value.tag === VARIABLE ? values.indexOf(value) : index;
      firsts[index] = first;
      noted[index] = NO_ADDRESS;
    }
    this.#link();
    const { restriction } = this;
    this.#filter =
      restriction === null ? null : RowFilter.of(restriction, (root) => values.indexOf(root));
    return true;
  }

  /** Writes the program of this run: the steps, with each PLACE made what it does now. */
  #link(): void {
    const program = this.#program;
    const values = this.#values;
    const firsts = this.#firsts;
    const noted = this.#noted;
    const { steps } = this.#compiled;
    for (let step = 0; step < steps.length; step += STEP_WORDS) {
      let operation = steps[step]!;
      let operand = steps[step + 1]!;
      if (operation === PLACE) {
        const value = values[operand]!;
        if (value.tag === VARIABLE) {
          operand = firsts[operand]!;
          operation = noted[operand] === NO_ADDRESS ? FREE : SAME;
          noted[operand] = 1;
        } else {
          const word = wordOf(this.#vocabulary, value);
          operation = word === null ? EQUAL : fixedBy(word);
          operand = word ?? operand;
        }
      }
      program[step] = operation;
      program[step + 1] = operand;
    }
  }

  /** Whether every row of the relation of a pattern of facts matches: all that stands behind its head is new. */
  get acceptsAll(): boolean {
    if (this.#filter !== null) return false;
    const program = this.#program;
    for (let step = 2 * STEP_WORDS; step < program.length; step += STEP_WORDS) {
      if (program[step] !== FREE) return false;
    }
    return true;
  }

  /**
   * Whether the row's atom matches and is not refused (RI1); notes the parts that stand for free variables. Nothing is
   * bound; the trail says what counts as the same.
   */
  accepts(tokens: Address, trail: Trail): boolean {
    const words = this.#words;
    const program = this.#program;
    const noted = this.#noted;
    let at = tokens;
    for (let step = 0; step < program.length; step += STEP_WORDS) {
      const operand = program[step + 1]!;
      switch (program[step]) {
        case WORD:
          if (words[at] !== operand) return false;
          at++;
          break;
        case HEAD:
          if ((words[at]! & HEAD_MASK) === operand) {
            at++;
          } else {
            if (!isLongHead(words, at, operand)) return false;
            at += LONG_HEAD_WORDS;
          }
          break;
        case FREE:
          noted[operand] = at;
          at = skipQuickly(words, at);
          break;
        case SAME:
          if (!this.#equalParts(noted[operand]!, at, trail)) return false;
          at = skipQuickly(words, at);
          break;
        case NUMBER:
          if (words[at] === operand) {
            at++;
          } else {
            if (!isFloatOf(words, at, operand)) return false;
            at += FLOAT_WORDS;
          }
          break;
        case ATOM:
          if (!this.#unifies(at, this.#compiled.atoms[operand]!, trail)) return false;
          at = skip(words, at);
          break;
        default:
          if (!this.#unifies(at, this.#values[operand]!, trail)) return false;
          at = skip(words, at);
      }
    }
    const filter = this.#filter;
    return filter === null || filter.passes(words, noted);
  }

  /** Two parts of one row: equal words, or else numbers of one value or states that count as the same in them. */
  #equalParts(one: Address, other: Address, trail: Trail): boolean {
    const words = this.#words;
    const token = words[one]!;
    const against = words[other]!;
    if (isExactTag(tagOf(token))) return token === against;
    if (tagOf(token) === T_INTEGER && tagOf(against) === T_INTEGER) return token === against;
    if (equalRuns(words, one, words, other)) return true;
    return this.#unifies(one, decodeWith(this.#vocabulary, words, other, [], true), trail);
  }

  #unifies(at: Address, ground: Atom, trail: Trail): boolean {
    return new TokenUnifier(this.#vocabulary, this.#words, trail).unifies(at, ground);
  }

  /** What the accepted row has in the place of a free variable. */
  part(index: number): Atom {
    return decodeWith(this.#vocabulary, this.#words, this.#noted[index]!, [], true);
  }

  /** What the accepted row has in each place; what was given in one that is not free. */
  parts(): readonly Atom[] {
    return this.#values.map((value, index) => (value.tag === VARIABLE ? this.part(index) : value));
  }

  /** Binds the free variables that are wanted to what the accepted row has in their places (RM2). */
  bind(trail: Trail): void {
    const values = this.#values;
    const firsts = this.#firsts;
    const wanted = this.#wanted;
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (value.tag !== VARIABLE || firsts[index] !== index) continue;
      if (wanted !== null && !wanted.has(value)) continue;
      trail.bind(value, this.part(index));
    }
  }
}

/** Whether it is an expression without variables that has another one in it: it is compared as it is. */
function isDeepGround({ ground, children }: Expression): boolean {
  return ground && children.some(({ tag }) => tag === EXPRESSION);
}

/** How a word is compared: there is another form of a number. */
function fixedBy(word: number): number {
  return tagOf(word) === T_INTEGER ? NUMBER : FIXED;
}

function isFloatOf(words: Int32Array, at: Address, integer: number): boolean {
  return tagOf(words[at]!) === T_FLOAT && readDouble(words, at + 1) === payloadOf(integer);
}

/** The one word that an atom is in every row, if one of a number its integer, or null. */
function wordOf(vocabulary: Vocabulary, atom: Atom): number | null {
  switch (atom.tag) {
    case SYMBOL:
      return tokenOf(T_SYMBOL, vocabulary.symbols.idOf(atom));
    case STRING:
      return tokenOf(T_STRING, vocabulary.symbols.idOfText(atom.value));
    case BOOLEAN:
      return tokenOf(T_BOOLEAN, atom.value ? 1 : 0);
    case INTEGER:
    case FLOAT: {
      const value = Number(atom.value);
      return isInlineInteger(value) ? tokenOf(T_INTEGER, value) : null;
    }
    default:
      return null;
  }
}

/** Parts that begin with this tag are equal only if their words are. */
function isExactTag(tag: number): boolean {
  return tag === T_SYMBOL || tag === T_STRING || tag === T_BOOLEAN;
}
