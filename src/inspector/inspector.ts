/**
 * Inspector: looks at a program while it runs, and shows it on a page, or writes it into a file.
 *
 *     thread that evaluates ── tap ──▶ inspector's thread ── http, 127.0.0.1 ──▶ browser
 *                 └── heap, shared ───────▲
 *
 * The inspector has a thread of its own, so it answers also while the thread that made it evaluates without end. What the
 * threads tell goes through shared memory (sync/taps.ts) and takes a bounded share of their time (parallel/recorder.ts); where
 * nobody has made an inspector nothing is told.
 */
import { type MessagePort, Worker } from "node:worker_threads";
import type { Address } from "../base/address.js";
import { asBoolean, asInteger, asOptions, asText, type Checks, refuse } from "../base/arguments.js";
import { type ErrorCode, OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { asEnvironment, type Environment, handleOf, heapOf } from "../environment/environment.js";
import type { SharedEnvironment } from "../environment/shared.js";
import { type WriteSummary, writesSince } from "../environment/write-summary.js";
import type { Evaluation } from "../eval/program/evaluation.js";
import { RuleProfile } from "../eval/rules/rule-profile.js";
import type { Heap } from "../memory/heap.js";
import { briefText, ForkWatch } from "../parallel/fork-watch.js";
import { PoolObserver, type ThreadRecording } from "../parallel/pool-observer.js";
import { Recorder } from "../parallel/recorder.js";
import { epochMs } from "../parallel/trace.js";
import { workerFile } from "../platform/node/installed-file.js";
import { createTaps, Tap, type TapMemory } from "../sync/taps.js";
import type { Atom } from "../term/atom.js";
import { print } from "../term/printer.js";
import type { ProfileReport } from "./protocol.js";
import type { InspectorSetup, Order, Report } from "./setup.js";

/** What an inspector does. */
export interface InspectorOptions {
  /** The port of its page on 127.0.0.1; a free one unless given. */
  readonly port?: number;
  /** Whether there is a page; true unless given. */
  readonly serves?: boolean;
  /** Whether threads count the rules that they apply, and when: what a rule has cost. False unless given. */
  readonly profile?: boolean;
}

const LAST_PORT = 65_535;
const CHECKS: Checks<InspectorOptions> = {
  port: (act, value) => {
    const port = asInteger(act, value);
    return port >= 0 && port <= LAST_PORT ? port : refuse(act, "a port", value);
  },
  serves: asBoolean,
  profile: asBoolean,
};

/** Results of a question that are told of, and the characters of each. */
const TOLD_RESULTS = 5;
/** A question longer than this cannot be evaluated again. */
const LONGEST_QUESTION = 100_000;

/** A question under way. */
interface Asked {
  readonly run: number;
  readonly begunMs: number;
}

/** Looks at programs, pools and stores of this process while they work. Close it. */
export class Inspector extends PoolObserver implements AsyncDisposable {
  /** Where the page is, with the token that it takes to see it; null if there is none. */
  readonly address: string | null;
  readonly #thread: InspectorThread;
  readonly #taps: TapMemory;
  readonly #tap: Tap;
  readonly #profiles: boolean;
  readonly #heaps = new Map<Heap, { readonly number: number; readonly recorder: Recorder }>();
  readonly #watch = new Map<Heap, ForkWatch>();
  #profile: RuleProfile | null = null;
  #runs = 0;
  #names = 0;

  /**
   * Starts the inspector's thread, some 50 ms, and serves its page. Rejects with `ERR_INVALID_ARGUMENT`, and with
   * `ERR_FILE` if the port is taken.
   */
  static async start(options: InspectorOptions = {}): Promise<Inspector> {
    const {
      port = 0,
      serves = true,
      profile = false,
    } = asOptions("start an inspector", options, CHECKS);
    const taps = createTaps();
    const tap = Tap.claim(taps, 0)!;
    const setup: InspectorSetup = {
      taps,
      profiles: profile,
      port: serves ? port : null,
      file: null,
    };
    const thread = new InspectorThread(setup);
    return new Inspector(thread, await thread.ready(), { taps, tap, profiles: profile });
  }

  private constructor(
    thread: InspectorThread,
    address: string | null,
    { taps, tap, profiles }: { taps: TapMemory; tap: Tap; profiles: boolean },
  ) {
    super();
    this.#thread = thread;
    this.address = address;
    this.#taps = taps;
    this.#tap = tap;
    this.#profiles = profiles;
  }

  /** What this thread's evaluators count rules with; null if that was not asked for. @internal */
  get profile(): RuleProfile | null {
    if (this.#profiles) this.#profile ??= new RuleProfile(this.#tap);
    return this.#profile;
  }

  /** @internal */
  override watchOn(heap: Heap): ForkWatch {
    let watch = this.#watch.get(heap);
    if (watch === undefined) {
      watch = new ForkWatch(this.#attached(heap).recorder);
      this.#watch.set(heap, watch);
    }
    return watch;
  }

  /** @internal */
  override recordingOn(heap: Heap, board: Address): ThreadRecording {
    const { number } = this.#attached(heap);
    this.#thread.order({ kind: "board", heap: number, board });
    return { taps: this.#taps, heapNumber: number, profiles: this.#profiles };
  }

  /** @internal */
  override watchShared(name: string, heap: Heap, shared: SharedEnvironment): () => void {
    const { number } = this.#attached(heap);
    this.#thread.order({ kind: "watch", name, heap: number, handle: shared.share() });
    return () => this.#thread.order({ kind: "end watching", name });
  }

  #attached(heap: Heap): { readonly number: number; readonly recorder: Recorder } {
    let attached = this.#heaps.get(heap);
    if (attached === undefined) {
      const number = this.#heaps.size;
      this.#tap.setThread(heap.thread);
      this.#thread.order({ kind: "heap", number, handle: heap.share() });
      attached = { number, recorder: new Recorder(this.#tap, number) };
      this.#heaps.set(heap, attached);
    }
    return attached;
  }

  /** Shows what an environment holds now, under a label; what is written to it later is not shown. Throws ERR_RELEASED. */
  show(environment: Environment, label: string = `environment ${++this.#names}`): void {
    asEnvironment("show an environment", environment);
    const text = asText("show an environment", label);
    const { recorder } = this.#attached(heapOf(environment));
    recorder.recordWith(environment, () => ({ kind: "show", t: epochMs(), text }));
  }

  /** The text of a program, so that rules are shown with their places. */
  addSource(file: string, text: string): void {
    const act = "add a source";
    this.#thread.order({ kind: "source", file: asText(act, file), text: asText(act, text) });
  }

  /** A question begins; undefined if there is no time to tell of it. @internal */
  begins(environment: Environment, query: Atom): Asked | undefined {
    const { recorder } = this.#attached(heapOf(environment));
    if (!recorder.mayRecord("question")) return undefined;
    const run = ++this.#runs;
    const t = epochMs();
    recorder.recordWith(environment, () => {
      return { kind: "run", t, run, text: print(query).slice(0, LONGEST_QUESTION) };
    });
    return { run, begunMs: t };
  }

  /** It has come to its end. @internal */
  ended({ run, begunMs }: Asked, before: Environment, after: Environment, found: Evaluation): void {
    const { recorder } = this.#attached(heapOf(after));
    recorder.record(() => ({
      kind: "ran",
      t: begunMs,
      run,
      ms: epochMs() - begunMs,
      results: found.results.slice(0, TOLD_RESULTS).map(briefText),
      resultCount: found.results.length,
      stopped: found.stopped,
      steps: found.steps,
      wrote: written(before, after),
    }));
  }

  /** Hands over what is evaluated in, if somebody wishes to see it. To be called outside of writes. @internal */
  look(environment: Environment): void {
    const { recorder } = this.#attached(heapOf(environment));
    if (recorder.isWanted())
      recorder.recordWith(environment, () => ({ kind: "now", t: epochMs() }));
  }

  /** What the rules have cost so far. Rejects with ERR_INVALID_ARGUMENT if `profile` was not asked for. */
  async profileReport(): Promise<ProfileReport> {
    if (!this.#profiles) {
      const message = "cannot report a profile: the inspector was started without profile: true";
      throw new OxbowError("ERR_INVALID_ARGUMENT", message);
    }
    this.#profile?.tellAll();
    const { profile } = await this.#thread.ask({ kind: "profile" }, "profile");
    return profile;
  }

  /** Writes what is recorded into a file, for `oxbow inspect`. Rejects with ERR_FILE. */
  async record(file: string): Promise<void> {
    const order: Order = { kind: "record", file: asText("record", file) };
    const { problem } = await this.#thread.ask(order, "recorded");
    if (problem === null) return;
    throw new OxbowError("ERR_FILE", `cannot record to ${file}: ${problem}`, { path: file });
  }

  /** Ends the thread and the page. What is watched goes on. */
  async close(): Promise<void> {
    await this.#thread.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function written(before: Environment, after: Environment): WriteSummary | null {
  return handleOf(before).root === handleOf(after).root
    ? null
    : writesSince(handleOf(before), handleOf(after));
}

/** Serves a recorded file, until it is closed. Rejects with ERR_FILE. */
export async function serveRecording(
  file: string,
  port: number,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const thread = new InspectorThread({ taps: createTaps(), profiles: false, port, file });
  const address = await thread.ready();
  return { address: address!, close: () => thread.close() };
}

type ReportOf<Kind extends Report["kind"]> = Extract<Report, { readonly kind: Kind }>;

/** The thread as this one knows it. */
class InspectorThread {
  readonly #worker: Worker;
  readonly #port: Pick<MessagePort, "postMessage">;
  readonly #awaited: { resolve(report: Report): void; reject(error: unknown): void }[] = [];
  #isClosed = false;

  constructor(setup: InspectorSetup) {
    const worker = new Worker(workerFile("inspector.js"), { workerData: setup });
    this.#worker = worker;
    this.#port = worker;
    worker.on("message", (report: Report) => this.#awaited.shift()?.resolve(report));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("the inspector's thread has ended")));
  }

  #fail(cause: unknown): void {
    for (const awaited of this.#awaited.splice(0)) awaited.reject(cause);
  }

  #next(): Promise<Report> {
    return new Promise((resolve, reject) => this.#awaited.push({ resolve, reject }));
  }

  /** The page's address. Whoever waits for nothing else of the thread is not kept alive by it. */
  async ready(): Promise<string | null> {
    const report = await this.#next();
    this.#worker.unref();
    if (report.kind === "ready") return report.address;
    const { message, code } = report as ReportOf<"failed">;
    throw new OxbowError(code as ErrorCode, message);
  }

  order(order: Order): void {
    if (!this.#isClosed) this.#port.postMessage(order);
  }

  async ask<Kind extends Report["kind"]>(order: Order, kind: Kind): Promise<ReportOf<Kind>> {
    if (this.#isClosed) {
      throw new OxbowError("ERR_RELEASED", `cannot ask for a ${kind}: the inspector is closed`);
    }
    this.#worker.ref();
    const answer = this.#next();
    this.order(order);
    try {
      return (await answer) as ReportOf<Kind>;
    } finally {
      this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    const closed = this.ask({ kind: "close" }, "closed");
    this.#isClosed = true;
    await closed;
    await this.#worker.terminate();
  }
}

showAs(Inspector, ({ address }) => `Inspector { ${address ?? "without a page"} }`);
