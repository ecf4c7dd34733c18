/**
 * A thread that ends at a step of one's choice: each write to the heap's words is a step.
 *
 * The thread is a view of the heap with a slot of its own, whose words are a proxy that counts writes
 * and atomic operations. At the chosen one it throws, and from then on it lets no write through, so no handler
 * of the code under test can put anything in order: what is in memory then is what a thread leaves behind that is
 * ended there. A builtin that writes many words is one step, as a thread is not ended inside of it.
 */
import { Heap } from "../src/memory/heap.js";
import { settleThread } from "../src/memory/ledger.js";

class ThreadEnded extends Error {}

interface View {
  readonly words: Int32Array;
  readonly thread: EndingThread;
}

const views = new WeakMap<object, View>();
const WRITING = ["fill", "copyWithin", "set", "sort", "reverse"];

export class EndingThread {
  readonly heap: Heap;
  /** Steps until the end; it does not come as long as this is 0. */
  #stepsLeft = 0;
  #ended = false;

  constructor(owner: Heap) {
    this.heap = Heap.receive(owner.share());
    const words = new Proxy(this.heap.words, {
      get: (target, key) => this.#read(target, key),
      set: (target, key, value: number) => {
        this.step();
        return Reflect.set(target, key, value, target);
      },
    });
    views.set(words, { words: this.heap.words, thread: this });
    Object.defineProperty(this.heap, "words", { value: words });
  }

  /** Lets the thread run `act` and ends it before step `at`; false if `act` came to its end before. */
  endAt(at: number, act: () => void): boolean {
    this.#stepsLeft = at;
    try {
      act();
    } catch (error) {
      if (!this.#ended) throw error;
    } finally {
      this.#stepsLeft = 0;
    }
    return this.#ended;
  }

  step(): void {
    if (this.#stepsLeft > 0 && --this.#stepsLeft === 0) this.#ended = true;
    if (this.#ended) throw new ThreadEnded();
  }

  #read(target: Int32Array, key: string | symbol): unknown {
    const value: unknown = Reflect.get(target, key, target);
    if (typeof value !== "function") return value;
    const method = value as (...values: unknown[]) => unknown;
    return (...values: unknown[]) => {
      if (WRITING.includes(String(key))) this.step();
      return method.apply(target, values);
    };
  }
}

/**
 * Settles a thread that has ended, of which `view` was the heap's view; how many references it had. What such a thread
 * has forgotten is never collected, and here its view lives on with the test's thread.
 */
export function settleEnded(heap: Heap, view: Heap): number {
  view.detached = true;
  return settleThread(heap, view.thread);
}

const OPERATIONS = ["add", "compareExchange", "exchange", "load", "notify", "store", "sub", "wait"];

type AtomicOperation = (words: Int32Array, ...operands: number[]) => unknown;

/** Lets the operations of `Atomics` work on the proxies, each one that may write as a step. */
function teachAtomics(): void {
  for (const name of OPERATIONS) {
    const operations = Atomics as unknown as Record<string, AtomicOperation>;
    const operate = operations[name]!;
    operations[name] = (words, ...operands) => {
      const view = views.get(words);
      if (view === undefined) return operate(words, ...operands);
      if (name !== "load") view.thread.step();
      return operate(view.words, ...operands);
    };
  }
}

teachAtomics();
