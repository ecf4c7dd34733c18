// Embeds the engine: knowledge, a clone, a question to two threads, a union. Prints the lines at the end.
import { atom, atoms, Environment, EvaluatorPool, evaluate, Heap, print } from "oxbow";

const heap = Heap.create();
using family = Environment.create(heap);
family.addAll(atoms`
  (parent Ann Bob) (parent Bob Cid)
  (= (ancestor $x) (match &self (parent $x $y) $y))
  (= (ancestor $x) (match &self (parent $x $y) (ancestor $y)))
`);

using grown = family.clone(); // shares everything with family until one of them is written
grown.add(atom`(parent Cid Dot)`);

const ask = atom`(ancestor Ann)`;
console.log(
  evaluate(family, ask)
    .results.map((result) => print(result))
    .join(" "),
);
console.log(
  evaluate(grown, ask)
    .results.map((result) => print(result))
    .join(" "),
);

await using pool = await EvaluatorPool.create(heap, { threads: 2 });
const answer = await pool.evaluateAll(family, [atom`(add-atom &self (parent Dot Eve))`, ask]);
console.log(answer.environment.union(grown).count);
// Prints:
// Bob Cid
// Bob Cid Dot
// 6
