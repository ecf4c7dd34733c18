/**
 * Outcome: what the branches of one task have produced, as words in the shared heap.
 *
 *   0        4        5
 *   ┌────────┬────────┬──────────────────────────────────────┬───────────────┬ …
 *   │ header │ count  │ branch: 11 words, then its runs      │ next branch   │
 *   └────────┴────────┴──────────────────────────────────────┴───────────────┴ …
 *
 *   branch   0        1         2          3             4      6      7        8        9
 *            status   results   output     stop reason   steps  time   segments thread   started
 *                     count     bytes      bytes         (2)    µs     copied            µs (2)
 *   then     the output and the stop reason as UTF-8, each padded to words; one token run for each result
 *
 * Results are token runs of their own, so variables of different results are different variables.
 * Output is not interned: it is read once. An outcome refers to no other segment.
 */
import type { Address } from "../base/address.js";
import { allocate, release } from "../memory/allocator.js";
import { TOKENS } from "../memory/kinds.js";
import { HEADER_WORDS } from "../memory/segment.js";
import type { Atom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { encodeInto, measure } from "../term/encode.js";
import { skip } from "../term/tokens.js";
import type { Vocabulary } from "../term/vocabulary.js";

/** How a branch ended. */
export type BranchStatus = "done" | "stopped" | "cancelled" | "failed" | "lost";

const STATUSES: readonly BranchStatus[] = ["done", "stopped", "cancelled", "failed", "lost"];

export interface BranchOutcome {
  readonly status: BranchStatus;
  /** In the order of evaluation; an `Error` atom if the branch failed or was lost. */
  readonly results: readonly Atom[];
  /** What the branch printed. */
  readonly output: string;
  /** Which limit was met, or what failed; empty if the branch is done. */
  readonly reason: string;
  readonly steps: number;
  readonly timeMs: number;
  /** When it began, in milliseconds since the epoch. */
  readonly startedMs: number;
  /** Segments that the branch's writes copied. */
  readonly segmentsCopied: number;
  /** Slot of the thread that evaluated it. */
  readonly thread: number;
}

const STATUS = 0;
const RESULTS = 1;
const OUTPUT_BYTES = 2;
const REASON_BYTES = 3;
const STEPS_LOW = 4;
const STEPS_HIGH = 5;
const TIME_US = 6;
const COPIES = 7;
const THREAD = 8;
const STARTED_LOW = 9;
const STARTED_HIGH = 10;
const BRANCH_WORDS = 11;
const WORD_RANGE = 2 ** 31;

/**
 * Writes outcomes into one new segment with one reference, the caller's.
 * Throws `ERR_NOT_SHAREABLE` for a result that cannot leave its thread, HeapExhaustedError.
 */
export function encodeOutcomes(
  vocabulary: Vocabulary,
  outcomes: readonly BranchOutcome[],
): Address {
  const { heap } = vocabulary;
  let sizeWords = HEADER_WORDS + 1;
  for (const outcome of outcomes) sizeWords += measureOutcome(outcome);
  const segment = allocate(heap, sizeWords, TOKENS);
  const { words } = heap;
  words[segment + HEADER_WORDS] = outcomes.length;
  try {
    let at = segment + HEADER_WORDS + 1;
    for (const outcome of outcomes) at = writeOutcome(vocabulary, words, at, outcome);
  } catch (error) {
    release(heap, segment);
    throw error;
  }
  return segment;
}

function measureOutcome({ results, output, reason }: BranchOutcome): number {
  let sizeWords = BRANCH_WORDS + textWords(output) + textWords(reason);
  for (const result of results) sizeWords += measure(result);
  return sizeWords;
}

function writeOutcome(
  vocabulary: Vocabulary,
  words: Int32Array,
  start: Address,
  outcome: BranchOutcome,
): Address {
  words[start + STATUS] = STATUSES.indexOf(outcome.status);
  words[start + RESULTS] = outcome.results.length;
  words[start + OUTPUT_BYTES] = Buffer.byteLength(outcome.output);
  words[start + REASON_BYTES] = Buffer.byteLength(outcome.reason);
  words[start + STEPS_LOW] = outcome.steps % WORD_RANGE;
  words[start + STEPS_HIGH] = Math.floor(outcome.steps / WORD_RANGE);
  words[start + TIME_US] = Math.min(Math.round(outcome.timeMs * 1000), WORD_RANGE - 1);
  words[start + COPIES] = outcome.segmentsCopied;
  words[start + THREAD] = outcome.thread;
  const startedUs = Math.round(outcome.startedMs * 1000);
  words[start + STARTED_LOW] = startedUs % WORD_RANGE;
  words[start + STARTED_HIGH] = Math.floor(startedUs / WORD_RANGE);
  let at = start + BRANCH_WORDS;
  at = writeText(words, at, outcome.output);
  at = writeText(words, at, outcome.reason);
  for (const result of outcome.results) at += encodeInto(vocabulary, result, words, at);
  return at;
}

/** Reads the outcomes of a task back, in order. */
export function decodeOutcomes(vocabulary: Vocabulary, segment: Address): BranchOutcome[] {
  const { words } = vocabulary.heap;
  const count = words[segment + HEADER_WORDS]!;
  const outcomes: BranchOutcome[] = [];
  let at = segment + HEADER_WORDS + 1;
  for (let branch = 0; branch < count; branch++) {
    const start = at;
    at += BRANCH_WORDS;
    const output = readText(words, at, words[start + OUTPUT_BYTES]!);
    at += Math.ceil(words[start + OUTPUT_BYTES]! / 4);
    const reason = readText(words, at, words[start + REASON_BYTES]!);
    at += Math.ceil(words[start + REASON_BYTES]! / 4);
    const results: Atom[] = [];
    for (let result = 0; result < words[start + RESULTS]!; result++) {
      results.push(decode(vocabulary, words, at));
      at = skip(words, at);
    }
    outcomes.push({
      status: STATUSES[words[start + STATUS]!]!,
      results,
      output,
      reason,
      steps: words[start + STEPS_HIGH]! * WORD_RANGE + words[start + STEPS_LOW]!,
      timeMs: words[start + TIME_US]! / 1000,
      startedMs: (words[start + STARTED_HIGH]! * WORD_RANGE + words[start + STARTED_LOW]!) / 1000,
      segmentsCopied: words[start + COPIES]!,
      thread: words[start + THREAD]!,
    });
  }
  return outcomes;
}

function textWords(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

function writeText(words: Int32Array, at: Address, text: string): Address {
  const bytes = bytesAt(words, at, Buffer.byteLength(text));
  bytes.write(text);
  return at + textWords(text);
}

function readText(words: Int32Array, at: Address, byteLength: number): string {
  return byteLength === 0 ? "" : bytesAt(words, at, byteLength).toString();
}

function bytesAt(words: Int32Array, at: Address, byteLength: number): Buffer {
  return Buffer.from(words.buffer, words.byteOffset + at * 4, byteLength);
}

export interface EncodedAtoms {
  /** One reference, the caller's. */
  readonly segment: Address;
  /** Where each atom's run begins, in words from the segment. */
  readonly offsets: readonly number[];
}

/** Encodes atoms one behind the other into a new segment. Throws as {@link encodeOutcomes}. */
export function encodeAtoms(vocabulary: Vocabulary, atoms: readonly Atom[]): EncodedAtoms {
  const { heap } = vocabulary;
  const { words } = heap;
  let sizeWords = HEADER_WORDS;
  for (const atom of atoms) sizeWords += measure(atom);
  const segment = allocate(heap, sizeWords, TOKENS);
  const offsets: number[] = [];
  try {
    let at = segment + HEADER_WORDS;
    for (const atom of atoms) {
      offsets.push(at - segment);
      at += encodeInto(vocabulary, atom, words, at);
    }
  } catch (error) {
    release(heap, segment);
    throw error;
  }
  return { segment, offsets };
}

/** Decodes `count` runs from `address` on. */
export function decodeAtoms(vocabulary: Vocabulary, address: Address, count: number): Atom[] {
  const { words } = vocabulary.heap;
  const atoms: Atom[] = [];
  let at = address;
  for (let index = 0; index < count; index++) {
    atoms.push(decode(vocabulary, words, at));
    at = skip(words, at);
  }
  return atoms;
}
