/** Texts in the heap: UTF-16 code units, two per word, so that any JavaScript string survives. */
import type { Address } from "../base/address.js";

const UNITS_AT_ONCE = 8192;

/** Words that a text of `length` units takes. */
export function textWords(length: number): number {
  return (length + 1) >>> 1;
}

export function writeText(words: Int32Array, address: Address, text: string): void {
  for (let unit = 0; unit < text.length; unit += 2) {
    const high = unit + 1 < text.length ? text.charCodeAt(unit + 1) : 0;
    words[address + (unit >>> 1)] = text.charCodeAt(unit) | (high << 16);
  }
}

function unitAt(words: Int32Array, address: Address, unit: number): number {
  const pair = words[address + (unit >>> 1)]!;
  return unit & 1 ? pair >>> 16 : pair & 0xffff;
}

export function readText(words: Int32Array, address: Address, length: number): string {
  let text = "";
  for (let start = 0; start < length; start += UNITS_AT_ONCE) {
    const end = Math.min(length, start + UNITS_AT_ONCE);
    const units = new Array<number>(end - start);
    for (let unit = start; unit < end; unit++) units[unit - start] = unitAt(words, address, unit);
    text += String.fromCharCode(...units);
  }
  return text;
}

/** Compares without creating a string. */
export function isText(words: Int32Array, address: Address, length: number, text: string): boolean {
  if (length !== text.length) return false;
  for (let unit = 0; unit < length; unit++) {
    if (unitAt(words, address, unit) !== text.charCodeAt(unit)) return false;
  }
  return true;
}

/** Two independent 32-bit hashes of a text. */
export function hashText(text: string): readonly [number, number] {
  let one = 0x811c9dc5 | 0;
  let other = 0x9747b28c | 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x01000193);
    other = Math.imul(other ^ unit, 0x5bd1e995);
    other ^= other >>> 13;
  }
  return [one, other];
}
