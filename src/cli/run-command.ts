/** `oxbow run`: programs in order, in one environment, results on stdout. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import type { Readable } from "node:stream";
import { type Environment, handleOf } from "../environment/environment.js";
import { includedFiles, loadedModules } from "../eval/settings/loaded-modules.js";
import { Trace } from "../parallel/trace.js";
import {
  EXIT_CHECK_FAILED,
  EXIT_STOPPED,
  EXIT_SUCCESS,
  reportFailure,
  reportWarning,
} from "./diagnostics.js";
import type { RunFlags } from "./flags.js";
import { Interpreter, type InterpreterOptions } from "./interpreter.js";
import { MemoryWatch } from "./memory-watch.js";
import { type Progress, startProgress } from "./progress.js";
import { formatErrorPath, formatReductions, pathToError, RulePositions } from "./reduction-text.js";
import {
  describeConflict,
  formatJson,
  formatPlain,
  isErrorResult,
  type QueryOutcome,
} from "./result-lines.js";
import { connectCluster } from "./run-cluster.js";
import type { RunInspection } from "./run-inspection.js";
import type { RunStore } from "./run-store.js";
import { describeSuggestion } from "./suggestions.js";
import { type Figures, formatFigures, formatFiguresJson } from "./summary.js";
import type { Terminal } from "./terminal.js";

/** A file shorter than this is loaded before a progress bar would appear. */
const LONG_TEXT = 1 << 20;
const STANDARD_INPUT = "-";
/** How often memory is looked at while other threads evaluate. */
const LOOK_MS = 250;

