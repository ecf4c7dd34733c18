// Commits facts one after another, tells of each when it is on the disk, and takes a snapshot now and then.
import { parseAtom, Store } from "../../dist/src/index.js";

const store = await Store.open(process.argv[2], {
  durability: "commit",
  thresholds: { bytes: 300_000 },
  heap: { maxBytes: 2 ** 27 },
});
const now = store.environment.snapshot();
const begin = now.count;
now.dispose();
process.stdout.write(`${begin}\n`);
for (let n = begin; ; n++) {
  await store.commit((env) => env.add(parseAtom(`(fact ${n} s${n})`)));
  process.stdout.write(`${n + 1}\n`);
  if (n % 37 === 0) void store.snapshot();
}
