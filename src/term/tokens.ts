/**
 * Tokens: an atom as a flat run of 32-bit words, in pre-order.
 *
 *     bits  31 … 12        11 … 4   3 … 0
 *           | length       | arity  | 8 |        expression, or
 *           | 0 …                   | 9 | arity | length |            a larger one
 *           | payload, 28 bits      | tag |      everything else, some with words behind
 *
 *     tag  payload                  words behind
 *      0   symbol id                -
 *      1   symbol id of the name    number of the variable     first occurrence of a variable
 *      2   index                    -                          a variable that occurred before
 *      3   integer, signed          -                          −2^27 ≤ n < 2^27
 *      4   -                        low, high of a double      other safe integer
 *      5   words ≪ 1 | negative     magnitude, lowest first    integer beyond 2^53
 *      6   -                        low, high of a double      float
 *      7   string id                -
 *     10   0 or 1                   -                          boolean
 *     11   -                        writer, sequence           space
 *     12   -                        writer, sequence           state
 *     13   symbol id of the name    -                          operation
 *
 * Example, `(edge a $x)`:   | 4 words, 3, E | edge | a | $x first | 0 |   (5 words)
 *
 * Invariants
 *   TO1  A run is self-delimiting: `skip` finds its end from its first words alone.
 *   TO2  Variables are numbered 0, 1, … by first occurrence in the run; so two runs are equal up to
 *        renaming exactly when they agree in every word but names and numbers after tag 1.
 *   TO3  An integer has one form: inline if it fits, else a double if it is safe, else magnitude.
 *   TO4  An expression of 256 children or more has the long form; all of a run have it whose measured
 *        size reaches 2^20 words.
 *   TO5  The length of an expression counts its own words too.
 */
import type { Address } from "../base/address.js";

export const TAG_BITS = 4;
const TAG_MASK = 15;

export const T_SYMBOL = 0;
export const T_VARIABLE = 1;
export const T_AGAIN = 2;
export const T_INTEGER = 3;
export const T_SAFE = 4;
export const T_BIG = 5;
export const T_FLOAT = 6;
export const T_STRING = 7;
export const T_EXPRESSION = 8;
export const T_LONG_EXPRESSION = 9;
export const T_BOOLEAN = 10;
export const T_SPACE = 11;
export const T_STATE = 12;
export const T_OPERATION = 13;

export const INLINE_INTEGER_MINIMUM: number = -(2 ** 27);
export const INLINE_INTEGER_MAXIMUM: number = 2 ** 27 - 1;
export const SHORT_ARITY_LIMIT = 256;
export const SHORT_LENGTH_LIMIT: number = 2 ** 20;
const ARITY_MASK = 255;
const LENGTH_SHIFT = 12;

/** Words of an expression's own head: short and long form. */
export const SHORT_HEAD_WORDS = 1;
export const LONG_HEAD_WORDS = 3;

export function tagOf(token: number): number {
  return token & TAG_MASK;
}

/** The payload as a signed number of 28 bits. */
export function payloadOf(token: number): number {
  return token >> TAG_BITS;
}

/** The payload as an id: ids go up to 2^28 − 1. */
export function idOf(token: number): number {
  return token >>> TAG_BITS;
}

export function tokenOf(tag: number, payload: number): number {
  return (payload << TAG_BITS) | tag;
}

/** `length` with this word (TO5). */
/** Whether the number is an integer that stands in its token (TO3). */
export function isInlineInteger(value: number): boolean {
  return (
    Number.isInteger(value) && value >= INLINE_INTEGER_MINIMUM && value <= INLINE_INTEGER_MAXIMUM
  );
}

export function shortExpression(arity: number, length: number): number {
  return (length << LENGTH_SHIFT) | (arity << TAG_BITS) | T_EXPRESSION;
}

/** Children of the expression at `address`. */
export function readArity(words: Int32Array, address: Address): number {
  const token = words[address]!;
  if (tagOf(token) === T_EXPRESSION) return (token >>> TAG_BITS) & ARITY_MASK;
  return words[address + 1]!;
}

/** Of a short expression's token: arity and tag, without its length. */
export const HEAD_MASK: number = (SHORT_ARITY_LIMIT << TAG_BITS) - 1;

/** Whether an expression in the long form has the arity that is in `head`, a short one's arity and tag. */
export function isLongHead(words: Int32Array, at: Address, head: number): boolean {
  return tagOf(words[at]!) === T_LONG_EXPRESSION && readArity(words, at) === head >> TAG_BITS;
}

/** Where the first child of the expression at `address` starts. */
export function firstChild(words: Int32Array, address: Address): Address {
  const short = tagOf(words[address]!) === T_EXPRESSION;
  return address + (short ? SHORT_HEAD_WORDS : LONG_HEAD_WORDS);
}

/** By its tag, a bit for each kind of run that is one word always. */
const ONE_WORD: number = [T_SYMBOL, T_AGAIN, T_INTEGER, T_STRING, T_BOOLEAN, T_OPERATION].reduce(
  (bits, tag) => bits | (1 << tag),
  0,
);

/** As {@link skip}, quickest for what most parts of facts are: one word. */
export function skipQuickly(words: Int32Array, address: Address): Address {
  return (ONE_WORD >>> (words[address]! & TAG_MASK)) & 1 ? address + 1 : skip(words, address);
}

/** The address after the run at `address` (TO1). */
export function skip(words: Int32Array, address: Address): Address {
  const token = words[address]!;
  switch (token & TAG_MASK) {
    case T_EXPRESSION:
      return address + (token >>> LENGTH_SHIFT);
    case T_LONG_EXPRESSION:
      return address + words[address + 2]!;
    case T_VARIABLE:
      return address + 2;
    case T_SAFE:
    case T_FLOAT:
    case T_SPACE:
    case T_STATE:
      return address + 3;
    case T_BIG:
      return address + 1 + (idOf(token) >>> 1);
    default:
      return address + 1;
  }
}

/** True when two runs are the same up to renaming variables (TO2). */
export function equalRuns(
  left: Int32Array,
  leftAddress: Address,
  right: Int32Array,
  rightAddress: Address,
): boolean {
  const end = skip(left, leftAddress);
  if (skip(right, rightAddress) - rightAddress !== end - leftAddress) return false;
  let there = rightAddress;
  for (let here = leftAddress; here < end; ) {
    const token = left[here]!;
    if (tagOf(token) === T_VARIABLE) {
      if (tagOf(right[there]!) !== T_VARIABLE) return false;
      here += 2;
      there += 2;
      continue;
    }
    // Words after a token are compared as they are; none of them is taken for a token.
    const next = tokenEnd(token, here);
    while (here < next) if (left[here++] !== right[there++]) return false;
  }
  return true;
}

/** Behind a token and its own words: the head only, of an expression. */
export function tokenEnd(token: number, address: Address): Address {
  switch (token & TAG_MASK) {
    case T_LONG_EXPRESSION:
    case T_SAFE:
    case T_FLOAT:
    case T_SPACE:
    case T_STATE:
      return address + 3;
    case T_VARIABLE:
      return address + 2;
    case T_BIG:
      return address + 1 + (idOf(token) >>> 1);
    default:
      return address + 1;
  }
}
