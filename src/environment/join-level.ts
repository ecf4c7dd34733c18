/**
 * Join level: the rows of one pattern of a join (join.ts), for the values that the levels before have found.
 *
 * A value is where its run is in the heap: in a row of a level before, which is pinned. A pattern is compiled to steps
 * that go along a row's words from left to right (as in row-matcher.ts); nothing is decoded.
 *
 *     (edge $x $y) · (edge $y (at $z 7))     HEAD 3 · WORD edge · NEW x · NEW y
 *                                            HEAD 3 · WORD edge · KNOWN y · HEAD 3 · WORD at · NEW z · NUMBER 7
 *
 *   JL1  A level accepts the rows that unify with its pattern under the values of the levels before, and are not refused
 *        by a restriction. Rows, values and
 *        constants hold no variables, and no state that may count as another one.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import type { Atom } from "../term/atom.js";
import { contentKey } from "../term/content-key.js";
import { equalGroundRuns } from "../term/run-equality.js";
import { tokenKey } from "../term/token-key.js";
import { TokenUnifier } from "../term/token-unify.js";
import {
  HEAD_MASK,
  isLongHead,
  LONG_HEAD_WORDS,
  skip,
  skipQuickly,
  T_EXPRESSION,
  T_INTEGER,
  T_SYMBOL,
  tagOf,
} from "../term/tokens.js";
import { type Access, rowsOf, SCAN } from "./access.js";
import { AccessStreams } from "./access-streams.js";
import { requireIndex } from "./argument-index.js";
import type { Tally } from "./match-cursor.js";
import { contentIndexOf, ROW_TOKENS, readPlaceCount, WHOLE } from "./relation.js";
import type { RowFilter } from "./restriction.js";
import { EXPRESSION_HASH, endOfHash, hashRun } from "./row-key.js";
import { NO_ROWS, type RowStream } from "./row-stream.js";
import type { Store } from "./workspace.js";

/** The word of the operand must be there. */
export const WORD = 0;
/** An expression of that arity begins here. */
export const HEAD = 1;
/** The part is the value of a variable, which is new. */
export const NEW = 2;
/** The part equals the variable's value. */
export const KNOWN = 3;
/** The part equals a constant. */
export const CONSTANT = 4;
const STEP_WORDS = 2;

/** A place of the relation whose key is that of a variable's value. */
interface KnownPlace {
  readonly place: number;
  readonly register: number;
}

/** The whole row, all of whose parts are known: each is the value of a register, or a constant's run. */
interface KnownWhole {
  readonly parts: readonly (number | Int32Array)[];
}

/** A pattern as it is searched in one relation. */
export interface LevelPlan {
  readonly pattern: Atom;
  readonly relation: Address;
  readonly steps: readonly number[];
  readonly constants: readonly Atom[];
  /** What is asked of its rows besides, by the registers; null for nothing. */
  readonly filter: RowFilter | null;
  /** How its rows are found: the same access always, or by the key of a value, or of all. */
  readonly by: Access | KnownPlace | KnownWhole;
}

/** What a join goes through, for each match of what comes before. */
export interface Level {
  /** Counts the matches: what was read of one is right while this has not changed. */
  readonly found: number;
  /** Stands before the first match for the values of the levels before. */
  begin(): void;
  /** Goes to the next match, and notes the values of its new variables. */
  next(): boolean;
}

export class JoinLevel implements Level {
  readonly #store: Store;
  readonly #words: Int32Array;
  readonly #plan: LevelPlan;
  readonly #steps: Int32Array;
  readonly #registers: Int32Array;
  readonly #filter: RowFilter | null;
  readonly #streams: AccessStreams;
  readonly #tally: Tally | null;
  readonly #unifier: TokenUnifier;
  #stream: RowStream;
  found = 0;

