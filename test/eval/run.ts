import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { type Evaluation, Evaluator } from "../../src/eval/evaluator.js";
import type { Limits } from "../../src/eval/limits.js";
import type { Permissions } from "../../src/eval/permissions.js";
import { standardLibrary } from "../../src/eval/standard-library.js";
import { tokensIn } from "../../src/eval/words.js";
import { Heap } from "../../src/memory/heap.js";
import { Parser } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

/** What a program's `!` gave, each as the line that a run prints; numbers of variables are left out. */
export interface Ran {
  readonly lines: string[];
  readonly evaluations: Evaluation[];
  readonly output: string;
  readonly environment: Environment;
}

const heap = Heap.create({ maxBytes: 2 ** 30 });

/** Runs a program in an environment of its own. */
export function run(program: string, limits: Limits = {}, permissions: Permissions = {}): Ran {
  const environment = Environment.create(heap);
  let output = "";
  const host = {
    print: (text: string) => (output += text),
    trace: (text: string) => (output += text),
  };
  const evaluator = new Evaluator(standardLibrary(permissions), host);
  const lines: string[] = [];
  const evaluations: Evaluation[] = [];
  const { library } = evaluator;
  const tokens = tokensIn({ environment, space: null, library });
  const parser = new Parser(program, { tokens });
  for (let item = parser.nextItem(); item !== null; item = parser.nextItem()) {
    const { atom, evaluate } = item;
    if (!evaluate) {
      const errors = evaluator.typeErrors(environment, atom);
      if (errors.length === 0) environment.add(atom);
      else lines.push(`[${errors.map((error) => print(error)).join(", ")}]`);
      continue;
    }
    const evaluation = evaluator.evaluate(environment, atom, limits);
    evaluations.push(evaluation);
    lines.push(`[${evaluation.results.map((result) => print(result)).join(", ")}]`);
  }
  checkEnvironment(environment);
  return {
    lines: lines.map((line) => line.replace(/#\d+/g, "")),
    evaluations,
    output,
    environment,
  };
}

/** The one line of a program with one `!`. */
export function result(program: string, limits: Limits = {}): string {
  return run(program, limits).lines.at(-1) ?? "";
}
