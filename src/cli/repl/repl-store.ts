/**
 * The store of a session: opened, saved to, and branched from. A session on a branch has the snapshot's content in a heap
 * of its own, and no store: what is written there changes nothing that is kept, and may be made another store.
 */
import type { Environment } from "../../environment/environment.js";
import { Store } from "../../persist/store.js";
import type { SnapshotInfo } from "../../persist/store-info.js";
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

  /**
   * Keeps what the environment holds: as a snapshot, named if there is a word, or, if no store is open, in a new one in the
   * directory that the word is. Says what was done.
   */
  async save(environment: Environment, word: string): Promise<string> {
    if (this.#store === null && word !== "") {
      this.#store = await Store.create(word, environment, { durability: "manual" });
      return `${word} is made and open`;
    }
    const store = this.#get();
    store.environment.update((kept) => kept.assign(environment));
    const { id } = await store.snapshot(word === "" ? {} : { name: word });
    return `snapshot ${id}`;
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
    throw new CommandError(
      "there is no store; :save DIR makes one of this session, :open DIR opens one",
    );
  }
}
