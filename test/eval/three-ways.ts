/**
 * A program evaluated in three ways: step by step, with what shows at a glance taken so, and by generated code.
 * They have to say the same: results and their order, errors, what was written, what was printed, and steps.
 */
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import type { Library } from "../../src/eval/library/library.js";
import { wholeAllowance } from "../../src/eval/limits/budget.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine, type Shortcuts } from "../../src/eval/machine/machine.js";
import { isOvertaken } from "../../src/eval/machine/part-errors.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import type { Atom } from "../../src/term/atom.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { renameFresh } from "../../src/term/resolve.js";
import { Results } from "./results.js";

/** What can be seen of a program's evaluation. */
export interface Said {
  readonly results: string[];
  readonly stopped: string[];
  readonly steps: number[];
  readonly output: string;
  readonly written: string[];
}

export interface WayRun extends Said {
  /** For how many sets of rules there was code. */
  readonly codes: number;
}

const library = standardLibrary();
const HEAP = { maxBytes: 2 ** 26 };
let heap = Heap.create(HEAP);
let uses = 0;

/** One heap serves many programs: their words stay in its table. */
function nextHeap(): Heap {
  if (++uses % 1000 === 0) heap = Heap.create(HEAP);
  return heap;
}

/** Names of variables and spaces are numbered by evaluations: what counts is which are the same. */
function renumbered(text: string): string {
  const names = new Map<string, string>();
  return text.replaceAll(/(?<=State )#?[\w.]+|#\d+|GroundingSpace-[\w.]+/g, (name) => {
    const known = names.get(name) ?? `#${names.size}`;
    names.set(name, known);
    return known;
  });
}

interface WayOptions {
  readonly maxSteps?: number;
  /** Uses of rules before there is code for them. */
  readonly warm?: number;
  readonly library?: Library;
  /** Told before each `!`, from 0. */
  readonly before?: (index: number) => void;
}

/** An error that another alternative has overtaken is none of the results. */
function shown(atom: Atom): string {
  return isOvertaken(atom) ? `overtaken${print(atom)}` : print(atom);
}

/** Runs a program in one way. */
export function runWay(
  lines: readonly string[],
  shortcuts: Shortcuts,
  { maxSteps = 300, warm = 1, library: used = library, before }: WayOptions = {},
): WayRun {
  const environment = Environment.create(nextHeap());
  const preparations = new Preparations(warm);
  const said: Said & { output: string } = {
    results: [],
    stopped: [],
    steps: [],
    output: "",
    written: [],
  };
  const write = (text: string): void => void (said.output += text);
  const host = { print: write, trace: write, random: () => 0.5 };
  let asked = 0;
  for (const { atom, evaluate } of parse(lines.join("\n"))) {
    if (!evaluate) {
      environment.add(atom);
      continue;
    }
    before?.(asked++);
    const allowance = wholeAllowance(handleOf(environment).store.heap, { maxSteps });
    const context = new EvaluationContext(environment, null, used, host, allowance, preparations);
    const machine = new Machine(context, { interpret, shortcuts });
    const results = new Results();
    machine.evaluate(renameFresh(atom), UNDEFINED, results);
    machine.run();
    machine.close();
    allowance.budget.close();
    said.results.push(renumbered(results.found.map(shown).join(" ")));
    said.stopped.push(machine.stopped);
    said.steps.push(machine.steps);
  }
  for (const atom of environment.atoms()) said.written.push(renumbered(print(atom)));
  said.output = renumbered(said.output);
  if (shortcuts === "code") checkEnvironment(environment);
  environment.dispose();
  return { ...said, codes: preparations.codeCount };
}

/** What the ways say of a program: step by step first. */
export function threeWays(
  lines: readonly string[],
  options: WayOptions = {},
): { readonly steps: Said; readonly glances: Said; readonly code: Said; readonly codes: number } {
  const { codes: _none, ...steps } = runWay(lines, "none", options);
  const { codes: _few, ...glances } = runWay(lines, "glances", options);
  const { codes, ...code } = runWay(lines, "code", options);
  return { steps, glances, code, codes };
}

/** Whether the three ways differ; undefined where a program fills its heap: what is done by then is not compared. */
export function disagreeInHeap(
  lines: readonly string[],
  options: WayOptions = {},
): boolean | undefined {
  try {
    return disagree(lines, options);
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
    heap = Heap.create(HEAP);
    return undefined;
  }
}

/** Whether the three ways differ. */
export function disagree(lines: readonly string[], options: WayOptions = {}): boolean {
  const { steps, glances, code } = threeWays(lines, options);
  const wanted = JSON.stringify(steps);
  return JSON.stringify(glances) !== wanted || JSON.stringify(code) !== wanted;
}
