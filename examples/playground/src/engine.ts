/** The page's side of the engine's workers. */
import { proxy, type Remote, wrap } from "comlink";
import type { Engine } from "./engine-worker.js";
import type { Program } from "./program.js";
import type { RunEvent } from "./run.js";
import type { RunLimits } from "./storage.js";

/** A worker with the engine, and what ends it. */
export interface EngineWorker {
  readonly calls: Remote<Engine>;
  readonly end: () => void;
  /** Broken, when the worker cannot be loaded or has failed. */
  readonly failed: Promise<never>;
}

export function startEngine(): EngineWorker {
  const worker = new Worker(new URL("./engine-worker.ts", import.meta.url), {
    type: "module",
    name: "oxbow-engine",
  });
  const failed = new Promise<never>((_keep, fail) => {
    worker.addEventListener("error", ({ message }) => {
      fail(new Error(message ?? "the engine could not be loaded"));
    });
  });
  failed.catch(() => undefined);
  return { calls: wrap<Engine>(worker), end: () => worker.terminate(), failed };
}

/**
 * Runs programs one at a time, each in a worker of its own: one that is stopped, whatever it does, leaves nothing behind. The next
 * worker is there before it is asked for.
 */
export class Runner {
  #next: EngineWorker = startEngine();
  #running: { readonly worker: EngineWorker; readonly stopped: () => void } | undefined;

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Kept when it has ended: true if nobody stopped it. */
  async run(
    program: Program,
    limits: RunLimits,
    tell: (event: RunEvent) => void,
  ): Promise<boolean> {
    this.stop();
    const worker = this.#next;
    const running = Promise.withResolvers<boolean>();
    const mine = { worker, stopped: () => running.resolve(false) };
    this.#running = mine;
    const told = (event: RunEvent): void => {
      if (this.#running === mine) tell(event);
    };
    worker.calls
      .run(program, limits, proxy(told))
      .then(() => running.resolve(true), running.reject);
    worker.failed.catch(running.reject);
    try {
      return await running.promise;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      told({ kind: "failed", message: `The run ended: ${message}`, place: undefined });
      return true;
    } finally {
      worker.end();
      if (this.#next === worker) this.#next = startEngine();
      if (this.#running === mine) this.#running = undefined;
    }
  }

  stop(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.worker.end();
    if (this.#next === running.worker) this.#next = startEngine();
    running.stopped();
  }
}
