/**
 * Number order: 32 bits of a number that ascend as numbers do, so that an index finds those between two limits.
 *
 *     0        everything that is no number
 *     k ≥ 1    the bits of the nearest float of 32 bits, so that more is greater: sign, exponent, 23 bits of the fraction
 *
 *   NO1  If a < b, then `orderKeyOf(a) ≤ orderKeyOf(b)`; numbers that are equal have one key, 1 and 1.0, 0.0 and -0.0.
 *   NO2  NaN, which is neither less nor more than anything, has a key above those of all numbers.
 *   NO3  `orderKey(run of a) = orderKeyOf(value of a)`.
 *
 * Whole numbers up to 2^24 have keys of their own; beyond, those that differ by less than one part in 2^23 share one.
 */
import type { Address } from "../base/address.js";
import { readDouble, readMagnitude } from "./decode.js";
import { payloadOf, T_BIG, T_FLOAT, T_INTEGER, T_SAFE, tagOf } from "./tokens.js";

/** The key of what is no number. */
export const NO_NUMBER = 0;
const NAN_KEY = 0xffff_ffff;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The key of a number, unsigned. */
export function orderKeyOf(value: number | bigint): number {
  const number = Number(value) + 0; // -0 becomes 0
  if (Number.isNaN(number)) return NAN_KEY; // NO2
  float[0] = number;
  const word = bits[0]!;
  return (word < 0 ? ~word : word ^ 0x8000_0000) >>> 0;
}

/** The key of the run at `address`, unsigned (NO3). */
export function orderKey(words: Int32Array, address: Address): number {
  const value = readNumber(words, address);
  return value === null ? NO_NUMBER : orderKeyOf(value);
}

/** The number that is the run at `address`; null if it is something else. */
export function readNumber(words: Int32Array, address: Address): number | bigint | null {
  const token = words[address]!;
  switch (tagOf(token)) {
    case T_INTEGER:
      return payloadOf(token);
    case T_SAFE:
    case T_FLOAT:
      return readDouble(words, address + 1);
    case T_BIG:
      return readMagnitude(words, address);
    default:
      return null;
  }
}
