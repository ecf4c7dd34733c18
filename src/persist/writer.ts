/**
 * The writing thread of a store, from outside: calls go to it one after another, and one that ended is replaced.
 *
 * Invariants
 *   WT1  There is one thread at a time: the next starts when the last has ended, since both would write the files.
 *   WT2  A thread that replaces another knows nothing of the heap's image, so it writes a whole snapshot first (SFL2).
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { Remote } from "comlink";
import { OxbowError, unpackError } from "../base/errors.js";
import { workerFile } from "../platform/node/installed-file.js";
import type { Moment } from "./store-file.js";
import type { OnProgress } from "./store-options.js";
import type { Reply, Told, WriterCalls, WriterSetup } from "./writer-thread.js";

/** How often in a row a thread may end in the same call. */
const ATTEMPTS = 3;

type Comlink = typeof import("comlink");
type EndpointOf = typeof import("comlink/dist/umd/node-adapter.js").default;

/** What is called; `told` makes of a function one that the thread may call. */
type Call<Value> = (
  calls: Remote<WriterCalls>,
  told: (onProgress: OnProgress) => Told,
) => Promise<Reply<Value>>;

interface RunningThread {
  readonly worker: Worker;
  readonly calls: Remote<WriterCalls>;
  readonly told: (onProgress: OnProgress) => Told;
}

export class Writer {
  readonly #setup: Omit<WriterSetup, "loaded">;
  #loaded: Moment | null;
  #thread: RunningThread | null = null;
  /** Told when the thread ends. One promise of its end would keep something of every call that it was raced with. */
  #onEnd: (error: ThreadEnded) => void = () => {};
  /** Settled when the call before is done. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(setup: WriterSetup) {
    this.#setup = { buffer: setup.buffer, directory: setup.directory };
    this.#loaded = setup.loaded;
  }

  /** The thread that runs now, if one does. */
  get worker(): Worker | undefined {
    return this.#thread?.worker;
  }

  /** Runs `act`, which calls the thread, when everything that was asked before is done. */
  askInTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const answer = this.#last.then(act);
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Calls the thread in turn. */
  ask<Value>(call: Call<Value>): Promise<Value> {
    return this.askInTurn(() => this.call(call));
  }

  /**
   * Calls the thread, in one's turn. One that ends meanwhile is replaced, and called again; `ERR_WORKER_LOST` if that
   * does not help. Rejects with what the thread throws.
   */
  async call<Value>(call: Call<Value>): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      this.#thread ??= this.#start();
      const { worker, calls, told } = this.#thread;
      // A process that waits for nothing else waits for what is asked, and not for the thread.
      worker.ref();
      try {
        const { value, error } = await new Promise<Reply<Value>>((resolve, reject) => {
          this.#onEnd = reject;
          call(calls, told).then(resolve, reject);
        });
        if (error !== undefined) throw unpackError(error);
        return value;
      } catch (error) {
        if (!(error instanceof ThreadEnded) || attempt === ATTEMPTS) throw asOxbowError(error);
      } finally {
        worker.unref();
      }
    }
  }

  #start(): RunningThread {
    const url = workerFile("store-writer.js");
    const load = createRequire(url);
    const { wrap, proxy } = load("comlink") as Comlink;
    const endpointOf = load("comlink/dist/umd/node-adapter.js") as EndpointOf;
    const worker = new Worker(url, { workerData: { ...this.#setup, loaded: this.#loaded } });
    this.#loaded = null; // WT2
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.once("exit", () => {
      this.#thread = null; // WT1
      this.#onEnd(new ThreadEnded("the writing thread of a store has ended", { cause }));
    });
    return { worker, calls: wrap<WriterCalls>(endpointOf(worker)), told: proxy };
  }

  /** Ends the thread, after what was asked. */
  async end(): Promise<void> {
    await this.#last;
    await this.#thread?.worker.terminate();
  }
}

class ThreadEnded extends Error {}

function asOxbowError(error: unknown): unknown {
  if (!(error instanceof ThreadEnded)) return error;
  return new OxbowError(
    "ERR_WORKER_LOST",
    `cannot write: the thread that writes the store has ended ${ATTEMPTS} times (what was written before is still there)`,
    { attempts: ATTEMPTS },
    { cause: error.cause },
  );
}
