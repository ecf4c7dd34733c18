// Runs a program in a page: on two threads if the page may have some, else on the page's own.
import {
  Environment,
  EvaluatorPool,
  Heap,
  missingForThreads,
  print,
  runProgram,
} from "oxbow/browser";

const program = `
  (= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))
  !(hyperpose ((fib 15) (fib 16)))
  !(+ 1 2)
`;
const list = document.querySelector("ol");
const missing = missingForThreads();
document.querySelector("p").textContent = missing.join("; ") || "two threads";

const heap = Heap.create();
const environment = Environment.create(heap);
const pool = missing.length > 0 ? undefined : await EvaluatorPool.create(heap, { threads: 2 });
const run = runProgram(environment, program, pool === undefined ? {} : { pool });
for await (const { results } of run) {
  const line = document.createElement("li");
  line.textContent = results.map((result) => print(result)).join(", ");
  list.append(line);
}
await pool?.close();
document.title = "done";
