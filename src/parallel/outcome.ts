/**
 * Outcome: what the branches of one task have produced, packed into a region of the shared heap.
 *
 *   root     0       1
 *            | count | branch | branch | …          an address for each branch
 *
 *   branch   0        1         2         3        4         5      7      8        9        10        12
 *            status   stopped   results   output   failure   steps  time   segments thread   started   had
 *                               count     bytes    bytes     (2)    µs     copied            µs (2)    errors
 *   then     | run | run | … output … | failure … |          an address for each result, two texts
 *               └──▶ tokens                                   as UTF-8, each padded to words
 *
 * Results are token runs of their own, so variables of different results are different variables.
 * Output is not interned: it is read once. Results are read in place (branch-results.ts); the rest, which is
 * small, is read when the outcome is asked for.
 */
import type { Address } from "../base/address.js";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.js";
import { STOP_REASONS, type StopReason } from "../eval/limits/limits.js";
import { allocate, release } from "../memory/allocator.js";
import { TOKENS } from "../memory/kinds.js";
import { type BuildingRegion, createThenPack, type Packed } from "../memory/packed.js";
import { HEADER_WORDS } from "../memory/segment.js";
import type { Atom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { encodeInto, measure } from "../term/encode.js";
import { writeRuns } from "../term/packed-atoms.js";
import { skip } from "../term/tokens.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { PackedResults, ResultLease, type Results } from "./branch-results.js";

/** How a branch ended. */
export type BranchStatus = "done" | "stopped" | "cancelled" | "failed" | "lost";

/** By their numbers in shared memory. */
export const STATUSES: readonly BranchStatus[] = ["done", "stopped", "cancelled", "failed", "lost"];

/** How one branch ended, and what it gave. */
export interface BranchOutcome {
  /** How it ended. */
  readonly status: BranchStatus;
  /**
   * In the order of evaluation; an `Error` atom if the branch failed or was lost. Those of another thread
   * are decoded as they are looked at and stay in the heap until all were, or until they are disposed.
   */
  readonly results: Results;
  /** What the branch printed. */
  readonly output: string;
  /** As in {@link Evaluation}: the limit, if its status is `stopped`; `aborted`, if `cancelled`. */
  readonly stopped: StopReason;
  /** What failed, if its status is `failed` or `lost`; otherwise empty. */
  readonly failure: string;
  /** Whether an alternative gave an error, also where `results` has none because others did not. @internal */
  readonly hadErrors: boolean;
  /** How many steps it took. */
  readonly steps: number;
  /** How long it took on its thread, in milliseconds. */
  readonly timeMs: number;
  /** When it began, in milliseconds since the epoch. */
  readonly startedMs: number;
  /** Segments that the branch's writes copied. */
  readonly segmentsCopied: number;
  /** Slot of the thread that evaluated it. */
  readonly thread: number;
}

const COUNT = 0;
const BRANCHES = 1;

const STATUS = 0;
const STOPPED = 1;
const RESULTS = 2;
const OUTPUT_BYTES = 3;
const FAILURE_BYTES = 4;
const STEPS_LOW = 5;
const STEPS_HIGH = 6;
const TIME_US = 7;
const COPIES = 8;
const THREAD = 9;
const STARTED_LOW = 10;
const STARTED_HIGH = 11;
const HAD_ERRORS = 12;
const BRANCH_WORDS = 13;
const WORD_RANGE = 2 ** 31;

/** What is at the root of a region of outcomes. */
export interface OutcomeList {
  readonly kind: "outcomes";
}

/**
 * Packs the outcomes of a task into a region. Throws `ERR_NOT_SHAREABLE` for a result that cannot leave its
 * thread and HeapExhaustedError, with nothing left behind.
 */
export function packOutcomes(
  vocabulary: Vocabulary,
  outcomes: readonly BranchOutcome[],
): Packed<OutcomeList> {
  return createThenPack<OutcomeList>(vocabulary.heap, (region) => {
    const root = region.allocate(BRANCHES + outcomes.length);
    region.write(root + COUNT, outcomes.length);
    for (const [index, outcome] of outcomes.entries()) {
      region.write(root + BRANCHES + index, writeOutcome(vocabulary, region, outcome));
    }
    return region.pack<OutcomeList>(root);
  });
}

function writeOutcome(
  vocabulary: Vocabulary,
  region: BuildingRegion,
  outcome: BranchOutcome,
): Address {
  const { results } = outcome;
  const output = encodeUtf8(outcome.output);
  const failure = encodeUtf8(outcome.failure);
  const at = region.allocate(
    BRANCH_WORDS + results.length + textWords(output.length) + textWords(failure.length),
  );
  const words = region.writable();
  words[at + STATUS] = STATUSES.indexOf(outcome.status);
  words[at + STOPPED] = STOP_REASONS.indexOf(outcome.stopped);
  words[at + HAD_ERRORS] = outcome.hadErrors ? 1 : 0;
  words[at + RESULTS] = results.length;
  words[at + OUTPUT_BYTES] = output.length;
  words[at + FAILURE_BYTES] = failure.length;
  words[at + STEPS_LOW] = outcome.steps % WORD_RANGE;
  words[at + STEPS_HIGH] = Math.floor(outcome.steps / WORD_RANGE);
  words[at + TIME_US] = Math.min(Math.round(outcome.timeMs * 1000), WORD_RANGE - 1);
  words[at + COPIES] = outcome.segmentsCopied;
  words[at + THREAD] = outcome.thread;
  const startedUs = Math.round(outcome.startedMs * 1000);
  words[at + STARTED_LOW] = startedUs % WORD_RANGE;
  words[at + STARTED_HIGH] = Math.floor(startedUs / WORD_RANGE);
  const texts = at + BRANCH_WORDS + results.length;
  writeText(words, writeText(words, texts, output), failure);
  writeRuns(vocabulary, region, results, at + BRANCH_WORDS);
  return at;
}

/**
 * The outcomes of a task, in order. Takes the handle over: results are read in place, and the region is
 * released when no outcome needs it any more.
 */
export function branchOutcomes(
  vocabulary: Vocabulary,
  packed: Packed<OutcomeList>,
): BranchOutcome[] {
  const { words, root } = packed;
  const lease = new ResultLease(packed);
  lease.add();
  const outcomes: BranchOutcome[] = [];
  for (let index = 0; index < words[root + COUNT]!; index++) {
    outcomes.push(branchOutcomeAt(vocabulary, lease, words[root + BRANCHES + index]!));
  }
  lease.remove();
  return outcomes;
}

function branchOutcomeAt(vocabulary: Vocabulary, lease: ResultLease, at: Address): BranchOutcome {
  const { words } = vocabulary.heap;
  const count = words[at + RESULTS]!;
  const runs = at + BRANCH_WORDS;
  const output = readText(words, runs + count, words[at + OUTPUT_BYTES]!);
  const failure = readText(
    words,
    runs + count + textWords(words[at + OUTPUT_BYTES]!),
    words[at + FAILURE_BYTES]!,
  );
  return {
    status: STATUSES[words[at + STATUS]!]!,
    results: count === 0 ? [] : new PackedResults(vocabulary, lease, runs, count),
    output,
    stopped: STOP_REASONS[words[at + STOPPED]!]!,
    failure,
    hadErrors: words[at + HAD_ERRORS] === 1,
    steps: words[at + STEPS_HIGH]! * WORD_RANGE + words[at + STEPS_LOW]!,
    timeMs: words[at + TIME_US]! / 1000,
    startedMs: (words[at + STARTED_HIGH]! * WORD_RANGE + words[at + STARTED_LOW]!) / 1000,
    segmentsCopied: words[at + COPIES]!,
    thread: words[at + THREAD]!,
  };
}

function textWords(byteLength: number): number {
  return Math.ceil(byteLength / 4);
}

function writeText(words: Int32Array, at: Address, text: Uint8Array): Address {
  bytesAt(words, at, text.length).set(text);
  return at + textWords(text.length);
}

function readText(words: Int32Array, at: Address, byteLength: number): string {
  return byteLength === 0 ? "" : decodeUtf8(bytesAt(words, at, byteLength));
}

function bytesAt(words: Int32Array, at: Address, byteLength: number): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset + at * 4, byteLength);
}

interface EncodedAtoms {
  /** One reference, the caller's. */
  readonly segment: Address;
  /** Where each atom's run begins, in words from the segment. */
  readonly offsets: readonly number[];
}

/** Encodes atoms one after another into a new segment. Throws as {@link packOutcomes}. */
export function encodeAtoms(vocabulary: Vocabulary, atoms: readonly Atom[]): EncodedAtoms {
  const { heap } = vocabulary;
  const { words } = heap;
  const sizes = atoms.map(measure);
  const sizeWords = sizes.reduce((sum, size) => sum + size, HEADER_WORDS);
  const segment = allocate(heap, sizeWords, TOKENS);
  const offsets: number[] = [];
  try {
    let at = segment + HEADER_WORDS;
    for (const [index, atom] of atoms.entries()) {
      offsets.push(at - segment);
      at += encodeInto(vocabulary, atom, words, at, sizes[index]!);
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
