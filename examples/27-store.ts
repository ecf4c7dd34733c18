// Keeps an environment on the disk: what is committed is there the next time, and snapshots with names are kept.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atom, Store } from "oxbow";

const directory = mkdtempSync(join(tmpdir(), "oxbow-example-"));

{
  await using store = await Store.open(directory, { durability: "commit" });
  await store.commit((env) => env.add(atom`(river Avon)`)); // on the disk now
  await store.snapshot({ name: "monday" }); // kept until another is called so
  await store.commit((env) => env.add(atom`(river Severn)`));
}

{
  await using store = await Store.open(directory);
  using now = store.environment.snapshot();
  const { environment: monday } = await store.read("monday");
  console.log(`${now.count} rivers, ${monday.count} on monday`);
  monday.dispose();
}
rmSync(directory, { recursive: true });
// Prints:
// 2 rivers, 1 on monday
