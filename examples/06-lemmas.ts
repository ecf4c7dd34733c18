// Searches in parallel and learns on the way: what a branch proves it adds as a lemma, the lemmas of all
// branches are united at the join, and the next round starts from them.
import { atom, Environment, EvaluatorPool, Heap, parse, print } from "oxbow";

const heap = Heap.create();
using knowledge = Environment.create(heap);
// How many steps a number takes to 1: half of an even number, three times an odd one and one more.
for (const { atom: rule } of parse(`
  (= (next $n) (if (== 0 (% $n 2)) (/ $n 2) (+ 1 (* 3 $n))))
  (= (steps $n)
     (if (== $n 1) 0
       (let $known (collapse (match &self (lemma $n $s) $s))
         (if (== $known ()) (prove $n) (car-atom $known)))))
  (= (prove $n)
     (let $s (+ 1 (steps (next $n)))
       (let $learned (add-atom &self (lemma $n $s)) $s)))
  (= (longest $from $to $best)
     (if (> $from $to) $best
       (let $s (steps $from)
         (let ($_ $most) $best
           (if (> $s $most) (longest (+ $from 1) $to ($from $s)) (longest (+ $from 1) $to $best))))))
`)) {
  knowledge.add(rule);
}

await using pool = await EvaluatorPool.create(heap, { threads: 2 });

/** Four branches, each over a quarter of the numbers from `first` on; the knowledge grows. */
async function search(first: number, count: number): Promise<number> {
  const quarter = count / 4;
  const branches = [0, 1, 2, 3].map((index) => {
    const from = first + index * quarter;
    return atom`(longest ${from} ${from + quarter - 1} (0 0))`;
  });
  using answer = await pool.evaluateAll(knowledge, branches);
  const found = answer.branches.map(({ results }) => print(results.at(0)!));
  console.log(`${first} … ${first + count - 1}: ${found.join(" ")}`);
  knowledge.assign(answer.environment);
  return answer.branches.reduce((sum, branch) => sum + branch.steps, 0);
}

const learning = await search(1, 80);
// Two branches came by 27, and each has learned about it: an environment is a multiset.
console.log("lemmas about 27:", [...knowledge.match(atom`(lemma 27 $s)`)].length);
const again = await search(1, 80);
console.log("the second round does less:", again < learning / 4);
await search(81, 80);
// Prints:
// 1 … 80: (18 20) (27 111) (54 112) (73 115)
// lemmas about 27: 2
// 1 … 80: (18 20) (27 111) (54 112) (73 115)
// the second round does less: true
// 81 … 160: (97 118) (108 113) (129 121) (145 116)
