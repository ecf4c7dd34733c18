/**
 * The protocol of src/memory/versions.ts in steps, for the explorer; a test compares the two.
 *
 * Words: the place, one READING word a thread, and the count of each version, at the version's address. A
 * version whose count is 0 is free, and its address may come back as another version.
 */
import { ADD, COMPARE_EXCHANGE, EXCHANGE, LOAD, type Protocol, step } from "../../src/sync/step.js";

export interface VersionWords {
  readonly place: number;
  /** Of each thread. */
  readonly reading: readonly number[];
}

export function* retainSteps(version: number, local = 0): Protocol<void> {
  const before = yield step("V-retain", ADD, version, 1, 0, local);
  if (before <= 0) throw new Error(`version ${version} is retained after it was freed`);
}

export function* releaseSteps(version: number, local = 0): Protocol<void> {
  const before = yield step("V-release", ADD, version, -1, 0, local);
  if (before <= 0) throw new Error(`version ${version} is released after it was freed`);
}

export function* beginReadingSteps({ place, reading }: VersionWords, me: number): Protocol<number> {
  let version = yield step("R-present?", LOAD, place);
  for (;;) {
    const before = yield step("R-announce", EXCHANGE, reading[me]!, version);
    if (before < 0) yield* releaseSteps(-before, version);
    const now = yield step("R-still?", LOAD, place, 0, 0, version);
    if (now === version) return version;
    version = now;
  }
}

export function* endReadingSteps({ reading }: VersionWords, me: number): Protocol<void> {
  const before = yield step("R-end", EXCHANGE, reading[me]!, 0);
  if (before < 0) yield* releaseSteps(-before, -1);
}

export function* takeVersionSteps(words: VersionWords, me: number): Protocol<number> {
  const version = yield* beginReadingSteps(words, me);
  yield* retainSteps(version, -1);
  const before = yield step("R-end", EXCHANGE, words.reading[me]!, 0, 0, version);
  if (before < 0) yield* releaseSteps(-before, -1 - version);
  return version;
}

export function* replaceVersionSteps(
  { place, reading }: VersionWords,
  from: number,
  next: number,
): Protocol<boolean> {
  const local = from * 64 + next;
  yield* retainSteps(next, local);
  const found = yield step("W-replace", COMPARE_EXCHANGE, place, from, next, local);
  if (found !== from) {
    yield* releaseSteps(next, local + 1024);
    return false;
  }
  for (const [thread, word] of reading.entries()) {
    const seen = yield step("W-reads?", LOAD, word, 0, 0, local);
    if (seen !== from) continue;
    yield* retainSteps(from, local + 2048 + thread * 4096);
    const stood = yield step("W-hand-over", COMPARE_EXCHANGE, word, from, -from, local);
    if (stood !== from) yield* releaseSteps(from, local + 2048 + thread * 4096);
  }
  yield* releaseSteps(from, local + 3072);
  return true;
}
