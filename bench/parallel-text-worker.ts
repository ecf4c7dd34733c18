/**
 * The usual way to evaluate on a thread, for comparison: the worker is sent rules and an expression as
 * text, evaluates, and sends the results back as text.
 */
import { parentPort } from "node:worker_threads";
import { Environment } from "../src/environment/environment.js";
import { Evaluator } from "../src/eval/evaluator/evaluator.js";
import { Heap } from "../src/memory/heap.js";
import { parse, parseAtom } from "../src/term/parser.js";
import { print } from "../src/term/printer.js";

interface Request {
  /** Rules and facts that replace those of the request before; none: keep them. */
  readonly program?: string;
  readonly expression: string;
}

const heap = Heap.create();
const evaluator = new Evaluator();
let environment = Environment.create(heap);

parentPort!.on("message", ({ program, expression }: Request) => {
  if (program !== undefined) {
    environment.dispose();
    environment = Environment.create(heap);
    for (const { atom } of parse(program)) environment.add(atom);
  }
  const { results } = evaluator.evaluate(environment, parseAtom(expression));
  parentPort!.postMessage(results.map((result) => print(result)));
});
