/**
 * The engine as the commands use it: one heap, one environment, an evaluator, and threads on request.
 *
 * Without threads a program is evaluated by the caller's thread, and its output appears as it is
 * written. With threads consecutive `!` are evaluated ahead (see `parallel/program.ts`), with the same
 * outcomes, and output appears with the results.
 */
import { dirname } from "node:path";
import { OxbowError } from "../base/errors.js";
import { Environment } from "../environment/environment.js";
import type { StateConflict } from "../environment/handle.js";
import { Evaluator } from "../eval/evaluator.js";
import { isFailedImport, reasonOf } from "../eval/failed-import.js";
import { setProgramFolder } from "../eval/folders.js";
import type { Library } from "../eval/library.js";
import type { BranchLimits, Limits } from "../eval/limits.js";
import { checksTypes } from "../eval/pragmas.js";
import { type ReductionTree, traceReductions } from "../eval/reduction-tree.js";
import { hasHostWords, tokensIn } from "../eval/words.js";
import { Heap } from "../memory/heap.js";
import { parallelLibrary } from "../parallel/library.js";
import { type Atom, SYMBOL, type SymbolAtom } from "../term/atom.js";
import { atomOfWord } from "../term/literal.js";
import type { ProgramItem } from "../term/parser.js";
import { positionAt } from "../term/position.js";
import type { LimitFlags, PermissionFlags } from "./flags.js";
import { type ThreadFigures, type ThreadOptions, Threads } from "./interpreter-threads.js";
import { NamesInScope } from "./names.js";
import { LineCounter, loadText } from "./program-text.js";
import { Remarks } from "./remarks.js";
import { isErrorResult, type QueryOutcome } from "./result-lines.js";
import type { Suggestion } from "./suggestions.js";

export interface InterpreterOptions extends ThreadOptions {
  readonly permissions: PermissionFlags;
  /** Where each evaluation stops. */
  readonly limits?: LimitFlags;
  /** Called now and then while this thread evaluates. */
  readonly onLook?: () => void;
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

/** The limit that an evaluation meets by having found enough. */
const RESULT_LIMIT = "maxResults";

/** More than anyone will read. */
const MAXIMUM_REDUCTIONS = 10_000;

export class Interpreter {
  readonly environment: Environment;
  readonly names: NamesInScope;
  readonly #heap: Heap;
  readonly #options: InterpreterOptions;
  readonly #evaluator: Evaluator;
  #threads: Threads | null = null;
  readonly #remarks: Remarks;
  #conflictsTold = 0;

  constructor(options: InterpreterOptions) {
    this.#options = options;
    this.#heap = Heap.create();
    this.environment = Environment.create(this.#heap);
    const { permissions, print, trace } = options;
    this.#evaluator = new Evaluator(parallelLibrary(permissions), { print, trace });
    this.names = new NamesInScope(this.environment, this.#evaluator.library);
    this.#remarks = new Remarks(this.names);
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
    const { environment, library } = this;
    library.programFolder = dirname(options.file);
    setProgramFolder(environment, library.programFolder);
    const onAtom = (atom: Atom, offset: number): void => {
      library.noteRule(atom);
      if (!isMarkedWord(atom)) return;
      const { line, column } = positionAt(text, offset);
      options.onWarning?.(`${options.file}:${line}:${column}: ${describeMarkedWord(atom.name)}`);
    };
    const tokens = tokensIn({ environment, space: null, library });
    const inBulk = !checksTypes(environment);
    const items = this.#checked(
      loadText(this.environment, text, { ...options, tokens, inBulk, onAtom }),
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

  /** Evaluates again, on the environment as it was before, and reports how; the output is not repeated. */
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
      isBarrier: (atom) => hasHostWords(this.environment) || this.library.isBarrier(atom),
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
    timeMs: maxTime ?? Number.POSITIVE_INFINITY,
    steps: maxSteps ?? Number.POSITIVE_INFINITY,
    heapBytes: maxMemory ?? Number.POSITIVE_INFINITY,
    results: maxResults ?? Number.POSITIVE_INFINITY,
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

function importError(place: string, failed: Atom): OxbowError {
  return new OxbowError("ERR_FILE", `cannot go on after ${place}: ${reasonOf(failed)}`, { place });
}

interface ItemOutcome {
  readonly item: ProgramItem;
  readonly results: readonly Atom[];
  readonly stopped: string | undefined;
  readonly reductions: ReductionTree | undefined;
}
