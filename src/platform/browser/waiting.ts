/**
 * Waiting in a browser: workers may block, the page's own thread may not. Where the engine waits all the same
 * (for a lock that another thread holds for microseconds) that thread looks again and again until it is over.
 */
import type { CallStorage, Waiting } from "../platform.js";
import { isWorker, page } from "./globals.js";

/** How long the page's thread looks at most before whoever waits looks at the whole. */
const LOOK_MS = 1000;

export const waiting: Waiting = {
  mayBlock: isWorker,
  wait(words, index, expected, timeoutMs) {
    if (words.buffer instanceof ArrayBuffer) return waitAlone(words, index, expected, timeoutMs);
    if (isWorker()) return Atomics.wait(words, index, expected, timeoutMs) !== "timed-out";
    return look(words, index, expected, timeoutMs);
  },
  // A timer that is set by a timer waits for milliseconds; a message does not.
  turn: async () =>
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new page.MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    }),
  afterTurn: (action) => void setTimeout(action),
  later(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  callStorage: <Value>() => new CallStack<Value>(),
  followsAwait: false,
};

function look(words: Int32Array, index: number, expected: number, timeoutMs: number): boolean {
  const end = performance.now() + Math.min(timeoutMs, LOOK_MS);
  while (Atomics.load(words, index) === expected) {
    if (performance.now() >= end) return timeoutMs > LOOK_MS;
  }
  return true;
}

/** Of memory that only this thread has: nothing changes while it waits. */
function waitAlone(words: Int32Array, index: number, expected: number, timeoutMs: number): boolean {
  if (words[index] !== expected) return true;
  if (timeoutMs !== Number.POSITIVE_INFINITY) return look(words, index, expected, timeoutMs);
  throw new TypeError("cannot wait: no other thread has this memory, so nobody can end it");
}

/** Goes along with calls, and not through `await`. */
class CallStack<Value> implements CallStorage<Value> {
  #current: Value | undefined;

  current(): Value | undefined {
    return this.#current;
  }

  run<Result>(value: Value, body: (value: Value) => Result): Result {
    const before = this.#current;
    this.#current = value;
    try {
      return body(value);
    } finally {
      this.#current = before;
    }
  }

  rest(): void {}
}
