/**
 * The store of a run: what programs find when they begin, and where they are kept when they have come to their end.
 *
 * A program works on a clone; the store gets all that it did at once, in one commit, or nothing of it.
 */
import type { Environment } from "../environment/environment.js";
import type { Operation } from "../eval/host/operation.js";
import { snapshotOperation } from "../parallel/snapshot-operation.js";
import { Store } from "../persist/store.js";
import { startProgress } from "./progress.js";
import type { Terminal } from "./terminal.js";

export class RunStore {
  /** What programs may do because they have a store. */
  readonly operations: readonly Operation[];
  readonly #store: Store;

  /** Opens the store of a directory, which is made if there is none. Rejects as `Store.open`. */
  static async open(directory: string, terminal: Terminal): Promise<RunStore> {
    const progress = await startProgress(terminal.err, `opening ${directory}`);
    try {
      const onProgress = progress.update.bind(progress);
      return new RunStore(await Store.open(directory, { durability: "commit", onProgress }));
    } finally {
      progress.stop();
    }
  }

  private constructor(store: Store) {
    this.#store = store;
    this.operations = [snapshotOperation(store)];
  }

  /** A clone of what is kept, the caller's own. */
  environment(): Environment {
    return this.#store.environment.snapshot();
  }

  /** Fulfilled when what the environment holds is on the disk. Rejects with `ERR_STORE_WRITE`. */
  keep(environment: Environment): Promise<void> {
    return this.#store.commit((kept) => kept.assign(environment));
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
