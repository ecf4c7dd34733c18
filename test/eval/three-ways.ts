/**
 * A program evaluated in three ways: step by step, with what shows at a glance taken so, and by generated code.
 * They have to say the same: results and their order, errors, what was written, what was printed, and steps.
 */
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, environmentOn, handleOf } from "../../src/environment/environment.js";
import { handleOn } from "../../src/environment/lifecycle.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { isError } from "../../src/eval/language/error-atom.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import type { Library } from "../../src/eval/library/library.js";
import { type Allowance, wholeAllowance } from "../../src/eval/limits/budget.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine, type Shortcuts } from "../../src/eval/machine/machine.js";
import { isOvertaken, withoutErrors } from "../../src/eval/machine/part-errors.js";
import { tellSteps } from "../../src/eval/machine/step-count.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { ForkInPlace } from "../../src/parallel/fork-in-place.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import type { BranchReply, RunningBranch, Site } from "../../src/parallel/site.js";
import type { Atom, SpaceAtom } from "../../src/term/atom.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { renameFresh } from "../../src/term/resolve.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
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

const library = parallelLibrary();
/** Of one expression: far more than any takes that does not double its atoms at each step. */
const MOST_TIME_MS = 10_000;
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

/** One way to evaluate a program's expressions, and the branches of their forks. */
class Way {
  readonly #shortcuts: Shortcuts;
  readonly #library: Library;
  readonly #preparations: Preparations;
  readonly #site: Site;
  output = "";

  constructor(heap: Heap, shortcuts: Shortcuts, warm: number, used: Library) {
    this.#shortcuts = shortcuts;
    this.#library = used;
    this.#preparations = new Preparations(warm);
    this.#site = {
      library: used,
      vocabulary: Vocabulary.of(heap),
      environmentAt: (root) => environmentOn(handleOn(heap, root)),
      evaluate: (branch) => this.#branch(branch),
    };
  }

  get codes(): number {
    return this.#preparations.codeCount;
  }

  /** Evaluates one expression. */
  evaluate(
    environment: Environment,
    atom: Atom,
    maxSteps: number,
  ): { machine: Machine; found: Atom[] } {
    const allowance = wholeAllowance(handleOf(environment).store.heap, {
      maxSteps,
      maxTimeMs: MOST_TIME_MS,
    });
    const print = (text: string): void => void (this.output += text);
    const fork = new ForkInPlace(this.#site);
    const ran = this.#run(environment, null, allowance, renameFresh(atom), {
      print,
      branch: { fork, nextForkSeed: () => 1 },
    });
    allowance.budget.close();
    return ran;
  }

  #branch(branch: RunningBranch): BranchReply {
    const { environment, space, budget, maxResults, depth, isInterrupted, atom } = branch;
    const allowance = { budget, maxResults, depth, isInterrupted, programFolder: null };
    const host = { print: (text: string) => branch.print(text), branch };
    const { machine, found } = this.#run(environment, space, allowance, atom, host);
    const { stopped, steps } = machine;
    return { results: withoutErrors(found), stopped, steps, hadErrors: found.some(isError) };
  }

  #run(
    environment: Environment,
    space: SpaceAtom | null,
    allowance: Allowance,
    atom: Atom,
    { print, branch }: { print: (text: string) => void; branch: object },
  ): { machine: Machine; found: Atom[] } {
    const host = { print, trace: print, random: () => 0.5, branch };
    const equipment = { library: this.#library, host, preparations: this.#preparations };
    const context = new EvaluationContext(environment, space, equipment, allowance);
    const machine = new Machine(context, { interpret, shortcuts: this.#shortcuts });
    const results = new Results();
    machine.evaluate(atom, UNDEFINED, results);
    machine.run();
    tellSteps(machine);
    machine.close();
    return { machine, found: results.found };
  }
}

/** Runs a program in one way. */
export function runWay(
  lines: readonly string[],
  shortcuts: Shortcuts,
  { maxSteps = 300, warm = 1, library: used = library, before }: WayOptions = {},
): WayRun {
  const environment = Environment.create(nextHeap());
  const way = new Way(heap, shortcuts, warm, used);
  const said: Said & { output: string } = {
    results: [],
    stopped: [],
    steps: [],
    output: "",
    written: [],
  };
  let asked = 0;
  for (const { atom, evaluate } of parse(lines.join("\n"))) {
    if (!evaluate) {
      environment.add(atom);
      continue;
    }
    before?.(asked++);
    const { machine, found } = way.evaluate(environment, atom, maxSteps);
    said.results.push(renumbered(found.map(shown).join(" ")));
    said.stopped.push(machine.stopped);
    said.steps.push(machine.steps);
  }
  for (const atom of environment.atoms()) said.written.push(renumbered(print(atom)));
  said.output = renumbered(way.output);
  if (shortcuts === "code") checkEnvironment(environment);
  environment.dispose();
  return { ...said, codes: way.codes };
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

/**
 * Whether the three ways differ; undefined where a program fills its heap, or makes atoms that take too long to be gone
 * through: what is done by then is not compared.
 */
export function disagreeInLimits(
  lines: readonly string[],
  options: WayOptions = {},
): boolean | undefined {
  try {
    const { steps, glances, code } = threeWays(lines, options);
    if ([steps, glances, code].some(({ stopped }) => stopped.includes("maxTimeMs")))
      return undefined;
    return differ(steps, glances, code);
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
    heap = Heap.create(HEAP);
    return undefined;
  }
}

/** Whether the three ways differ. */
export function disagree(lines: readonly string[], options: WayOptions = {}): boolean {
  const { steps, glances, code } = threeWays(lines, options);
  return differ(steps, glances, code);
}

function differ(steps: Said, ...others: readonly Said[]): boolean {
  const wanted = JSON.stringify(steps);
  return others.some((each) => JSON.stringify(each) !== wanted);
}
