/**
 * Row keys: under which 32-bit keys a row is in the indexes of its relation.
 *
 * At place i a row has the key of what is there (token-key.ts), which is VARIABLE_KEY for what may
 * unify with anything, and the key of all that is there (content-key.ts), which is VARIABLE_KEY for what has
 * variables in it, and the key of the number that is there (number-order.ts). At the place WHOLE it has a hash of the whole atom, blind to the names of
 * variables and to whether a number is an integer or a float; a row with variables is stored under
 * VARIABLE_KEY too, since a query may find it by unification as well as by equality.
 *
 * Invariants
 *   RO1  Equal atoms (up to renaming) have equal keys at every place.
 *   RO2  A row that unifies with a pattern has, at a place where the pattern's key is not
 *        VARIABLE_KEY, the pattern's key or VARIABLE_KEY. States count by their names here. The same holds for the keys
 *        of content.
 */
import type { Address } from "../base/address.js";
import { contentKey } from "../term/content-key.js";
import { orderKey } from "../term/number-order.js";
import { tokenKey, VARIABLE_KEY } from "../term/token-key.js";
import {
  firstChild,
  skip,
  T_AGAIN,
  T_BIG,
  T_EXPRESSION,
  T_FLOAT,
  T_LONG_EXPRESSION,
  T_SAFE,
  T_STATE,
  T_VARIABLE,
  tagOf,
  tokenEnd,
} from "../term/tokens.js";
import { orderIndexOf, WHOLE } from "./relation.js";
import { FACT, HEADLESS_EXPRESSION, RULE } from "./relation-key.js";

/** Where the atom at place 1 of a row starts; 0 for kinds that have no places. */
export function firstPlace(words: Int32Array, kind: number, tokens: Address): Address {
  if (kind === HEADLESS_EXPRESSION) return firstChild(words, tokens);
  const second = firstChild(words, tokens) + 1;
  if (kind === FACT) return second;
  if (kind !== RULE) return 0;
  // `=` is one word; the left-hand side begins after it, its head is one word again.
  return firstChild(words, second) + 1;
}

/** The key of a row of this kind in the index of that number, of a relation with so many places. */
export function rowKey(
  words: Int32Array,
  kind: number,
  tokens: Address,
  places: number,
  number: number,
): number {
  if (number === WHOLE) return wholeKey(words, tokens);
  const isByPlace = number < places;
  const isByContent = !isByPlace && number < orderIndexOf(places, 1);
  let left =
    number - 1 - (isByPlace ? 0 : places - 1) - (isByPlace || isByContent ? 0 : places - 1);
  let at = firstPlace(words, kind, tokens);
  for (; left > 0; left--) at = skip(words, at);
  if (isByPlace) return tokenKey(words, at);
  return isByContent ? contentKey(words, at) : orderKey(words, at) | 0;
}

/** Whether no variable occurs in the run. */
export function isGroundRun(words: Int32Array, tokens: Address): boolean {
  const end = skip(words, tokens);
  for (let at = tokens; at < end; ) {
    const token = words[at]!;
    if (tagOf(token) === T_VARIABLE) return false;
    at = tokenEnd(token, at);
  }
  return true;
}

/** Whether a state occurs in the run. */
export function holdsState(words: Int32Array, tokens: Address): boolean {
  const end = skip(words, tokens);
  for (let at = tokens; at < end; ) {
    const token = words[at]!;
    if (tagOf(token) === T_STATE) return true;
    at = tokenEnd(token, at);
  }
  return false;
}

/** A hash of the whole run (RO1); never VARIABLE_KEY. */
export function wholeKey(words: Int32Array, tokens: Address): number {
  return endOfHash(hashRun(words, tokens, 0));
}

/** The whole key of an expression whose children are added one after another with {@link hashRun}. */
export function endOfHash(hash: number): number {
  return hash === VARIABLE_KEY ? VARIABLE_KEY + 1 : hash;
}

/** What {@link hashRun} begins with for the first child of an expression. */
export const EXPRESSION_HASH: number = step(0, T_EXPRESSION);

/** Goes on with the hash of an atom by the run of a part of it. */
export function hashRun(words: Int32Array, tokens: Address, begun: number): number {
  const end = skip(words, tokens);
  let hash = begun;
  for (let at = tokens; at < end; ) {
    const token = words[at]!;
    hash = step(hash, leafHash(words, at, token));
    at = tokenEnd(token, at);
  }
  return hash;
}

/** Of one token: the lengths of expressions are left out, since they differ for equal numbers. */
function leafHash(words: Int32Array, at: Address, token: number): number {
  switch (tagOf(token)) {
    case T_VARIABLE:
    case T_AGAIN:
      return T_VARIABLE;
    case T_EXPRESSION:
    case T_LONG_EXPRESSION:
      return T_EXPRESSION;
    case T_SAFE:
    case T_FLOAT:
    case T_BIG:
      return tokenKey(words, at);
    default:
      return tokenEnd(token, at) === at + 1 ? token : tokenKey(words, at);
  }
}

function step(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x85ebca6b | 0);
  mixed ^= mixed >>> 13;
  return Math.imul(mixed + 0x27d4eb2f, 0x9e3779b1 | 0) | 0;
}
