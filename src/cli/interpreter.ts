/**
 * The engine as the commands use it: one heap, one environment, an evaluator, and threads on request.
 *
 * A program is evaluated by the caller's thread, and its output appears as it is written; helpers join in when a fork is
 * worth it. Where consecutive `!` are evaluated ahead (see `parallel/ahead.ts`), with the same outcomes, output appears
 * with the results.
 */

import { dirname } from "node:path";
import { once } from "../base/once.js";
import type { ClusterPool } from "../cluster/cluster-pool.js";
import { Environment, heapOf } from "../environment/environment.js";
import type { StateConflict } from "../environment/handle.js";
import { Evaluator } from "../eval/evaluator/evaluator.js";
import { type ReductionTree, traceReductions } from "../eval/evaluator/reduction-tree.js";
import type { Operation } from "../eval/host/operation.js";
import type { Library } from "../eval/library/library.js";
import type { Limits } from "../eval/limits/limits.js";
import { Preparations } from "../eval/rules/prepared.js";
import type { Inspector } from "../inspector/inspector.js";
import { Heap } from "../memory/heap.js";
import { parallelLibrary } from "../parallel/library.js";
import type { ForkingHost } from "../parallel/library-site.js";
import { type OwnRunOptions, runSyncWith, runWith } from "../parallel/run-program.js";
import { type Atom, SYMBOL, type SymbolAtom } from "../term/atom.js";
import { atomOfWord } from "../term/literal.js";
import { positionAt } from "../term/position.js";
import type { LimitFlags, PermissionFlags } from "./flags.js";
import { type ThreadFigures, type ThreadOptions, Threads } from "./interpreter-threads.js";
import { NamesInScope } from "./names.js";
import { Remarks } from "./remarks.js";
import { isErrorResult, type QueryOutcome } from "./result-lines.js";
import type { Suggestion } from "./suggestions.js";

export interface InterpreterOptions extends ThreadOptions {
  readonly permissions: PermissionFlags;
  /** What programs are run in, which is the interpreter's from then on; an empty environment unless given. */
  readonly environment?: Environment;
  /** What programs can do beside what the language has. */
  readonly operations?: readonly Operation[];
  /** Where each evaluation stops. */
  readonly limits?: LimitFlags;
  /** Called now and then while this thread evaluates. */
  readonly onLook?: () => void;
  /** Looks at what is evaluated. */
  readonly inspector?: Inspector;
  /** Connects to workers on other machines, which evaluate consecutive `!` in the place of threads. */
  readonly cluster?: (heap: Heap) => Promise<ClusterPool>;
  /** Whose reductions are reported: those of every `!`, or of those with an error. One thread only. */
  readonly reductions?: "all" | "errors";
  /** Where the program's output and diagnostics go. */
  readonly print: (text: string) => void;
  readonly trace: (text: string) => void;
}

interface RunTextOptions {
  /** The name used in messages. */
  readonly file: string;
  /** Ends the evaluation under way; without threads only between two steps of the event loop. */
  readonly signal?: AbortSignal;
  /** Told what is odd about the text, with its place. */
  readonly onWarning?: (message: string) => void;
  /** Called periodically with how much of the text has been loaded. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** More than anyone will read. */
const MAXIMUM_REDUCTIONS = 10_000;

export class Interpreter {
  readonly environment: Environment;
  readonly names: NamesInScope;
  readonly #heap: Heap;
  readonly #options: InterpreterOptions;
  readonly #evaluator: Evaluator;
  readonly #threads: Threads | null;
  readonly #remarks: Remarks;
  #cluster: ClusterPool | null = null;
  #conflictsTold = 0;