  /** `registers` hold the values of the variables, of all levels. */
  constructor(store: Store, plan: LevelPlan, registers: Int32Array, tally: Tally | null) {
    this.#store = store;
    this.#words = store.words;
    this.#plan = plan;
    this.#steps = Int32Array.from(plan.steps);
    this.#registers = registers;
    this.#filter = plan.filter;
    this.#streams = new AccessStreams(store.words);
    this.#stream = NO_ROWS;
    this.#tally = tally;
    this.#unifier = new TokenUnifier(store.vocabulary, store.words, store.trail);
  }

  /** The id of the row that matched, and its address. */
  get id(): number {
    return this.#stream.id;
  }

  get row(): Address {
    return this.#stream.row;
  }

  begin(): void {
    const { relation } = this.#plan;
    const access = this.#access();
    this.#stream = this.#streams.begin(relation, access);
    const tally = this.#tally;
    if (tally === null) return;
    tally.runs++;
    if (tally.accesses.length === 0) tally.accesses.push({ relation, access });
  }

  /** How many rows it would look at for the values of the levels before; counting stops at `limit`. */
  rowsBelow(limit: number): number {
    return rowsOf(this.#words, this.#plan.relation, this.#access(), limit);
  }

  /** Takes the values of new variables from a row that matches. */
  take(row: Address): void {
    this.#accepts(row + ROW_TOKENS);
    this.found++;
  }

  #access(): Access {
    const { by } = this.#plan;
    if ("place" in by) return this.#accessOf(by);
    return "parts" in by ? this.#accessOfWhole(by) : by;
  }

  #accessOfWhole({ parts }: KnownWhole): Access {
    const index = requireIndex(this.#store.heap, this.#plan.relation, WHOLE);
    if (index === NO_ADDRESS) return { number: SCAN, index, key: 0 };
    let hash = EXPRESSION_HASH;
    for (const part of parts) {
      hash =
        typeof part === "number"
          ? hashRun(this.#words, this.#registers[part]!, hash)
          : hashRun(part, 0, hash);
    }
    return { number: WHOLE, index, key: endOfHash(hash) };
  }

  #accessOf({ place, register }: KnownPlace): Access {
    const words = this.#words;
    const { relation } = this.#plan;
    const at = this.#registers[register]!;
    const isExpression = (words[at]! & HEAD_TAGS) === T_EXPRESSION;
    const number = isExpression ? contentIndexOf(readPlaceCount(words, relation), place) : place;
    const index = requireIndex(this.#store.heap, relation, number);
    if (index === NO_ADDRESS) return { number: SCAN, index, key: 0 };
    return { number, index, key: isExpression ? contentKey(words, at) : tokenKey(words, at) };
  }

  next(): boolean {
    const stream = this.#stream;
    const tally = this.#tally;
    while (stream.next()) {
      if (tally !== null) tally.rows++;
      if (!this.#accepts(stream.row + ROW_TOKENS)) continue;
      if (tally !== null) tally.matches++;
      this.found++;
      return true;
    }
    return false;
  }

  /** Whether the row matches (JL1); a register may have been written where it does not. */
  #accepts(tokens: Address): boolean {
    const words = this.#words;
    const steps = this.#steps;
    const registers = this.#registers;
    let at = tokens;
    for (let step = 0; step < steps.length; step += STEP_WORDS) {
      const operand = steps[step + 1]!;
      switch (steps[step]) {
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
        case NEW:
          registers[operand] = at;
          at = skipQuickly(words, at);
          break;
        case KNOWN: {
          const known = registers[operand]!;
          const token = words[at]!;
          const tag = tagOf(token);
          if (tag === T_SYMBOL || (tag === T_INTEGER && tagOf(words[known]!) === T_INTEGER)) {
            if (token !== words[known]) return false;
            at++;
            break;
          }
          if (!equalGroundRuns(this.#store.vocabulary, words, at, known)) return false;
          at = skip(words, at);
          break;
        }
        default:
          if (!this.#unifier.unifies(at, this.#plan.constants[operand]!)) return false;
          at = skip(words, at);
      }
    }
    const filter = this.#filter;
    return filter === null || filter.passes(words, registers);
  }
}

/** Both tags of expressions differ in the lowest bit only. */
const HEAD_TAGS = 14;
