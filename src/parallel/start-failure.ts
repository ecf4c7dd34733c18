/**
 * Start failure: why a thread of a pool could not begin to serve, as the first that failed wrote it down.
 *
 *   0       1       2 …
 *   ┌───────┬───────┬──────────────────────┐
 *   │ state │ bytes │ packed error, as JSON │      state: 0 none, 1 being written, 2 written
 *   └───────┴───────┴──────────────────────┘
 *
 * | word  | written by                                       | read by          | order |
 * | ----- | ------------------------------------------------ | ---------------- | ----- |
 * | state | the first thread that fails (compareExchange 0 → 1; store 2 at last) | the pool's owner | a 2 publishes the rest; a stale 0 is found at the next look |
 * | rest  | that thread, plainly, before the 2               | the owner, after the 2 | |
 *
 * It lies in memory and is not sent, since an owner that blocks gets no messages. A thread that ends while it
 * writes leaves a 1, and then its end tells what is to be told.
 */
import { type OxbowError, type PackedError, packError, unpackError } from "../base/errors.js";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.js";

const STATE = 0;
const BYTES = 1;
const TEXT = 2;
const NONE = 0;
const WRITING = 1;
const WRITTEN = 2;
const SIZE_BYTES = 65_536;
const TEXT_BYTES: number = SIZE_BYTES - TEXT * 4;
/** Of each message and stack; there are a few of them. JSON makes of a character six at the most. */
const KEPT_CHARACTERS = 1_500;

export class StartFailure {
  readonly words: Int32Array;

  /** A view of memory that another thread made, or of new memory. */
  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(SIZE_BYTES))) {
    this.words = words;
  }

  /** Writes down why this thread cannot serve, unless another one has already failed. */
  report(error: OxbowError): void {
    const { words } = this;
    if (Atomics.compareExchange(words, STATE, NONE, WRITING) !== NONE) return;
    const text = encodeUtf8(JSON.stringify(packError(error), shorten)).subarray(0, TEXT_BYTES);
    new Uint8Array(words.buffer, words.byteOffset + TEXT * 4).set(text);
    words[BYTES] = text.length;
    Atomics.store(words, STATE, WRITTEN);
  }

  /** What the first thread that failed has written; undefined if none has. */
  find(): OxbowError | undefined {
    const { words } = this;
    if (Atomics.load(words, STATE) !== WRITTEN) return undefined;
    const bytes = new Uint8Array(words.buffer, words.byteOffset + TEXT * 4, words[BYTES]);
    return unpackError(JSON.parse(decodeUtf8(bytes)) as PackedError);
  }
}

function shorten(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.slice(0, KEPT_CHARACTERS) : value;
}
