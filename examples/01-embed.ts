// Embeds the engine: knowledge, a clone, a question to two threads, a union. Prints the lines at the end.
import { Environment, EvaluatorPool, evaluate, Heap, parse, parseAtom, print } from "oxbow";

const heap = Heap.create();
using family = Environment.create(heap);
for (const { atom } of parse(`
  (parent Ann Bob) (parent Bob Cid)
  (= (ancestor $x) (match &self (parent $x $y) $y))
  (= (ancestor $x) (match &self (parent $x $y) (ancestor $y)))
`)) {
  family.add(atom);
}

using grown = family.clone(); // shares everything with family until one of them is written
grown.add(parseAtom("(parent Cid Dot)"));

const ask = parseAtom("(ancestor Ann)");
console.log(
  evaluate(family, ask)
    .results.map((atom) => print(atom))
    .join(" "),
);
console.log(
  evaluate(grown, ask)
    .results.map((atom) => print(atom))
    .join(" "),
);

await using pool = EvaluatorPool.create(heap, { threads: 2 });
const answer = await pool.evaluateAll(family, [
  parseAtom("(add-atom &self (parent Dot Eve))"),
  ask,
]);
console.log(answer.environment.union(grown).count);
// Prints:
// Bob Cid
// Bob Cid Dot
// 6
