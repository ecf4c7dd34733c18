// A base that is there once and that many threads clone: frozen, so that nobody counts who has it.
import { atom, Environment, expression, Heap, integer, symbol } from "oxbow";

const heap = Heap.create();
const [square, of] = [symbol("square"), symbol("of")];
const numbers = Array.from({ length: 10_000 }, (_, index) => index);
const facts = numbers.map((n) => expression([square, integer(n * n), of, integer(n)]));

const knowledge = Environment.create(heap);
knowledge.addAll(facts);
knowledge.freeze();
using mine = knowledge.clone(); // on any thread
mine.add(facts[7]!);
console.log(knowledge.count, mine.count, mine.countMatches(atom`(square 49 of $n)`));

try {
  knowledge.remove(facts[7]!);
} catch (error) {
  console.log((error as Error).message);
}
// Prints:
// 10000 10001 2
// cannot write to an environment: it is frozen; write to a clone of it
