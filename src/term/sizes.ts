/**
 * How large one value may get. A program that wants more gets an `(Error call "cannot …")`, and the host
 * `ERR_LIMIT`: without these limits one multiplication could take minutes and end the process.
 */

import { OxbowError } from "../base/errors.js";
import { countText } from "../base/work.js";

/** UTF-16 units of a string atom, of a word, and of what `print` makes: 64 MiB. */
export const LONGEST_TEXT: number = 2 ** 25;

/** Bits of an integer: 315,653 decimal digits. */
export const LARGEST_INTEGER_BITS: number = 2 ** 20;

/** Decimal digits that an integer may have to be read. */
export const MOST_DIGITS = 315_653;

/**
 * Words (of 32 bits) of an atom in an environment, in a region or on its way to another thread, where shared parts
 * are written out: 64 MiB. An expression takes 3, a symbol 1.
 */
export const LARGEST_ATOM_WORDS: number = 2 ** 24;

const LARGEST_INTEGER: bigint = 1n << BigInt(LARGEST_INTEGER_BITS);

/** The integer, if it is not too large. Throws ERR_LIMIT. */
export function limitedInteger(value: bigint): bigint {
  if (value < LARGEST_INTEGER && value > -LARGEST_INTEGER) return value;
  throw new OxbowError(
    "ERR_LIMIT",
    `cannot compute an integer: it has more than ${LARGEST_INTEGER_BITS} bits`,
    { mostBits: LARGEST_INTEGER_BITS },
  );
}

/** Counts the work of a text that is about to be made. Throws ERR_LIMIT if it would be too long. */
export function checkTextLength(characters: number): void {
  if (characters > LONGEST_TEXT) throw textTooLong();
  countText(characters);
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
