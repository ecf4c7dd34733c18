/**
 * What a run prints on stdout: one line for each `!`, in source order.
 *
 * Plain: `[first, second]`, as the reference prints, and below it `stopped: maxTimeMs, after 2 s (--max-time)` when
 * a limit ended the evaluation early. With `--json`: one JSON object a line,
 * `{ "file", "line", "column", "results": [text…] }`, plus `"stopped": "maxTimeMs"` then.
 */
import type { StateConflict } from "../environment/handle.js";
import type { ReductionTree } from "../eval/evaluator/reduction-tree.js";
import type { RunOutcome } from "../eval/program/program.js";
import { type Atom, EXPRESSION, type StateAtom, SYMBOL } from "../term/atom.js";
import { print } from "../term/printer.js";
import type { LimitFlags } from "./flags.js";
import { formatBytes, formatCount, formatDuration } from "./format.js";
import type { Stream } from "./terminal.js";

/** The outcome of one `!` of a program. */
export interface QueryOutcome extends RunOutcome {
  /** How the results came about, if that was requested. */
  readonly reductions: ReductionTree | undefined;
}

type ShowState = (state: StateAtom) => Atom;

/** Whether a result is an `(Error …)` atom; a failed assertion is one too. */
export function isErrorResult(atom: Atom): boolean {
  if (atom.tag !== EXPRESSION) return false;
  const head = atom.children[0];
  return head !== undefined && head.tag === SYMBOL && head.name === "Error";
}

/** The plain line of an outcome, and the one that says what stopped it; without the end of line. */
export function formatPlain(
  outcome: QueryOutcome,
  out: Stream,
  showState?: ShowState,
  limits: LimitFlags = {},
): string {
  const shown = outcome.results.map((result) => {
    const text = print(result, showState);
    return isErrorResult(result) ? out.colors.red(text) : text;
  });
  const line = `[${shown.join(", ")}]`;
  if (outcome.stopped === "completed") return line;
  return `${line}\n${out.colors.yellow(`stopped: ${describeStop(outcome.stopped, limits)}`)}`;
}

/** The name of the limit, how much it was, and where that was said. */
function describeStop(reason: string, limits: LimitFlags): string {
  const { maxTime, maxSteps, maxMemory, maxResults } = limits;
  if (reason === "maxTimeMs" && maxTime !== undefined) {
    return `${reason}, after ${formatDuration(maxTime)} (--max-time)`;
  }
  if (reason === "maxSteps" && maxSteps !== undefined) {
    return `${reason}, after ${formatCount(maxSteps, "step")} (--max-steps)`;
  }
  if (reason === "maxResults" && maxResults !== undefined) {
    return `${reason}, after ${formatCount(maxResults, "result")} (--max-results)`;
  }
  if (reason !== "maxHeapBytes") return reason;
  return maxMemory === undefined
    ? `${reason}, as the memory of the process was nearly full`
    : `${reason}, at ${formatBytes(maxMemory)} (--max-memory)`;
}

/** The JSON line of an outcome, without the end of line. */
export function formatJson(outcome: QueryOutcome, showState?: ShowState): string {
  const { source: file, line, column, stopped } = outcome;
  const results = outcome.results.map((result) => print(result, showState));
  return JSON.stringify(
    stopped === "completed"
      ? { file, line, column, results }
      : { file, line, column, results, stopped },
  );
}

/** The message about branches that set one state to different values. */
export function describeConflict({ setting, left, right }: StateConflict): string {
  return `branches set ${setting ?? "a state"} to ${print(left)} and to ${print(right)}; the later one's ${print(right)} stands`;
}
