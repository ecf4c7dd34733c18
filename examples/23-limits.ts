// Runs programs that nobody has read: every limit ends an evaluation with what it found until then.
import {
  type Atom,
  atom,
  atoms,
  Environment,
  evaluate,
  evaluateAsync,
  Heap,
  type Limits,
  print,
} from "oxbow";

using unknown = Environment.create(Heap.create());
unknown.addAll(atoms`
  (= (nat $n) $n)
  (= (nat $n) (nat (+ $n 1)))
  (= (loop) (loop))
  (= (grow $list) (grow (cons $list $list $list)))
`);

function run(query: Atom, limits: Limits): void {
  const { results, stopped } = evaluate(unknown, query, limits);
  console.log(`${stopped}: [${results.map((result) => print(result)).join(", ")}]`);
}

run(atom`(nat 0)`, { maxResults: 3 });
run(atom`(superpose (first (loop) never))`, { maxSteps: 10_000 });
run(atom`(loop)`, { maxTimeMs: 10 });
run(atom`(loop)`, { isInterrupted: () => true });
run(atom`(grow ())`, { maxHeapBytes: 2 ** 20, maxTimeMs: 60_000 });

// A signal is heard by an evaluation that lets the event loop have its turn.
const { stopped } = await evaluateAsync(unknown, atom`(loop)`, { signal: AbortSignal.timeout(10) });
console.log(stopped);
// Prints:
// maxResults: [0, 1, 2]
// maxSteps: [first]
// maxTimeMs: []
// aborted: []
// maxHeapBytes: []
// aborted
