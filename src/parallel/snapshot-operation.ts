/** Grants `snapshot!` (snapshot.ts) to the programs of whoever has a store. */
import { refuse } from "../base/arguments.js";
import type { Operation } from "../eval/host/operation.js";
import { Store } from "../persist/store.js";
import { snapshotWith } from "./snapshot.js";

/**
 * Grants the programs of a library `(snapshot! name)`, which unites what the program has done with what the store holds, and
 * writes a snapshot of that name. Only where a program may wait (`evaluateAsync`, `runProgram`), and not in a branch on another
 * thread.
 */
export function snapshotOperation(store: Store): Operation {
  if (!(store instanceof Store)) refuse("make snapshot!", "a Store", store);
  return snapshotWith(async (name, environment) => {
    store.environment.update((kept) => kept.absorb(environment));
    const { id } = await store.snapshot({ name });
    return id;
  });
}
