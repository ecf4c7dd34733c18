// A knowledge base that one thread writes and others read. A reader takes a snapshot, which costs as much as
// copying a number, and asks it as long as it likes; the writer never waits for what readers do with theirs.
// Run it after `npm run build`: node examples/07-shared-knowledge/main.mjs
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { atom, Environment, Heap, SharedEnvironment } from "oxbow";

const ACCOUNTS = 100;
const TRANSFERS = 2_000;

const heap = Heap.create();
const empty = Environment.create(heap);
const shared = SharedEnvironment.create(heap, empty);
await shared.updateAsync((knowledge) => {
  for (let account = 0; account < ACCOUNTS; account++) knowledge.add(atom`(balance ${account} 10)`);
});

const readers = [0, 1].map(() => {
  const workerData = { heap: heap.share(), shared: shared.share(), ACCOUNTS };
  return new Worker(new URL("./reader.mjs", import.meta.url), { workerData });
});
await Promise.all(readers.map((reader) => once(reader, "message"))); // each has read once

for (let transfer = 0; transfer < TRANSFERS; transfer++) {
  // All of it or nothing is seen: both balances change in one update.
  await shared.updateAsync((knowledge) => {
    move(knowledge, transfer % ACCOUNTS, -1);
    move(knowledge, (7 * transfer + 3) % ACCOUNTS, 1);
  });
}

function move(knowledge, account, amount) {
  const [balance] = knowledge.match(atom`(balance ${account} $sum)`, {
    template: atom`$sum`,
  });
  knowledge.remove(atom`(balance ${account} ${balance})`);
  knowledge.add(atom`(balance ${account} ${Number(balance.value) + amount})`);
}

const answers = await Promise.all(
  readers.map(async (reader) => {
    reader.postMessage("stop");
    const [answer] = await once(reader, "message");
    return answer;
  }),
);
console.log(`${TRANSFERS} transfers`);
console.log(
  "readers never saw money on its way:",
  answers.every(({ wrong }) => wrong === 0),
);
console.log(
  "they read while it moved:",
  answers.every(({ reads }) => reads > 1),
);
const last = shared.snapshot();
console.log(`${last.count} accounts in the end`);
for (const held of [last, shared, empty]) held.dispose();
// Prints:
// 2000 transfers
// readers never saw money on its way: true
// they read while it moved: true
// 100 accounts in the end
