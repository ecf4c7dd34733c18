/** Runs a program in a worker, and tells of everything that it gives as it comes. */
import {
  Environment,
  EvaluatorPool,
  Heap,
  isError,
  OxbowError,
  parse,
  print,
  type RunOutcome,
  runProgram,
} from "oxbow/browser";
import type { Program } from "./program.js";
import type { RunLimits } from "./storage.js";

/** Where something stands in the file that is run; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Shown {
  readonly text: string;
  readonly isError: boolean;
}

/** What a `!` gave. */
export interface Outcome extends Place {
  readonly results: readonly Shown[];
  /** Results that are not shown. */
  readonly hidden: number;
  /** Why it ended before its end, in words. */
  readonly stopped: string | undefined;
}

/** What an environment holds at the end. */
export interface Relation {
  readonly kind: string;
  readonly name: string;
  readonly count: number;
}

export type RunEvent =
  | { readonly kind: "questions"; readonly places: readonly Place[] }
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly message: string; readonly place: Place | undefined }
  | {
      readonly kind: "ended";
      readonly timeMs: number;
      readonly steps: number;
      readonly facts: number;
      readonly relations: readonly Relation[];
    };

const MIB = 2 ** 20;
/** Characters of one result. */
const LONGEST_RESULT = 4_000;
/** Results of one `!` that are shown. */
const MOST_SHOWN = 1_000;
/** Atoms of an environment that is looked through relation by relation. */
const MOST_ATOMS = 200_000;
/** Relations that are told of. */
const MOST_RELATIONS = 200;

/** What ended a `!`, as the page says it. */
const REASONS: Readonly<Record<string, string>> = {
  maxTimeMs: "the time for it was over",
  maxResults: "it had as many results as it may",
  maxHeapBytes: "it had taken the memory that it may",
  maxForkDepth: "forks were nested too deep",
  maxBranches: "there were too many branches",
  maxSteps: "it had made as many steps as it may",
};

/** Kept when the program has come to its end, whatever that was; `tell` is told of everything in order. */
export async function run(
  { files, threads }: Program,
  limits: RunLimits,
  tell: (event: RunEvent) => void,
): Promise<void> {
  const [[source, text]] = Object.entries(files) as [[string, string]];
  try {
    tell({ kind: "questions", places: questionsOf(text, source) });
    const heap = Heap.create({ maxBytes: limits.maxMemoryMiB * MIB });
    const environment = Environment.create(heap);
    const pool = threads > 1 ? await EvaluatorPool.create(heap, { threads }) : undefined;
    await runIn(
      environment,
      text,
      {
        source,
        files,
        folder: "/",
        ...(pool === undefined ? {} : { pool }),
        ...(limits.maxTimeMs === null ? {} : { maxTimeMs: limits.maxTimeMs }),
        maxResults: limits.maxResults,
        host: { print: (printed) => tell({ kind: "printed", text: printed }) },
      },
      tell,
    );
    await pool?.close();
  } catch (error) {
    tell({ kind: "failed", ...describeFailure(error, source) });
  }
}

async function runIn(
  environment: Environment,
  text: string,
  options: Parameters<typeof runProgram>[2],
  tell: (event: RunEvent) => void,
): Promise<void> {
  const start = performance.now();
  let steps = 0;
  let failure: unknown;
  try {
    for await (const outcome of runProgram(environment, text, options)) {
      steps += outcome.steps;
      tell({ kind: "outcome", outcome: outcomeOf(outcome) });
    }
  } catch (error) {
    failure = error;
  }
  const timeMs = performance.now() - start;
  if (failure !== undefined) {
    tell({ kind: "failed", ...describeFailure(failure, options?.source ?? "") });
  }
  const relations = relationsOf(environment);
  tell({ kind: "ended", timeMs, steps, facts: environment.count, relations });
}

/** Where each `!` stands. Throws ERR_SYNTAX. */
function questionsOf(text: string, source: string): Place[] {
  const places: Place[] = [];
  let line = 1;
  let start = 0;
  for (const { evaluate, offset } of parse(text, { file: source })) {
    for (let end = text.indexOf("\n", start); end >= 0 && end < offset; ) {
      line++;
      start = end + 1;
      end = text.indexOf("\n", start);
    }
    if (evaluate) places.push({ line, column: offset - start + 1 });
  }
  return places;
}

function outcomeOf({ line, column, results, stopped }: RunOutcome): Outcome {
  const shown = results.slice(0, MOST_SHOWN).map((result) => {
    const text = print(result);
    const isLong = text.length > LONGEST_RESULT;
    return { text: isLong ? `${text.slice(0, LONGEST_RESULT)}…` : text, isError: isError(result) };
  });
  const why = stopped === "completed" ? undefined : (REASONS[stopped] ?? stopped);
  return { line, column, results: shown, hidden: results.length - shown.length, stopped: why };
}

function relationsOf(environment: Environment): Relation[] {
  if (environment.count > MOST_ATOMS) return [];
  return environment
    .inspect()
    .relations.filter(({ atoms, space }) => atoms > 0 && space === null)
    .map(({ kind, head, atoms }) => ({ kind, name: head ?? "", count: atoms }))
    .toSorted((one, other) => other.count - one.count)
    .slice(0, MOST_RELATIONS);
}

function describeFailure(
  error: unknown,
  source: string,
): { readonly message: string; readonly place: Place | undefined } {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof OxbowError)) return { message, place: undefined };
  // What an error says of a text begins with its name, line and column.
  const [start, name, line, column] = /^(?:cannot parse )?(\S+?):(\d+):(\d+): /.exec(message) ?? [];
  if (start === undefined || name !== source) return { message, place: undefined };
  const rest = message.slice(start.length);
  // The program itself is beside it: its line need not be shown again.
  const said = error.code === "ERR_SYNTAX" ? rest.split("\n")[0]! : rest;
  return { message: capitalized(said), place: { line: Number(line), column: Number(column) } };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
