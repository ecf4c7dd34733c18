/**
 * How large one value may get. A program that wants more gets an `(Error call "cannot …")`, and the host
 * `ERR_LIMIT`: without these limits one multiplication could take minutes and end the process.
 */

import { OxbowError } from "../base/errors.js";
import { countWork } from "../base/work.js";

/** UTF-16 units of a string atom, of a word, and of what `print` makes: 64 MiB. */
export const LONGEST_TEXT: number = 2 ** 25;

/** Bits of an integer: 315,653 decimal digits. */
export const LARGEST_INTEGER_BITS: number = 2 ** 20;

/** Decimal digits that an integer may have to be read. */
const MOST_DIGITS = 315_653;

/**
 * Words (of 32 bits) of an atom in an environment, in a region or on its way to another thread, where shared parts
 * are written out: 64 MiB. An expression takes 3, a symbol 1.
 */
export const LARGEST_ATOM_WORDS: number = 2 ** 24;

/** From here on the work of computing with an integer is counted. */
const NOTABLE_INTEGER: bigint = 1n << 4096n;

/** Hexadecimal digits that are a unit of work. */
const UNIT_DIGITS = 8;

/** All bits set; made without a sum, as Firefox has no integer with a bit more, nor room for a carry. */
const HALF = 1n << BigInt(LARGEST_INTEGER_BITS - 1);
const LARGEST_INTEGER: bigint = HALF | (HALF - 1n);

/** The integer that was computed, if it is not too large; counts the work. Throws ERR_LIMIT. */
export function limitedInteger(value: bigint): bigint {
  if (value < NOTABLE_INTEGER && value > -NOTABLE_INTEGER) return value;
  if (value <= LARGEST_INTEGER && value >= -LARGEST_INTEGER) {
    countWork(value.toString(16).length / UNIT_DIGITS);
    return value;
  }
  throw integerTooLarge();
}

/**
 * What is computed with integers. Throws ERR_LIMIT where the JavaScript engine itself has no integer as large as what comes
 * of it; for what it refuses otherwise the caller sees to it that it is not asked.
 */
export function withinEngine<Value>(compute: () => Value): Value {
  try {
    return compute();
  } catch (error) {
    if (error instanceof RangeError) throw integerTooLarge();
    throw error;
  }
}

/** Throws ERR_LIMIT for the text of an integer that is surely too large. */
export function checkDigitCount(digits: number): void {
  if (digits > MOST_DIGITS + 1) throw integerTooLarge();
}

function integerTooLarge(): OxbowError {
  return new OxbowError(
    "ERR_LIMIT",
    `cannot make an integer: it has more than ${LARGEST_INTEGER_BITS} bits`,
    { mostBits: LARGEST_INTEGER_BITS },
  );
}

/** Throws ERR_LIMIT for a text that would be too long. */
export function checkTextLength(characters: number): void {
  if (characters > LONGEST_TEXT) throw textTooLong();
}

export function textTooLong(): OxbowError {
  return new OxbowError(
    "ERR_LIMIT",
    `cannot make a text: it is longer than ${LONGEST_TEXT} characters`,
    { mostCharacters: LONGEST_TEXT },
  );
}

export function atomTooLarge(): OxbowError {
  return new OxbowError(
    "ERR_LIMIT",
    `cannot write an atom down: it takes more than ${LARGEST_ATOM_WORDS} words; nothing was written`,
    { mostWords: LARGEST_ATOM_WORDS },
  );
}
