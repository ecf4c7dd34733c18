/**
 * Words and texts of a block, before it is packed: written from front to end, and read with every step checked.
 *
 *     0      1         2
 *     | kind | texts n | (bytes of a text, its UTF-8, padded to words) × n | body …
 *
 * A text that UTF-8 cannot say has the complement of its bytes, and UTF-16.
 *
 * The body names texts by their numbers in the table, so it says the same whichever heap it was written from.
 *
 * Invariants
 *   WD1  Whatever the words are, reading ends: each step moves on, and a count is at most the words that are left.
 */
import { OxbowError } from "../base/errors.js";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.js";

const HEAD_WORDS = 2;
const WORD_BYTES = 4;
const FIRST_WORDS = 1024;

/** What the words of a block are. */
export const CHANGES = 1;
export const BASE = 2;
export const QUESTION = 3;
export const ANSWER = 4;

/** Something read from Redis, a directory or a job is not what it should be. */
export function badData(what: string, reason: string, cause?: unknown): OxbowError {
  const message = `cannot read ${what}: ${reason}; nothing of it was used`;
  return new OxbowError("ERR_CLUSTER_DATA", message, {}, cause === undefined ? {} : { cause });
}

/** UTF-16, for what UTF-8 cannot say: half a pair by itself. */
function unitsOf(text: string): Uint8Array {
  const units = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return new Uint8Array(units.buffer);
}

function textOfUnits(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    text += String.fromCharCode(bytes[at]! | (bytes[at + 1]! << 8));
  }
  return text;
}

/** Words in a buffer that grows. */
class GrowingWords {
  words: Int32Array = new Int32Array(FIRST_WORDS);
  length = 0;

  put(word: number): void {
    if (this.length === this.words.length) this.reserve(1);
    this.words[this.length++] = word;
  }

  putRun(source: Int32Array, from: number, end: number): void {
    this.reserve(end - from);
    this.words.set(source.subarray(from, end), this.length);
    this.length += end - from;
  }

  putText(text: string): void {
    const isWhole = text.isWellFormed();
    const bytes = isWhole ? encodeUtf8(text) : unitsOf(text);
    const count = Math.ceil(bytes.length / WORD_BYTES);
    this.put(isWhole ? bytes.length : ~bytes.length);
    this.reserve(count);
    this.words.fill(0, this.length, this.length + count);
    new Uint8Array(this.words.buffer, this.length * WORD_BYTES, bytes.length).set(bytes);
    this.length += count;
  }

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.words.length) return;
    const larger = new Int32Array(Math.max(needed, 2 * this.words.length));
    larger.set(this.words);
    this.words = larger;
  }
}

/** The body of a block being written, and the table of its texts. */
export class BlockWriter {
  readonly #kind: number;
  readonly #body = new GrowingWords();
  readonly #texts = new GrowingWords();
  readonly #numbers = new Map<string, number>();

  constructor(kind: number) {
    this.#kind = kind;
  }

  /** Words of the body so far. */
  get length(): number {
    return this.#body.length;
  }

  put(word: number): void {
    this.#body.put(word);
  }

  putRun(source: Int32Array, from: number, end: number): void {
    this.#body.putRun(source, from, end);
  }

  /** A count from 0 to 2^53. */
  putLarge(value: number): void {
    this.#body.put(value % 2 ** 31);
    this.#body.put(Math.floor(value / 2 ** 31));
  }

  /** A text of its own, which is not in the table: it is read once. */
  putText(text: string): void {
    this.#body.putText(text);
  }

  /** Puts what comes to be known later into a place that was put before. */
  patch(at: number, word: number): void {
    this.#body.words[at] = word;
  }

  /** The number of a text in the table. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    this.#texts.putText(text);
    return number;
  }

  /** The whole block. */
  finish(): Int32Array {
    const { length: texts, words: textWords } = this.#texts;
    const whole = new Int32Array(HEAD_WORDS + texts + this.#body.length);
    whole[0] = this.#kind;
    whole[1] = this.#numbers.size;
    whole.set(textWords.subarray(0, texts), HEAD_WORDS);
    whole.set(this.#body.words.subarray(0, this.#body.length), HEAD_WORDS + texts);
    return whole;
  }
}

/** Reads what {@link BlockWriter} wrote, or throws `ERR_CLUSTER_DATA`. */
export class BlockReader {
  readonly words: Int32Array;
  readonly texts: readonly string[];
  at: number = HEAD_WORDS;
  readonly #what: string;

  constructor(words: Int32Array, kind: number, what: string) {
    this.words = words;
    this.#what = what;
    if (words[0] !== kind) throw this.bad(`it is of kind ${words[0]}, not ${kind}`);
    const count = this.#atMost(words[1] ?? -1);
    this.texts = Array.from({ length: count }, () => this.text());
  }

  bad(reason: string): OxbowError {
    return badData(this.#what, reason);
  }

  /** The next word. */
  take(): number {
    if (this.at >= this.words.length) throw this.bad("it ends too early");
    return this.words[this.at++]!;
  }

  /** The next word, which counts things of at least one word each. */
  count(): number {
    return this.#atMost(this.take());
  }

  /** The next word, from 0 on. */
  index(): number {
    const word = this.take();
    if (word < 0) throw this.bad(`${word} is no count`);
    return word;
  }

  large(): number {
    const low = this.index();
    const high = this.index();
    if (high >= 2 ** 22) throw this.bad("a count is too large");
    return high * 2 ** 31 + low;
  }

  /** A text of the table. */
  textAt(number: number): string {
    const text = this.texts[number];
    if (text === undefined) throw this.bad(`it has no text ${number}`);
    return text;
  }

  text(): string {
    const word = this.take();
    const isWhole = word >= 0;
    const bytes = isWhole ? word : ~word;
    if (!isWhole && bytes % 2 === 1) throw this.bad("a text ends in half a unit");
    const count = Math.ceil(bytes / WORD_BYTES);
    if (count > this.words.length - this.at) throw this.bad("a text ends too late");
    const { buffer, byteOffset } = this.words;
    const start = byteOffset + this.at * WORD_BYTES;
    this.at += count;
    const view = new Uint8Array(buffer, start, bytes);
    return isWhole ? decodeUtf8(view) : textOfUnits(view);
  }

  /** Nothing may follow. */
  end(): void {
    if (this.at !== this.words.length) throw this.bad("something follows its end");
  }

  #atMost(count: number): number {
    if (count < 0 || count > this.words.length - this.at) {
      throw this.bad(`${count} parts do not fit into it`);
    }
    return count;
  }
}
