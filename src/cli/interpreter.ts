/**
 * The engine as the commands use it: one heap, one environment, an evaluator, and threads if asked for.
 *
 * Without threads a program is evaluated by the caller's thread, and its output appears as it is
 * written. With threads consecutive `!` are evaluated ahead (see `parallel/program.ts`), with the same
 * outcomes, and output appears with the results.
 */
import { dirname } from "node:path";
import { OxbowError } from "../base/errors.js";
import { Environment } from "../environment/environment.js";
import type { StateConflict } from "../environment/handle.js";
import type { Limits } from "../eval/context.js";
import { Evaluator } from "../eval/evaluator.js";
import { isFailedImport, reasonOf } from "../eval/failed-import.js";
import type { Library } from "../eval/library.js";
import { checksTypes } from "../eval/pragmas.js";
import { type ReductionTree, traceReductions } from "../eval/reductions.js";
import { Heap } from "../memory/heap.js";
import type { BranchLimits } from "../parallel/job.js";
import { parallelLibrary } from "../parallel/library.js";
import type { BranchOutcome } from "../parallel/outcome.js";
import type { EvaluatorPool, PoolStats } from "../parallel/pool.js";
import type { Site } from "../parallel/site.js";
import type { Trace } from "../parallel/trace.js";
import { type Atom, EXPRESSION, SYMBOL, symbol } from "../term/atom.js";
import { atomOfWord } from "../term/literal.js";
import type { ProgramItem } from "../term/parser.js";
import { positionAt } from "../term/position.js";
import type { LimitFlags, PermissionFlags } from "./flags.js";
import { NamesInScope } from "./names.js";
import { LineCounter, loadText } from "./program-text.js";
import { isErrorResult, type QueryOutcome } from "./results.js";
import { callsIn, isLikelySlip, nearestName, type Suggestion, suspects } from "./suggestions.js";

export interface InterpreterOptions {
  readonly permissions: PermissionFlags;
  /** Where each evaluation stops. */
  readonly limits?: LimitFlags;
  /** Called now and then while this thread evaluates. */
  readonly onLook?: () => void;
  /** How many threads evaluate; the caller's own if not given. */
  readonly threads?: number;
  /** Is told of everything the threads do. */
  readonly events?: Trace;
  /** Whose reductions are to be told: of every `!`, or of those with an error. One thread only. */
  readonly reductions?: "all" | "errors";
  /** Where the program's output and diagnostics go. */
  readonly print: (text: string) => void;
  readonly trace: (text: string) => void;
}

interface RunTextOptions {
  /** Named in messages. */
  readonly file: string;
  /** Ends the evaluation under way; without threads only between two steps of the event loop. */
  readonly signal?: AbortSignal;
  /** Told what is odd about the text, with its place. */
  readonly onWarning?: (message: string) => void;
  /** Told now and then how much of the text has been loaded. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the threads have done; times in milliseconds. */
export interface ThreadFigures {
  readonly pool: PoolStats;
  readonly branches: number;
  readonly branchMs: number;
  readonly segmentsCopied: number;
}

/** The limit that an evaluation meets by having found enough. */
const RESULT_LIMIT = "maxResults";

/** More than anybody reads. */
const MAXIMUM_REDUCTIONS = 10_000;

/** Looking a name up walks the environment; a program of calls that stay as they are is no mistake. */
const MAXIMUM_LOOK_UPS = 20;

/** Expressions with these heads change how the rest of the program is read, so they are run alone. */
const BARRIERS: ReadonlySet<string> = new Set([
  "bind!",
  "import!",
  "include",
  "mod-space!",
  "register-module!",
  "pragma!",
]);

export class Interpreter {
  readonly environment: Environment;
  readonly names: NamesInScope;
  readonly #heap: Heap;
  readonly #options: InterpreterOptions;
  readonly #evaluator: Evaluator;
  #threads: Threads | null = null;
  #lookUps = 0;
  #conflictsTold = 0;
  /** Unknown names of which the user has been told what they may mean. */
  readonly #told: Set<string> = new Set();

