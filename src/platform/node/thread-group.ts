/**
 * Worker threads in a group of piscina's, which starts them and replaces those that end.
 *
 * Piscina is looked for when a group starts and not when the library is imported: who evaluates on one thread
 * needs none of it, and it takes longer to load than the rest of the library.
 */
import { createRequire } from "node:module";
import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { GroupOptions, GroupThread, ThreadGroup } from "../platform.js";
import { workerFile } from "./installed-file.js";

type PiscinaPackage = typeof import("piscina");

/** Throws ERR_FILE if this module is in a bundle, and the package is not installed where that finds it. */
export function startGroup(options: GroupOptions): ThreadGroup {
  return new PiscinaGroup(options);
}

class PiscinaGroup implements ThreadGroup {
  readonly #piscina: Piscina;
  readonly #options: GroupOptions;
  readonly #watched = new Set<Worker>();
  readonly #ends = new Set<Promise<void>>();

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#piscina = startPiscina(options);
    // A thread that dies without a task: it is replaced, and nothing was lost.
    this.#piscina.on("error", () => undefined);
    this.#piscina.on("workerCreate", () => this.#watch());
    this.#watch();
  }

  async serve(): Promise<void> {
    await this.#piscina.run(null);
  }

  async close(): Promise<void> {
    await this.#piscina.close();
  }

  async destroy(): Promise<void> {
    await this.#piscina.destroy();
    await Promise.all(this.#ends);
  }

  /** Observes the end of every thread that piscina starts. */
  #watch(): void {
    for (const worker of this.#piscina.threads) {
      if (this.#watched.has(worker)) continue;
      this.#watched.add(worker);
      const thread = new WorkerThread(worker);
      let lastError: unknown;
      worker.once("error", (error: unknown) => {
        lastError = error;
      });
      const end = new Promise<void>((resolve) => {
        worker.once("exit", () => {
          this.#watched.delete(worker);
          this.#ends.delete(end);
          // Its successor may be there already.
          this.#watch();
          this.#options.onEnd(thread, lastError);
          resolve();
        });
      });
      this.#ends.add(end);
      this.#options.onStart(thread);
    }
  }
}

/** Out of its package: every bundle would make something of it that cannot find its own worker. */
function startPiscina({ threads, setup, stackMb, resourceLimits }: GroupOptions): Piscina {
  const file = workerFile("start.cjs");
  const { Piscina: Pool } = createRequire(file)("piscina") as PiscinaPackage;
  return new Pool({
    filename: file.href,
    name: "serve",
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: "disabled",
    recordTiming: false,
    workerData: setup,
    resourceLimits: { stackSizeMb: stackMb, ...resourceLimits },
  });
}

class WorkerThread implements GroupThread {
  /** Read now: it is lost at the end. */
  readonly threadId: number;
  readonly #worker: Worker;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.threadId = worker.threadId;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  /** The start of a thread's loop is read, and remembered, only while the thread lives. */
  noteAlive(): void {
    this.#worker.performance.eventLoopUtilization();
  }

  /** A thread that has ended has no idle time. */
  hasEnded(): boolean {
    return this.#worker.performance.eventLoopUtilization().idle < 0;
  }
}
