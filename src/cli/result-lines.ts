/**
 * What a run prints on stdout: one line for each `!`, in source order.
 *
 * Plain: `[first, second]`, as the reference prints, and below it `stopped: maxTimeMs, after 2 s (--max-time)` when
 * a limit ended the evaluation early. With `--json`: one JSON object a line,
 * `{ "file", "line", "column", "results": [text…] }`, plus `"stopped": "maxTimeMs"` then.
 *
 * An atom of a few words may have a text of any length. What is longer than a text may be, or takes longer to put
 * together than the evaluation was allowed to take, ends with an ellipsis; a line `cut: …`, or `"cut": true`, says so.
 */
import { whileAsking } from "../base/work.js";
import type { StateConflict } from "../environment/handle.js";
import type { RunOutcome } from "../eval/program.js";
import type { ReductionTree } from "../eval/reduction-tree.js";
import { type Atom, EXPRESSION, type StateAtom, SYMBOL } from "../term/atom.js";
import { printBriefly } from "../term/printer.js";
import { LONGEST_TEXT } from "../term/sizes.js";
import type { LimitFlags } from "./flags.js";
import { formatBytes, formatCount, formatDuration } from "./format.js";
import type { Stream } from "./terminal.js";

/** The outcome of one `!` of a program. */
export interface QueryOutcome extends RunOutcome {
  /** How the results came about, if that was requested. */
  readonly reductions: ReductionTree | undefined;
}

type ShowState = (state: StateAtom) => Atom;

/** Characters of a result where there is no time to show it whole. */
const SHORT_TEXT = 10_000;

class TooLate extends Error {}

/** The texts of the results of one `!`, together not longer than a text may be. */
class ResultTexts {
  readonly texts: readonly string[];
  isCut = false;
  readonly #until: number;
  readonly #showState: ShowState | undefined;
  #left = LONGEST_TEXT;

  /** @param maxTimeMs how long it may take to put them together. */
  constructor(results: Iterable<Atom>, showState: ShowState | undefined, maxTimeMs?: number) {
    this.#showState = showState;
    this.#until = performance.now() + (maxTimeMs ?? Number.POSITIVE_INFINITY);
    this.texts = Array.from(results, (result) => this.#add(result));
  }

  #add(result: Atom): string {
    const text = this.#textOf(result);
    this.isCut ||= text.length > this.#left;
    this.#left = Math.max(0, this.#left - text.length);
    return text;
  }

  #textOf(result: Atom): string {
    try {
      return whileAsking(
        () => this.#mustBeInTime(),
        () => printBriefly(result, this.#left, this.#showState),
      );
    } catch (error) {
      if (!(error instanceof TooLate)) throw error;
      this.#left = Math.min(this.#left, SHORT_TEXT);
      return printBriefly(result, this.#left, this.#showState);
    }
  }

  #mustBeInTime(): void {
    if (performance.now() > this.#until) throw new TooLate();
  }
}

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
  const { results, stopped } = outcome;
  const { texts, isCut } = new ResultTexts(results, showState, limits.maxTime);
  const shown = texts.map((text, index) =>
    isErrorResult(results.at(index)!) ? out.colors.red(text) : text,
  );
  const lines = [`[${shown.join(", ")}]`];
  if (isCut) lines.push(out.colors.yellow("cut: the results are too long to be shown whole"));
  if (stopped !== "completed") {
    lines.push(out.colors.yellow(`stopped: ${describeStop(stopped, limits)}`));
  }
  return lines.join("\n");
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
export function formatJson(
  outcome: QueryOutcome,
  showState?: ShowState,
  limits: LimitFlags = {},
): string {
  const { source: file, line, column, stopped } = outcome;
  const { texts: results, isCut } = new ResultTexts(outcome.results, showState, limits.maxTime);
  return JSON.stringify({
    file,
    line,
    column,
    results,
    ...(isCut ? { cut: true } : {}),
    ...(stopped === "completed" ? {} : { stopped }),
  });
}

/** The message about branches that set one state to different values. */
export function describeConflict({ setting, left, right }: StateConflict): string {
  const [first, later] = [printBriefly(left), printBriefly(right)];
  return `branches set ${setting ?? "a state"} to ${first} and to ${later}; the later one's ${later} stands`;
}
