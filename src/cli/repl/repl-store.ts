/**
 * The store of a session: opened, saved to, and branched from. A session on a branch has the snapshot's content in a heap
 * of its own, and no store: what is written there changes nothing that is kept.
 */
import type { Environment } from "../../environment/environment.js";
import { Store } from "../../persist/store.js";
import type { SnapshotInfo } from "../../persist/writer-thread.js";
import { CommandError } from "./command-error.js";

export class ReplStore {
  #store: Store | null = null;

  get isOpen(): boolean {
    return this.#store !== null;
  }

  /** Opens the store of a directory, made if there is none; a clone of what it holds, the caller's own. */
  async open(directory: string): Promise<Environment> {
    const store = await Store.open(directory, { durability: "manual" });
    await this.close();
    this.#store = store;
    return store.environment.snapshot();
  }

  /** Keeps what the environment holds, under a name if one is given; the number of the snapshot. */
  async save(environment: Environment, name: string): Promise<number> {
    const store = this.#get();
    store.environment.update((kept) => kept.assign(environment));
    const { id } = await store.snapshot(name === "" ? {} : { name });
    return id;
  }

  /** What a snapshot holds, the caller's own. The store is closed. */
  async branch(snapshot: number | string): Promise<Environment> {
    const { environment } = await this.#get().read(snapshot);
    await this.close();
    return environment;
  }

  async snapshots(): Promise<readonly SnapshotInfo[]> {
    const { snapshots } = await this.#get().info();
    return snapshots;
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  #get(): Store {
    if (this.#store !== null) return this.#store;
    throw new CommandError("there is no store; :open DIR opens one, or makes it");
  }
}
