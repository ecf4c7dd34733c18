/**
 * The protocol of src/term/symbols.ts and symbol-sweep.ts in steps, for the explorer: one id, the place of its text, and
 * two texts that may come to stand there. Writers are inside the lock, so they are one actor.
 */
import { COMPARE_EXCHANGE, LOAD, type Protocol, STORE, step } from "../../src/sync/step.js";

export const STAMP = 1;
export const ENTRY = 2;
/** First word of the place of the text, which has two. */
export const PLACE = 4;
/** 1 while the place is on the list of free ones. */
export const PLACE_FREE = 6;
/** How often the id was given out again. */
export const REBORN = 7;
export const EPOCH = 2;
const DYING = -1;
export const FREE = -2;

/** Finds the id by a text, whose words are both `text`; true if it is this thread's then (Y5). */
export function* claimSteps(text: number): Protocol<boolean> {
  for (;;) {
    const stamp = yield step("C-stamp?", LOAD, STAMP, 0, 0, text);
    if (stamp < 0) return false;
    const entry = yield step("C-entry?", LOAD, ENTRY, stamp, 0, text);
    if (entry === 0) return false;
    for (const word of [0, 1]) {
      const found = yield step("C-word?", LOAD, entry + word, stamp, 0, text);
      if (found !== text) return false;
    }
    if (stamp === EPOCH) return true;
    const before = yield step("C-stamp", COMPARE_EXCHANGE, STAMP, stamp, EPOCH, text);
    if (before === stamp) return true;
  }
}

/** Frees the id if nobody has asked for it. */
export function* sweepSteps(): Protocol<boolean> {
  const stamp = yield step("S-stamp?", LOAD, STAMP);
  const entry = yield step("S-entry?", LOAD, ENTRY, 0, 0, stamp);
  if (stamp === FREE && entry === 0) return true;
  if (stamp !== FREE && stamp !== DYING) {
    if (stamp === EPOCH) return false;
    const before = yield step("S-dying", COMPARE_EXCHANGE, STAMP, stamp, DYING);
    if (before !== stamp) return false;
  }
  if (entry !== 0) {
    yield step("S-entry", STORE, ENTRY, 0);
    yield step("S-place", STORE, PLACE_FREE, 1);
  }
  yield step("S-free", STORE, STAMP, FREE);
  return true;
}

/** Gives the id to another text, which takes the place of the one before if that is free. */
export function* addSteps(text: number): Protocol<boolean> {
  const isFree = yield step("A-place?", COMPARE_EXCHANGE, PLACE_FREE, 1, 0);
  if (isFree !== 1) return false;
  yield step("A-first", STORE, PLACE, text);
  yield step("A-second", STORE, PLACE + 1, text);
  yield step("A-entry", STORE, ENTRY, PLACE);
  yield step("A-stamp", STORE, STAMP, EPOCH);
  yield step("A-count", STORE, REBORN, 1);
  return true;
}