  constructor(options: InterpreterOptions) {
    this.#options = options;
    const { permissions: flags, print, trace, environment, operations = [] } = options;
    this.environment = environment ?? Environment.create(Heap.create());
    this.#heap = heapOf(this.environment);
    const { allowRead = [], allowWrite = [] } = flags;
    const permissions = { allowRead, allowWrite };
    const library = parallelLibrary(permissions);
    for (const operation of operations) library.addOperation(operation);
    // What the host adds is not on other threads, so no branch has it.
    const ofBranches = (): Evaluator =>
      operations.length === 0
        ? this.#evaluator
        : new Evaluator(parallelLibrary(permissions), { print, trace });
    this.#threads = hasThreads(options) ? new Threads(this.#heap, once(ofBranches), options) : null;
    const isHelped = options.helpers !== undefined && this.#threads !== null;
    const host: Partial<ForkingHost> = {
      print,
      trace,
      ...(isHelped ? { fork: this.#threads } : {}),
    };
    const preparations = new Preparations(undefined, options.inspector?.profile);
    this.#evaluator = new Evaluator(library, host, preparations);
    this.names = new NamesInScope(this.environment, this.#evaluator.library);
    this.#remarks = new Remarks(this.names);
  }

  /** Whether operations may answer later: those of the host do. */
  get #waits(): boolean {
    const { threads, runsAhead, operations = [], cluster } = this.#options;
    if (cluster !== undefined) return true;
    return threads !== undefined || runsAhead === true || operations.length > 0;
  }

  get library(): Library {
    return this.#evaluator.library;
  }

  /**
   * Runs a program and gives the outcome of each `!`, in source order. Throws ERR_SYNTAX before anything is run or
   * added, ERR_FILE behind the outcome of an import that failed, and HeapExhaustedError.
   */
  async *run(text: string, options: RunTextOptions): AsyncGenerator<QueryOutcome, void, undefined> {
    const { file: source, onWarning } = options;
    const onAtom = (atom: Atom, offset: number): void => {
      if (!isMarkedWord(atom)) return;
      const { line, column } = positionAt(text, offset);
      onWarning?.(`${source}:${line}:${column}: ${describeMarkedWord(atom.name)}`);
    };
    const { inspector } = this.#options;
    inspector?.addSource(source, text);
    const limits = limitsOf(this.#options, this.environment);
    const how = { ...options, ...limits, source, folder: dirname(source), onAtom };
    let reductions: ReductionTree | undefined;
    let asked: ReturnType<Inspector["begins"]>;
    const onEvaluating: OwnRunOptions["onEvaluating"] = (before, query) => {
      asked = inspector?.begins(before, query);
    };
    const onEvaluated: OwnRunOptions["onEvaluated"] = (before, query, found) => {
      if (asked !== undefined) inspector?.ended(asked, before, this.environment, found);
      reductions = this.#reductionsOf(before, query, found.results);
    };
    const run = this.#waits ? runWith : runSyncWith;
    const outcomes = run(this.#evaluator, this.environment, text, {
      ...how,
      ...(inspector === undefined ? {} : { onEvaluating }),
      onEvaluated,
      ...(await this.#onThreads(how.folder)),
    });
    for await (const outcome of outcomes) {
      yield { ...outcome, reductions };
      reductions = undefined;
    }
    this.names.refresh();
  }

  async #onThreads(folder: string): Promise<Pick<OwnRunOptions, "pool" | "onBranch" | "blocks">> {
    const { cluster } = this.#options;
    if (cluster !== undefined) {
      this.#cluster ??= await cluster(this.#heap);
      return { pool: this.#cluster };
    }
    const threads = this.#threads;
    await threads?.enter(folder);
    const { threads: count, runsAhead } = this.#options;
    if (threads === null || (count === undefined && runsAhead !== true)) return {};
    const onBranch = threads.count.bind(threads);
    return { pool: threads.pool, onBranch, blocks: count === undefined };
  }

  /** What the user may have got wrong; each mistake is told once. */
  suggestions({ query, results }: QueryOutcome): Suggestion[] {
    return this.#remarks.on(query, results);
  }

  /** States that branches have set to different values since the last call. */
  newConflicts(): readonly StateConflict[] {
    const { conflicts } = this.environment;
    const fresh = conflicts.slice(this.#conflictsTold);
    this.#conflictsTold = conflicts.length;
    return fresh;
  }

  /** Undefined if no threads have had anything to do. */
  threadFigures(): ThreadFigures | undefined {
    return this.#threads?.figures();
  }

  /** Bytes in use, and bytes that the heap may grow to. */
  heapBytes(): { readonly inUse: number; readonly reserved: number } {
    const { liveBytes, reservedBytes } = this.#heap.stats();
    return { inUse: liveBytes, reserved: reservedBytes };
  }

  async close(): Promise<void> {
    await this.#threads?.close();
    await this.#cluster?.close();
    this.environment.dispose();
  }

  /** Evaluates again, on the environment as it was before, and reports how; the output is not repeated. */
  #reductionsOf(
    before: Environment,
    query: Atom,
    results: readonly Atom[],
  ): ReductionTree | undefined {
    const { reductions } = this.#options;
    if (reductions === undefined) return undefined;
    if (reductions === "errors" && !results.some(isErrorResult)) return undefined;
    return traceReductions(before, query, {
      library: this.library,
      host: { print: () => undefined, trace: () => undefined, random: Math.random },
      maxReductions: MAXIMUM_REDUCTIONS,
    });
  }
}

function hasThreads({ threads, helpers }: ThreadOptions): boolean {
  return threads !== undefined || helpers !== undefined;
}

function limitsOf(
  { limits = {}, onLook, inspector }: InterpreterOptions,
  environment: Environment,
): Limits {
  const { maxTime, maxSteps, maxMemory, maxResults } = limits;
  const isInterrupted = (): boolean => {
    onLook?.();
    inspector?.look(environment);
    return false;
  };
  const isAsked = onLook !== undefined || inspector !== undefined;
  return {
    ...(isAsked ? { isInterrupted } : {}),
    ...(maxTime === undefined ? {} : { maxTimeMs: maxTime }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(maxMemory === undefined ? {} : { maxHeapBytes: maxMemory }),
    ...(maxResults === undefined ? {} : { maxResults }),
  };
}

/** A word like `!f` at the top of a text: whoever wrote it meant an evaluation. */
function isMarkedWord(atom: Atom): atom is SymbolAtom {
  return atom.tag === SYMBOL && /^!./.test(atom.name);
}

function describeMarkedWord(word: string): string {
  const rest = word.slice(1);
  const remark = `${word} is a symbol, which is added as it is; ! ${rest} evaluates`;
  return atomOfWord(rest).tag === SYMBOL
    ? `${remark} ${rest}, and !(${rest}) calls it`
    : `${remark} it`;
}
