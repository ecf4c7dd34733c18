/** Block store: where blocks are while machines need them. Any store that can get and put will do. */
import type { Block } from "./block.js";

/** Where blocks are kept, by their names. What is put is there at least until the store's time to live has passed. */
export interface BlockStore {
  /** The bytes under each name, in order; null for what is not there. */
  get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]>;
  put(blocks: readonly Block[]): Promise<void>;
  /** Begins the time to live of these anew; gives those that are not there. Calls do this while they run. */
  keep(names: readonly string[]): Promise<readonly string[]>;
  /** Forgets a block, as one that was found damaged. */
  remove(name: string): Promise<void>;
}

/** How long a block stays that nobody asks to keep: 10 minutes. */
export const BLOCK_TTL_MS = 600_000;
