import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import type { Permissions } from "../../src/eval/host/permissions.js";
import type { Limits } from "../../src/eval/limits/limits.js";
import type { Evaluation } from "../../src/eval/program/evaluation.js";
import { FailedImportError } from "../../src/eval/program/failed-import.js";
import type { RunOutcome } from "../../src/eval/program/program.js";
import { Heap } from "../../src/memory/heap.js";
import { runSyncWith } from "../../src/parallel/run-program.js";
import { print } from "../../src/term/printer.js";

/** What a program's `!` gave, each as the line that a run prints; numbers of variables are left out. */
export interface Ran {
  readonly lines: string[];
  readonly evaluations: readonly Evaluation[];
  readonly output: string;
  readonly environment: Environment;
}

const heap = Heap.create({ maxBytes: 2 ** 30 });

/** Runs a program in an environment; behind an import that fails it ends. */
export function* runIn(
  evaluator: Evaluator,
  environment: Environment,
  program: string,
  limits: Limits = {},
): Generator<RunOutcome> {
  try {
    yield* runSyncWith(evaluator, environment, program, limits);
  } catch (error) {
    if (!(error instanceof FailedImportError)) throw error;
  }
}

/** Runs a program in an environment of its own. */
export function run(program: string, limits: Limits = {}, permissions: Permissions = {}): Ran {
  const environment = Environment.create(heap);
  let output = "";
  const host = {
    print: (text: string) => (output += text),
    trace: (text: string) => (output += text),
  };
  const evaluator = new Evaluator(standardLibrary(permissions), host);
  const outcomes = [...runIn(evaluator, environment, program, limits)];
  const lines = outcomes.map(({ results }) => `[${results.map((each) => print(each)).join(", ")}]`);
  checkEnvironment(environment);
  return {
    lines: lines.map((line) => line.replace(/#\d+/g, "")),
    evaluations: outcomes,
    output,
    environment,
  };
}

/** The one line of a program with one `!`. */
export function result(program: string, limits: Limits = {}): string {
  return run(program, limits).lines.at(-1) ?? "";
}
