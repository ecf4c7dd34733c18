/**
 * What a run prints on stdout: one line for each `!`, in source order.
 *
 * Plain: `[first, second]`, as the reference prints. With `--json`: one JSON object a line,
 * `{ "file", "line", "column", "results": [text…] }`, plus `"stopped"` when a limit ended the
 * evaluation early.
 */
import type { StateConflict } from "../environment/handle.js";
import type { ReductionTree } from "../eval/reductions.js";
import { type Atom, EXPRESSION, type StateAtom, SYMBOL } from "../term/atom.js";
import { print } from "../term/printer.js";
import type { Stream } from "./terminal.js";

/** The outcome of one `!` of a program. */
export interface QueryOutcome {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
  /** What was asked. */
  readonly query: Atom;
  readonly results: readonly Atom[];
  /** Why the evaluation ended early; undefined when it ran to its end. */
  readonly stopped: string | undefined;
  /** How the results came about, where that was asked for. */
  readonly reductions: ReductionTree | undefined;
}

export type ShowState = (state: StateAtom) => Atom;

/** Whether a result is an `(Error …)` atom; a failed assertion is one too. */
export function isErrorResult(atom: Atom): boolean {
  if (atom.tag !== EXPRESSION) return false;
  const head = atom.children[0];
  return head !== undefined && head.tag === SYMBOL && head.name === "Error";
}

/** The plain line of an outcome, without the end of line. */
export function formatPlain(outcome: QueryOutcome, out: Stream, showState?: ShowState): string {
  const shown = outcome.results.map((result) => {
    const text = print(result, showState);
    return isErrorResult(result) ? out.colors.red(text) : text;
  });
  return `[${shown.join(", ")}]`;
}

/** The JSON line of an outcome, without the end of line. */
export function formatJson(outcome: QueryOutcome, showState?: ShowState): string {
  const { file, line, column, stopped } = outcome;
  const results = outcome.results.map((result) => print(result, showState));
  return JSON.stringify(
    stopped === undefined
      ? { file, line, column, results }
      : { file, line, column, results, stopped },
  );
}

/** What is said of branches that set one state to different values. */
export function describeConflict({ left, right }: StateConflict): string {
  return `branches set a state to ${print(left)} and to ${print(right)}; the later one's ${print(right)} stands`;
}
