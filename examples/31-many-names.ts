// A server that sees a new name with each request: names that nothing refers to any more are forgotten.
import { Environment, expression, Heap, symbol } from "oxbow";

const heap = Heap.create();
const sessions = Environment.create(heap);
for (let request = 0; request < 200_000; request++) {
  const session = expression([symbol("session"), symbol(`user-${request}`)]);
  sessions.add(session);
  sessions.remove(session);
  if (request % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const { symbolsInUse, symbolsFreed } = heap.stats().collector;
console.log(symbolsFreed > 50_000, symbolsInUse < 150_000);

const { isComplete } = await heap.collect();
console.log(isComplete, heap.stats().collector.symbolsInUse < 1000);
// Prints:
// true true
// true true