/** Runs the files; the exit code. */
export async function runFiles(
  files: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<number> {
  const store = await openStore(flags, terminal);
  if (typeof store === "number") return store;
  try {
    const inspection = await startInspection(flags, terminal);
    return await runAll(files, flags, terminal, { store, inspection });
  } catch (error) {
    return reportFailure(terminal, error);
  } finally {
    await store?.close();
  }
}

/** What a run has besides its programs. */
interface Company {
  readonly store: RunStore | null;
  readonly inspection: RunInspection | null;
}

async function runAll(
  files: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
  { store, inspection }: Company,
): Promise<number> {
  const events = flags.traceEvents === undefined ? undefined : new Trace();
  const run = new Run(flags, terminal, events, { store, inspection });
  try {
    for (const file of files) {
      if (!(await run.file(file))) break;
      await store?.keep(run.environment);
    }
    if (events !== undefined) writeFileSync(flags.traceEvents ?? "", events.toJson());
    if (flags.inspectFile !== undefined) writeShape(flags.inspectFile, run.environment);
    if (flags.time === true) run.showFigures();
    await inspection?.finish(run.environment);
    if (run.wasStopped) return EXIT_STOPPED;
    return run.hasErrors && flags.check === true ? EXIT_CHECK_FAILED : EXIT_SUCCESS;
  } finally {
    await run.close();
    await inspection?.close();
  }
}

/** The inspector of a run, if it has one. */
async function startInspection(flags: RunFlags, terminal: Terminal): Promise<RunInspection | null> {
  const { inspect, record, profile } = flags;
  if (inspect === undefined && record === undefined && profile === undefined) return null;
  const { RunInspection: Started } = await import("./run-inspection.js");
  return await Started.start(flags, terminal);
}

function writeShape(file: string, environment: Environment): void {
  writeFileSync(file, `${JSON.stringify(environment.inspect(), null, 2)}\n`);
}

async function readInput(input: Readable): Promise<string> {
  const { text } = await import("node:stream/consumers");
  return await text(input);
}

/** The store of a run, if it has one; the exit code if that cannot be opened. */
async function openStore(flags: RunFlags, terminal: Terminal): Promise<RunStore | number | null> {
  if (flags.store === undefined) return null;
  try {
    const { RunStore: Opened } = await import("./run-store.js");
    return await Opened.open(flags.store, terminal);
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

function threadsOf({ threads = availableParallelism() }: RunFlags): number {
  return threads;
}

/** Reductions are recorded by the evaluating thread, so they need a run without further threads. */
function modeOf(flags: RunFlags, events: Trace | undefined): Partial<InterpreterOptions> {
  if (flags.cluster !== undefined) return {};
  if (flags.explain === true) return { reductions: "all" };
  if (flags.trace === true) return { reductions: "errors" };
  const runsAhead = flags.threads !== undefined || events !== undefined;
  const helpers = threadsOf(flags) - 1;
  if (helpers === 0 && events === undefined) return {};
  return { helpers, runsAhead, ...(events === undefined ? {} : { events }) };
}

class Run {
  readonly #flags: RunFlags;
  readonly #terminal: Terminal;
  readonly #interpreter: Interpreter;
  readonly #startedAt = performance.now();
  readonly #positions = new RulePositions();
  readonly #modules = new Set<string>();
  readonly #watch: MemoryWatch | undefined;
  readonly #watchTimer: NodeJS.Timeout | undefined;
  /** Whether a result was an `Error`. */
  hasErrors = false;
  /** Whether an evaluation did not come to its end. */
  wasStopped = false;

  constructor(
    flags: RunFlags,
    terminal: Terminal,
    events: Trace | undefined,
    { store, inspection }: Company,
  ) {
    this.#flags = flags;
    this.#terminal = terminal;
    const watch = terminal.err.isTerminal ? new MemoryWatch(terminal.err) : undefined;
    this.#watch = watch;
    // While this thread evaluates no timer fires; while others do, nothing else looks.
    const look = (): void => watch?.look();
    this.#watchTimer = watch === undefined ? undefined : setInterval(look, LOOK_MS).unref();
    const before = (write: (text: string) => void) => (text: string) => {
      watch?.hide();
      write(text);
    };
    this.#interpreter = new Interpreter({
      permissions: flags,
      limits: flags,
      print: before((text) => terminal.out.write(text)),
      trace: before((text) => terminal.err.write(text)),
      ...(watch === undefined ? {} : { onLook: look }),
      ...modeOf(flags, events),
      ...(flags.cluster === undefined
        ? {}
        : { cluster: (heap) => connectCluster(heap, flags, terminal) }),
      ...(inspection === null ? {} : { inspector: inspection.inspector }),
      ...(store === null ? {} : { environment: store.environment(), operations: store.operations }),
    });
  }

  get environment(): Environment {
    return this.#interpreter.environment;
  }

  /** Runs one file; false if the run is to end here. */
  async file(path: string): Promise<boolean> {
    const { input, err } = this.#terminal;
    const isInput = path === STANDARD_INPUT;
    const text = isInput ? await readInput(input) : readFileSync(path, "utf8");
    const file = isInput ? "standard input" : path;
    if (this.#flags.trace === true) this.#positions.addText(text, file);
    const progress = text.length < LONG_TEXT ? null : await startProgress(err, `loading ${file}`);
    try {
      return await this.#text(text, file, progress);
    } finally {
      progress?.stop();
    }
  }

  showFigures(): void {
    const { heapBytes, threads } = {
      heapBytes: this.#interpreter.heapBytes(),
      threads: this.#interpreter.threadFigures(),
    };
    const { user, system } = process.cpuUsage();
    const figures: Figures = {
      threads: this.#flags.threads ?? (threads === undefined ? 1 : threadsOf(this.#flags)),
      timeMs: performance.now() - this.#startedAt,
      cpuMs: (user + system) / 1000,
      heapBytesInUse: heapBytes.inUse,
      heapBytesReserved: heapBytes.reserved,
      peakBytes: process.resourceUsage().maxRSS * 1024,
      parallel: threads,
    };
    const format = this.#flags.json === true ? formatFiguresJson : formatFigures;
    this.#terminal.err.write(`${format(figures)}\n`);
  }

  close(): Promise<void> {
    clearInterval(this.#watchTimer);
    this.#watch?.hide();
    return this.#interpreter.close();
  }

  /** The positions of the rules in all files read so far: by the run, as modules, or by `include`. */
  #rulePositions(): RulePositions {
    const { environment } = this.#interpreter;
    const files = loadedModules(handleOf(environment)).flatMap(({ key, isHost }) =>
      isHost ? [] : [key],
    );
    for (const path of [...files, ...includedFiles(handleOf(environment))]) {
      if (this.#modules.has(path)) continue;
      this.#modules.add(path);
      // A module file may have been deleted since; it has run all the same.
      if (existsSync(path))
        this.#positions.addText(readFileSync(path, "utf8"), relative(".", path));
    }
    return this.#positions;
  }

  async #text(text: string, file: string, progress: Progress | null): Promise<boolean> {
    const onWarning = (message: string): void => reportWarning(this.#terminal, message);
    const onProgress = progress === null ? {} : { onProgress: progress.update.bind(progress) };
    this.#watch?.begin();
    for await (const outcome of this.#interpreter.run(text, { file, onWarning, ...onProgress })) {
      progress?.stop();
      this.#watch?.hide();
      this.#show(outcome);
      const isError = outcome.results.some(isErrorResult);
      const isStopped = outcome.stopped !== "completed";
      this.hasErrors ||= isError;
      this.wasStopped ||= isStopped;
      if ((isError || isStopped) && this.#flags.stopOnError === true) return false;
      this.#watch?.begin();
    }
    return true;
  }

  #show(outcome: QueryOutcome): void {
    const { environment } = this.#interpreter;
    const { out } = this.#terminal;
    if (outcome.reductions !== undefined && this.#flags.explain === true) {
      out.write(formatReductions(outcome.reductions, out.colors));
    }
    const showState = environment.getState.bind(environment);
    const line =
      this.#flags.json === true
        ? formatJson(outcome, showState)
        : formatPlain(outcome, out, showState, this.#flags);
    out.write(`${line}\n`);
    this.#remark(outcome);
  }

  /** Writes the remarks about an outcome to stderr. */
  #remark(outcome: QueryOutcome): void {
    const place = `${outcome.source}:${outcome.line}:${outcome.column}`;
    if (outcome.reductions !== undefined && this.#flags.trace === true) {
      const path = pathToError(outcome.reductions);
      const { err } = this.#terminal;
      err.write(`${place}: Error\n${formatErrorPath(path, this.#rulePositions(), err.colors)}`);
    }
    for (const conflict of this.#interpreter.newConflicts()) {
      reportWarning(this.#terminal, `${place}: ${describeConflict(conflict)}`);
    }
    for (const suggestion of this.#interpreter.suggestions(outcome)) {
      reportWarning(this.#terminal, `${place}: ${describeSuggestion(suggestion)}`);
    }
  }
}