  constructor(options: InterpreterOptions) {
    this.#options = options;
    this.#heap = Heap.create();
    this.environment = Environment.create(this.#heap);
    const { permissions, print, trace } = options;
    this.#evaluator = new Evaluator(parallelLibrary(permissions), { print, trace });
    this.names = new NamesInScope(this.environment, this.#evaluator.library);
  }

  get library(): Library {
    return this.#evaluator.library;
  }

  /**
   * Runs a program and gives the outcome of each `!`, in source order. A `!` that a limit stopped has written
   * nothing, on any number of threads. Throws ERR_SYNTAX before anything is run or added, ERR_FILE
   * behind the outcome of an import that failed, and HeapExhaustedError.
   */
  async *run(text: string, options: RunTextOptions): AsyncGenerator<QueryOutcome, void, undefined> {
    const { library } = this;
    library.folder = dirname(options.file);
    library.programFolder = library.folder;
    const onMarkedWord = (word: string, offset: number): void => {
      const { line, column } = positionAt(text, offset);
      options.onWarning?.(`${options.file}:${line}:${column}: ${describeMarkedWord(word)}`);
    };
    const tokens = (word: string): Atom | undefined => library.boundTo(word);
    const inBulk = !checksTypes(library);
    const items = this.#checked(
      loadText(this.environment, text, { ...options, tokens, inBulk, onMarkedWord }),
    );
    const lines = new LineCounter(text);
    const outcomes =
      this.#options.threads === undefined
        ? this.#runHere(items, options)
        : this.#runOnThreads(items, options);
    for await (const { item, ...outcome } of outcomes) {
      const { line, column } = lines.positionAt(item.offset);
      yield { file: options.file, line, column, query: item.atom, ...outcome };
      const failed = outcome.results.find(isFailedImport);
      if (failed !== undefined) throw importError(`${options.file}:${line}:${column}`, failed);
    }
    this.names.refresh();
  }

  /** What the user may have meant by names that nothing is known about; each is told once. */
  suggestions({ query, results }: QueryOutcome): Suggestion[] {
    return [...this.#nameSuggestions(query, results), ...this.#aritySuggestions(results)];
  }

  #nameSuggestions(query: Atom, results: readonly Atom[]): Suggestion[] {
    const found: Suggestion[] = [];
    let isFresh = false;
    for (const unknown of suspects(query, results)) {
      if (this.#told.has(unknown) || this.names.isDefined(unknown)) continue;
      if (!isFresh) {
        // Only what was written since can have made it known.
        if (this.#lookUps === MAXIMUM_LOOK_UPS) break;
        this.#lookUps += 1;
        this.names.refresh();
        isFresh = true;
        if (this.names.isDefined(unknown)) continue;
      }
      const meant = nearestName(unknown, this.names.defined());
      // In the body of a rule it may well be a name for data that happens to be near another.
      const isUsed = this.names.has(unknown);
      if (meant === undefined || (isUsed && !isLikelySlip(unknown, meant))) continue;
      this.#told.add(unknown);
      found.push({ kind: "name", unknown, meant });
    }
    return found;
  }

  #aritySuggestions(results: readonly Atom[]): Suggestion[] {
    const found: Suggestion[] = [];
    for (const { name, given } of callsIn(results)) {
      if (this.#told.has(name) || this.names.otherArities(name, given) === undefined) continue;
      if (this.#lookUps === MAXIMUM_LOOK_UPS) break;
      this.#lookUps += 1;
      this.names.refresh();
      const taken = this.names.otherArities(name, given);
      if (taken === undefined) continue;
      this.#told.add(name);
      found.push({ kind: "arity", name, given, taken });
    }
    return found;
  }

  /** States that branches have set to different values since this was asked last. */
  newConflicts(): readonly StateConflict[] {
    const { conflicts } = this.environment;
    const fresh = conflicts.slice(this.#conflictsTold);
    this.#conflictsTold = conflicts.length;
    return fresh;
  }

  /** Undefined without threads. */
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
    this.environment.dispose();
  }

  /** With errors in place of atoms that may not be added because of their types. */
  *#checked(items: Iterable<ProgramItem>): Generator<ProgramItem, void, undefined> {
    for (const item of items) {
      const errors = item.evaluate ? [] : this.#evaluator.typeErrors(this.environment, item.atom);
      if (errors.length === 0) yield item;
      for (const atom of errors) yield { ...item, atom, evaluate: true };
    }
  }

  async *#runHere(
    items: Iterable<ProgramItem>,
    options: RunTextOptions,
  ): AsyncGenerator<ItemOutcome> {
    const limits = this.#limits(options.signal);
    for (const item of items) {
      if (item.evaluate) yield this.#evaluateHere(item, limits);
      else this.environment.add(item.atom);
    }
  }

  #evaluateHere(item: ProgramItem, limits: Limits): ItemOutcome {
    using before = this.environment.clone();
    const { results, stopped } = this.#evaluator.evaluate(this.environment, item.atom, limits);
    // What was found before enough was found is whole; what another limit ended is not.
    if (stopped !== "completed" && stopped !== RESULT_LIMIT) this.environment.assign(before);
    const reductions = this.#reductionsOf(before, item, results);
    const reason = stopped === "completed" ? undefined : stopped;
    return { item, results, stopped: reason, reductions };
  }

  #limits(signal: AbortSignal | undefined): Limits {
    const { limits = {}, onLook } = this.#options;
    const { maxTime, maxSteps, maxMemory, maxResults } = limits;
    const isInterrupted = (): boolean => {
      onLook?.();
      return false;
    };
    return {
      ...(signal === undefined ? {} : { signal }),
      ...(onLook === undefined ? {} : { isInterrupted }),
      ...(maxTime === undefined ? {} : { maxTimeMs: maxTime }),
      ...(maxSteps === undefined ? {} : { maxSteps }),
      ...(maxMemory === undefined ? {} : { maxHeapBytes: maxMemory }),
      ...(maxResults === undefined ? {} : { maxResults }),
    };
  }

