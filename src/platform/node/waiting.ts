/** Waiting as threads of Node.js do: all of them may block. */
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import type { CallStorage, Waiting } from "../platform.js";

export const waiting: Waiting = {
  mayBlock: () => true,
  wait: (words, index, expected, timeoutMs) =>
    Atomics.wait(words, index, expected, timeoutMs) !== "timed-out",
  turn: () => turn(),
  afterTurn: (action) => void setImmediate(action),
  later(delayMs, action) {
    const timer = setTimeout(action, delayMs).unref();
    return () => clearTimeout(timer);
  },
  callStorage: <Value>() => new AsyncCallStorage<Value>(),
  followsAwait: true,
};

/** Values that go along through `await`. */
class AsyncCallStorage<Value> implements CallStorage<Value> {
  readonly #storage = new AsyncLocalStorage<Value>();

  current(): Value | undefined {
    return this.#storage.getStore();
  }

  run<Result>(value: Value, body: (value: Value) => Result): Result {
    return this.#storage.run(value, body, value);
  }

  /** While it is enabled every promise of the thread pays for it. */
  rest(): void {
    this.#storage.disable();
  }
}
