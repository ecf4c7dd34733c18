// Tries three changes on clones, unites two of them, and gives all the others up at the end of the scope.
import { atom, Environment, Heap } from "oxbow";

const heap = Heap.create();
using base = Environment.create(heap);
base.add(atom`(river Avon)`);
const rivers = ["Severn", "Trent", "Ouse"];

const merged = heap.scope((scope) => {
  const clones = rivers.map((river) => {
    const clone = base.clone(); // disposed at the end of the scope, as everything made in it
    clone.add(atom`(river ${river})`);
    return clone;
  });
  return scope.keep(Environment.unionAll(clones.slice(0, 2))); // handed out: the caller's to dispose
});

console.log(merged.count, heap.stats().kinds.get("environment")?.segments);
merged.dispose();

// The same for work that waits: the scope goes along with it.
const counts = await heap.scope(async () => {
  const clone = base.clone();
  await Promise.resolve();
  return [clone.count, clone.clone().count];
});
console.log(counts.join(" "), heap.stats().kinds.get("environment")?.segments);
// Prints:
// 3 2
// 1 1 1
