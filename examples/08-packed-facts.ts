// Packs facts once and adds them to two environments, neither of which copies them; looks at one of many results.
import { atom, Environment, EvaluatorPool, expression, Heap, integer, print, symbol } from "oxbow";
import { packRows } from "oxbow/regions";

const heap = Heap.create();
const [square, of] = [symbol("square"), symbol("of")];
const numbers = Array.from({ length: 10_000 }, (_, index) => index);
const facts = numbers.map((n) => expression([square, integer(n * n), of, integer(n)]));

using packed = packRows(heap, facts); // any thread may do this and hand it over: packed.share()
using world = Environment.create(heap);
using other = Environment.create(heap);
world.addPacked(packed);
other.addPacked(packed);
other.remove(facts[7]!); // taken out of what this environment shows; the region stays as it is
console.log(world.count, other.count);

await using pool = await EvaluatorPool.create(heap, { threads: 1 });
using answer = await pool.evaluateAll(world, [atom`(match &self (square $s of $n) $s)`]);
const [branch] = answer.branches;
console.log(`${branch!.results.length} results, the last is ${print(branch!.results.at(-1)!)}`);
// Prints:
// 10000 9999
// 10000 results, the last is 99980001
