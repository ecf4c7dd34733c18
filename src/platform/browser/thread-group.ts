/**
 * Module workers in a group. A worker does not tell when it has ended, and goes on for a while after `terminate()`. So each
 * holds a web lock for its life: the group asks for the same lock, and has it when the worker is no more.
 *
 * Invariants
 *   BG1  Nothing is told of a thread's end before the browser has freed what the thread held.
 */
import { type Remote, wrap } from "comlink";
import type { GroupOptions, GroupThread, ThreadGroup } from "../platform.js";
import type { PageGlobals, PageWorker } from "./globals.js";
import type { ThreadCalls } from "./thread-calls.js";
import { source } from "./thread-source.js";

/** A request to serve. */
interface Request {
  readonly keep: () => void;
  readonly fail: (reason: unknown) => void;
}

function threadUrl(): string {
  return URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
}

/** It is given the globals: it would share their file with what loads it, which would then be two files. */
export function startGroup(page: PageGlobals, options: GroupOptions): ThreadGroup {
  return new WorkerGroup(page, options);
}

class WorkerGroup implements ThreadGroup {
  readonly #page: PageGlobals;
  readonly #options: GroupOptions;
  readonly #threads = new Set<WorkerThread>();
  readonly #ends = new Set<Promise<void>>();
  readonly #url = threadUrl();
  readonly #requests: Request[] = [];
  #isClosed = false;

  constructor(page: PageGlobals, options: GroupOptions) {
    this.#page = page;
    this.#options = options;
    for (let index = 0; index < options.threads; index++) this.#start();
  }

  async serve(): Promise<void> {
    await new Promise<void>((keep, fail) => {
      this.#requests.push({ keep, fail });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([...this.#threads].map(async (thread) => await thread.atRest()));
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    for (const { fail } of this.#requests.splice(0)) fail(new Error("the threads were ended"));
    for (const thread of this.#threads) void thread.end();
    await Promise.all(this.#ends);
  }

  #start(): void {
    const thread = new WorkerThread(this.#page);
    const end = this.#watch(thread);
    this.#ends.add(end);
    void end.finally(() => this.#ends.delete(end));
    this.#threads.add(thread);
    this.#options.onStart(thread);
  }

  /** Tells of the thread's end, and sees to it that another takes its place. */
  async #watch(thread: WorkerThread): Promise<void> {
    const reason = await thread.live(this.#url, this.#options.setup, () => this.#dispatch());
    this.#threads.delete(thread);
    if (!this.#isClosed) this.#start();
    this.#options.onEnd(thread, reason);
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (this.#requests.length === 0) return;
      if (thread.isIdle) void thread.serve(this.#requests.shift()!).then(() => this.#dispatch());
    }
  }
}

class WorkerThread implements GroupThread {
  readonly #page: PageGlobals;
  readonly threadId: number = 1 + (crypto.getRandomValues(new Uint32Array(1))[0]! >>> 2);
  readonly #failed: Promise<never>;
  /** Ends it for a reason. */
  readonly #fail: (reason: unknown) => void;
  #worker: PageWorker | undefined;
  #calls: Remote<ThreadCalls> | undefined;
  #serving: Request | undefined;
  #resting: (() => void)[] = [];
  #isReady = false;

  constructor(page: PageGlobals) {
    this.#page = page;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#failed = promise;
    this.#fail = reject;
    promise.catch(() => {
      this.#isReady = false;
    });
  }

  get isIdle(): boolean {
    return this.#isReady && this.#serving === undefined;
  }

  /** Kept after its end (BG1) with what ended it. */
  async live(url: string, setup: object, onReady: () => void): Promise<unknown> {
    let reason: unknown = new Error("the thread has ended");
    let gone: Promise<void> | undefined;
    try {
      const lock = await Promise.race([this.#start(url), this.#failed]);
      gone = this.#page.navigator!.locks!.request(lock, async () => undefined);
      void this.#begin(setup).then(onReady, this.#fail);
      await Promise.race([gone, this.#failed]);
    } catch (error) {
      reason = error;
    }
    this.#worker?.terminate();
    // Without the lock it has not begun, and holds nothing.
    await gone;
    this.#fail(reason);
    this.#serving?.fail(reason);
    this.#rest();
    return reason;
  }

  /** Starts the worker; kept with the name of the lock that it then holds. */
  async #start(url: string): Promise<string> {
    const worker = new this.#page.Worker!(url, {
      type: "module",
      name: `oxbow-thread-${this.threadId}`,
    });
    worker.addEventListener("error", (event) => {
      const { message } = event as { readonly message?: string };
      // An error that nobody caught ends nothing in a browser; here it does, as elsewhere.
      this.#fail(new Error(message ?? "the program of the thread could not be loaded"));
    });
    this.#worker = worker;
    this.#calls = wrap<ThreadCalls>(worker);
    const lock = `oxbow-${crypto.randomUUID()}`;
    await this.#calls.hold(lock);
    return lock;
  }

  async #begin(setup: object): Promise<void> {
    await this.#calls!.begin(setup, this.threadId);
    this.#isReady = true;
  }

  async serve(request: Request): Promise<void> {
    this.#serving = request;
    try {
      // It may end without an answer.
      await Promise.race([this.#calls!.serve(), this.#failed]);
      request.keep();
    } catch (error) {
      request.fail(error);
      this.#fail(error);
    }
    this.#rest();
  }

  #rest(): void {
    this.#serving = undefined;
    for (const rest of this.#resting.splice(0)) rest();
  }

  async atRest(): Promise<void> {
    if (this.#serving === undefined) return;
    await new Promise<void>((resolve) => {
      this.#resting.push(resolve);
    });
  }

  async end(): Promise<void> {
    this.#fail(new Error("the thread was ended"));
  }

  noteAlive(): void {}

  /** Only events tell. */
  hasEnded(): boolean {
    return false;
  }
}
