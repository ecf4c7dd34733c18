/** The other thread of the suite `regions`: takes what it is sent and says when it has it. */
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "../src/memory/heap.js";
import { Packed } from "../src/memory/packed.js";
import type { SharedHandle } from "../src/memory/shared-handle.js";
import { branchOutcomes, type OutcomeList } from "../src/parallel/outcome.js";
import type { Atom } from "../src/term/atom.js";
import { type AtomList, PackedAtoms } from "../src/term/packed-atoms.js";
import { Vocabulary } from "../src/term/vocabulary.js";
import { consume } from "./harness.js";

/** What the thread is started with. `done` counts what it has taken, in word 0. */
export interface Start {
  readonly handle: SharedHandle<"Heap">;
  readonly done: Int32Array;
}

export type Parcel =
  | { readonly kind: "objects"; readonly atoms: readonly Atom[] }
  | {
      readonly kind: "handle";
      readonly region: SharedHandle<"Packed", AtomList>;
      readonly read: boolean;
    }
  | { readonly kind: "outcomes"; readonly region: SharedHandle<"Packed", OutcomeList> };

const { handle, done } = workerData as Start;
const heap = Heap.receive(handle);
const vocabulary = Vocabulary.of(heap);

function take(parcel: Parcel): void {
  if (parcel.kind === "objects") {
    consume(parcel.atoms.length);
    return;
  }
  if (parcel.kind === "outcomes") {
    const [outcome] = branchOutcomes(vocabulary, Packed.receive(parcel.region, heap));
    consume(outcome?.results.at(-1));
    outcome?.results.dispose?.();
    return;
  }
  using list = new PackedAtoms(heap, Packed.receive(parcel.region, heap));
  if (!parcel.read) consume(list.length);
  else for (const atom of list) consume(atom);
}

parentPort?.on("message", (parcel: Parcel) => {
  take(parcel);
  Atomics.add(done, 0, 1);
  Atomics.notify(done, 0);
});
Atomics.add(done, 0, 1);
Atomics.notify(done, 0);
