/**
 * Usage: how often a segment was written lately and where in it, in its spare word.
 *
 *     bit  31        20 19      17 16     13 12     9 8         0
 *          |  stamp 12 | eighth 3 |  near 4 |  end 4  | writes 9  |
 *
 *     writes   writes lately: halved for each period since the stamp; 511 stands for more
 *     end      a weighted part of the last thirty or so that went to the end: 0 … 15
 *     near     and of the others that fell into the eighth of the one before: 0 … 15
 *     eighth   the eighth of the segment in which the last of those fell
 *     stamp    the period in which it was written last, counted modulo 4096
 *
 * The clock is that of the vector which the segment is part of: its own writes, 256 to a period. So a segment is as hot as
 * its share of the vector's writes, however often the vector itself is written. The clock is the spare word of
 * the vector's root. Every write ticks; one of SAMPLED, which a hash of the clock picks, is looked at and counts for all of them.
 *
 * Invariants
 *   US1  Usage is advice: whatever the word holds, from it follow layout and order of work, and never what is held.
 *   US2  Both words are written by the only holder (S2), with the write that they count, and by nobody else:
 *        a copy has what its source had.
 *
 * No shared words: readers acquire them with the word through which they got the address; a word that is 4096 periods old
 * is taken for a new one, which costs a wrong guess (US1).
 */
import type { Address } from "../base/address.js";
import { readSpare, writeSpare } from "./segment.js";

/** Of the writes of a vector after which what was counted counts half. */
const PERIOD_SHIFT = 8;

const WRITES_MASK = 0x1ff;
const SHARE_MASK = 15;
const END_SHIFT = 9;
const NEAR_SHIFT: number = END_SHIFT + 4;
const EIGHTH_SHIFT: number = NEAR_SHIFT + 4;
const EIGHTH_MASK = 7;
const STAMP_SHIFT: number = EIGHTH_SHIFT + 3;
const STAMP_MASK = 0xfff;
/** After so many periods nothing is left of any count. */
const FORGOTTEN = 9;

/** One of so many writes is looked at. */
const SAMPLED = 4;
const SAMPLED_SHIFT: number = 32 - Math.log2(SAMPLED);
/** Spreads consecutive numbers evenly (2³² divided by the golden ratio), so that no rhythm of a program hides from it. */
const SPREAD = 0x9e3779b1;

/** Where in a segment its writes fell lately. */
type WritePlace = "none" | "end" | "one place" | "scattered";

/** Counts a write to a vector; whether it is one that is to be noted at its segment, too. */
export function tick(words: Int32Array, clock: Address): boolean {
  const now = readSpare(words, clock) + 1;
  writeSpare(words, clock, now);
  return Math.imul(now, SPREAD) >>> SAMPLED_SHIFT === 0;
}

/** Notes a write to the end of an owned segment of a vector that has ticked (US2). */
export function noteAppend(words: Int32Array, clock: Address, segment: Address): void {
  const now = periodOf(words, clock);
  const usage = readSpare(words, segment);
  const end = moreOf((usage >>> END_SHIFT) & SHARE_MASK);
  const kept = usage & ~(WRITES_MASK | (SHARE_MASK << END_SHIFT) | (STAMP_MASK << STAMP_SHIFT));
  const shares = kept | (end << END_SHIFT);
  writeSpare(words, segment, shares | writesWith(usage, now) | (now << STAMP_SHIFT));
}

/** Notes a write to entry `index` of the `count` of an owned segment of a vector that has ticked. */
export function noteWriteAt(
  words: Int32Array,
  clock: Address,
  segment: Address,
  index: number,
  count: number,
): void {
  const now = periodOf(words, clock);
  const usage = readSpare(words, segment);
  const eighth = Math.min(EIGHTH_MASK, Math.floor((8 * index) / count));
  const isNear = eighth === ((usage >>> EIGHTH_SHIFT) & EIGHTH_MASK);
  const near = (usage >>> NEAR_SHIFT) & SHARE_MASK;
  const end = lessOf((usage >>> END_SHIFT) & SHARE_MASK);
  const shares = (end << END_SHIFT) | ((isNear ? moreOf(near) : lessOf(near)) << NEAR_SHIFT);
  const kept = shares | (eighth << EIGHTH_SHIFT);
  writeSpare(words, segment, kept | writesWith(usage, now) | (now << STAMP_SHIFT));
}

function periodOf(words: Int32Array, clock: Address): number {
  return (readSpare(words, clock) >>> PERIOD_SHIFT) & STAMP_MASK;
}

function writesWith(usage: number, now: number): number {
  return Math.min(WRITES_MASK, writesLeft(usage, now) + SAMPLED);
}

function moreOf(share: number): number {
  return share + ((SHARE_MASK - share + 7) >> 3);
}

function lessOf(share: number): number {
  return share - ((share + 7) >> 3);
}

function writesLeft(usage: number, now: number): number {
  const periods = (now - (usage >>> STAMP_SHIFT)) & STAMP_MASK;
  return periods >= FORGOTTEN ? 0 : (usage & WRITES_MASK) >>> periods;
}

/** How often the vector of that clock was written, since the clock was made; counted modulo 2³². */
export function readClock(words: Int32Array, clock: Address): number {
  return readSpare(words, clock) >>> 0;
}

/** Writes to the segment lately: some of the last few hundred of its vector. */
export function recentWrites(words: Int32Array, clock: Address, segment: Address): number {
  return writesLeft(
    readSpare(words, segment),
    (readSpare(words, clock) >>> PERIOD_SHIFT) & STAMP_MASK,
  );
}

/** Writes to the segment up to when it was written last, for those who do not know its vector. */
export function writesWhenLast(words: Int32Array, segment: Address): number {
  return readSpare(words, segment) & WRITES_MASK;
}

/** Where the segment's last writes fell. */
export function writePlace(words: Int32Array, segment: Address): WritePlace {
  const usage = readSpare(words, segment);
  if ((usage & WRITES_MASK) === 0) return "none";
  if (((usage >>> END_SHIFT) & SHARE_MASK) > SHARE_MASK >> 1) return "end";
  return ((usage >>> NEAR_SHIFT) & SHARE_MASK) > SHARE_MASK >> 1 ? "one place" : "scattered";
}

/** Gives a segment that takes another's place what is known of that one's use. */
export function inheritUsage(words: Int32Array, from: Address, to: Address): void {
  writeSpare(words, to, readSpare(words, from));
}
