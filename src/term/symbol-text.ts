/**
 * Texts of symbols in the heap, and the places that they are kept in.
 *
 *     a text        | length in UTF-16 units | hash | units, two a word |
 *     a free place  | next free place of its class | … |
 *
 * A place has as many words as its class says, so that another text of the class fits when the text is gone: four
 * classes for each doubling.
 *
 * Invariants
 *   TX1  The place of a text has at least as many words as the smallest class that the text fits in.
 */
import type { Address } from "../base/address.js";

const TEXT_LENGTH = 0;
const TEXT_HASH = 1;
export const TEXT_UNITS = 2;

const SMALLEST_WORDS = 4;
/** Up to texts of 2²⁹ units, the longest of JavaScript. */
export const TEXT_CLASSES = 112;

/** The class of a place of at least so many words. */
export function textClassOf(sizeWords: number): number {
  if (sizeWords <= SMALLEST_WORDS) return 0;
  const last = sizeWords - 1;
  const shift = 29 - Math.clz32(last);
  return (shift << 2) + (last >>> shift) - 3;
}

/** Words of a place of the class (TX1). */
export function wordsOfTextClass(textClass: number): number {
  const doubling = (textClass - 1) >> 2;
  const quarter = ((textClass - 1) & 3) + 5;
  return textClass === 0 ? SMALLEST_WORDS : quarter << doubling;
}

/** Words that a text takes up. */
export function wordsFor(text: string): number {
  return TEXT_UNITS + ((text.length + 1) >>> 1);
}

/** Words of the text at an address. */
export function textWords(words: Int32Array, text: Address): number {
  return TEXT_UNITS + ((words[text + TEXT_LENGTH]! + 1) >>> 1);
}

export function readTextHash(words: Int32Array, text: Address): number {
  return words[text + TEXT_HASH]!;
}

export function writeText(words: Int32Array, place: Address, text: string, hash: number): void {
  words[place + TEXT_LENGTH] = text.length;
  words[place + TEXT_HASH] = hash;
  for (let unit = 0; unit < text.length; unit += 2) {
    const low = text.charCodeAt(unit);
    const high = unit + 1 < text.length ? text.charCodeAt(unit + 1) : 0;
    words[place + TEXT_UNITS + (unit >>> 1)] = low | (high << 16);
  }
}

function unitAt(words: Int32Array, text: Address, unit: number): number {
  const pair = words[text + TEXT_UNITS + (unit >>> 1)]!;
  return unit & 1 ? pair >>> 16 : pair & 0xffff;
}

/** Whether the text at `place` is this one. What stands there may be anything, if the caller looks again (Y5). */
export function sameText(words: Int32Array, place: Address, text: string, hash: number): boolean {
  if (words[place + TEXT_HASH] !== hash || words[place + TEXT_LENGTH] !== text.length) return false;
  for (let unit = 0; unit < text.length; unit++) {
    if (unitAt(words, place, unit) !== text.charCodeAt(unit)) return false;
  }
  return true;
}

const UNITS_AT_ONCE = 8192;

export function readText(words: Int32Array, place: Address): string {
  const length = words[place + TEXT_LENGTH]!;
  let text = "";
  for (let start = 0; start < length; start += UNITS_AT_ONCE) {
    const end = Math.min(length, start + UNITS_AT_ONCE);
    const units: number[] = [];
    for (let unit = start; unit < end; unit++) units.push(unitAt(words, place, unit));
    text += String.fromCharCode(...units);
  }
  return text;
}

/** FNV-1a over UTF-16 units, finished so that the low bits are well spread. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
}