  /** Evaluates once more, on what was there before, and tells how; the output is not repeated. */
  #reductionsOf(
    before: Environment,
    item: ProgramItem,
    results: readonly Atom[],
  ): ReductionTree | undefined {
    const { reductions } = this.#options;
    if (reductions === undefined) return undefined;
    if (reductions === "errors" && !results.some(isErrorResult)) return undefined;
    return traceReductions(before, item.atom, {
      library: this.library,
      host: { print: () => undefined, trace: () => undefined, random: Math.random },
      maxReductions: MAXIMUM_REDUCTIONS,
    });
  }

  async *#runOnThreads(
    items: Iterable<ProgramItem>,
    options: RunTextOptions,
  ): AsyncGenerator<ItemOutcome> {
    this.#threads ??= await Threads.open(this.#heap, this.library, this.#options);
    const { evaluateProgram } = await import("../parallel/program.js");
    const { site, pool } = this.#threads;
    const steps = evaluateProgram(site, pool, this.environment, items, {
      isBarrier: (atom) => this.library.hasOwnState || isBarrier(atom),
      limits: branchLimits(this.#options.limits ?? {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    for await (const { item, outcome } of steps) {
      this.#threads.count(outcome);
      if (outcome.output !== "") this.#options.print(outcome.output);
      const stopped = outcome.status === "stopped" ? outcome.reason : undefined;
      const results = [...outcome.results];
      // Behind what it found a stopped branch has an Error that says so, for those who see nothing but results.
      if (stopped !== undefined && stopped !== RESULT_LIMIT) results.pop();
      yield { item, results, stopped, reductions: undefined };
    }
  }
}

function branchLimits({ maxTime, maxSteps, maxMemory, maxResults }: LimitFlags): BranchLimits {
  return {
    timeMs: maxTime ?? 0,
    steps: maxSteps ?? 0,
    heapBytes: maxMemory ?? 0,
    results: maxResults ?? 0,
  };
}

function describeMarkedWord(word: string): string {
  const rest = word.slice(1);
  const remark = `${word} is a symbol, which is added as it is; ! ${rest} evaluates`;
  return atomOfWord(rest).tag === SYMBOL
    ? `${remark} ${rest}, and !(${rest}) calls it`
    : `${remark} it`;
}

function importError(place: string, failed: Atom): OxbowError {
  return new OxbowError("ERR_FILE", `cannot go on after ${place}: ${reasonOf(failed)}`, { place });
}

interface ItemOutcome {
  readonly item: ProgramItem;
  readonly results: readonly Atom[];
  readonly stopped: string | undefined;
  readonly reductions: ReductionTree | undefined;
}

function isBarrier(atom: Atom): boolean {
  if (atom.tag !== EXPRESSION) return false;
  const head = atom.children[0] ?? symbol("");
  return head.tag === SYMBOL && BARRIERS.has(head.name);
}

/** The pool of an interpreter, and what its branches have cost. */
class Threads {
  readonly site: Site;
  readonly pool: EvaluatorPool;
  #branches = 0;
  #branchMs = 0;
  #segmentsCopied = 0;

  private constructor(site: Site, pool: EvaluatorPool) {
    this.site = site;
    this.pool = pool;
  }

  static async open(heap: Heap, library: Library, options: InterpreterOptions): Promise<Threads> {
    const { threads = 1, events } = options;
    const [{ siteWith }, { EvaluatorPool: Pool }] = await Promise.all([
      import("../parallel/library-site.js"),
      import("../parallel/pool.js"),
    ]);
    const site = siteWith(heap, library);
    return new Threads(
      site,
      new Pool(site, events === undefined ? { threads } : { threads, trace: events }),
    );
  }

  count(outcome: BranchOutcome): void {
    this.#branches += 1;
    this.#branchMs += outcome.timeMs;
    this.#segmentsCopied += outcome.segmentsCopied;
  }

  figures(): ThreadFigures {
    return {
      pool: this.pool.stats(),
      branches: this.#branches,
      branchMs: this.#branchMs,
      segmentsCopied: this.#segmentsCopied,
    };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
