/**
 * Block cache: the blocks that a worker has got, the last used in memory and more of them on the disk.
 *
 *     wanted ──▶ memory ──▶ directory ──▶ block store       what is found goes to those before it, and what was
 *                  LRU         LRU                          used longest ago goes from a full one
 *
 * Invariants
 *   BCA1  Whatever comes from the directory or the store is looked at under its name before it is used or kept. What is
 *        damaged is removed there and asked for once more, and then it is missing.
 */
import type { Block } from "./block.js";
import { fromBlock } from "./block.js";
import type { BlockStore } from "./block-store.js";
import type { DirectoryBlocks } from "./directory-blocks.js";

/** Blocks that a job needs and that are nowhere, or nowhere whole. */
export class MissingBlocks extends Error {
  readonly blocks: readonly string[];

  constructor(blocks: readonly string[]) {
    super(`blocks are missing: ${blocks.join(", ")}`);
    this.blocks = blocks;
  }
}

/** What a cache has done. */
export interface CacheStats {
  readonly fromMemory: number;
  readonly fromDirectory: number;
  readonly fetched: number;
  readonly fetchedBytes: number;
  readonly damaged: number;
}

/** How much a cache holds. */
interface CacheLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export class BlockCache {
  readonly #store: BlockStore;
  readonly #directory: DirectoryBlocks | null;
  readonly #limits: CacheLimits;
  /** Those used last at the end. */
  readonly #memory = new Map<string, Uint8Array>();
  readonly #files = new Map<string, number>();
  #memoryBytes = 0;
  #diskBytes = 0;
  #begun: Promise<void> | null = null;
  readonly #stats = { fromMemory: 0, fromDirectory: 0, fetched: 0, fetchedBytes: 0, damaged: 0 };

  constructor(store: BlockStore, directory: DirectoryBlocks | null, limits: CacheLimits) {
    this.#store = store;
    this.#directory = directory;
    this.#limits = limits;
  }

  /** The words of blocks, in order. Throws {@link MissingBlocks}. */
  async get(names: readonly string[]): Promise<Int32Array[]> {
    this.#begun ??= this.#begin();
    await this.#begun;
    const found = new Map<string, Int32Array>();
    for (const name of names) await this.#getNear(name, found);
    for (let attempt = 0; attempt < 2; attempt++) await this.#fetch(names, found);
    const missing = names.filter((name) => !found.has(name));
    if (missing.length > 0) throw new MissingBlocks([...new Set(missing)]);
    return names.map((name) => found.get(name)!);
  }

  stats(): CacheStats {
    return { ...this.#stats };
  }

  async #begin(): Promise<void> {
    for (const { name, bytes } of (await this.#directory?.list()) ?? []) {
      this.#files.set(name, bytes);
      this.#diskBytes += bytes;
    }
  }

  async #getNear(name: string, found: Map<string, Int32Array>): Promise<void> {
    const known = this.#memory.get(name);
    if (known !== undefined) {
      this.#stats.fromMemory++;
      found.set(name, this.#use({ name, bytes: known }));
      return;
    }
    if (this.#directory === null || !this.#files.has(name)) return;
    const [bytes] = await this.#directory.get([name]);
    const words = bytes ? this.#look({ name, bytes }) : null;
    if (words === null) {
      await this.#forgetFile(name);
      return;
    }
    this.#stats.fromDirectory++;
    found.set(name, words);
    this.#remember({ name, bytes: bytes! });
    this.#touchFile(name);
  }

  async #fetch(names: readonly string[], found: Map<string, Int32Array>): Promise<void> {
    const wanted = [...new Set(names.filter((name) => !found.has(name)))];
    if (wanted.length === 0) return;
    const fetched = await this.#store.get(wanted);
    for (const [index, name] of wanted.entries()) {
      const bytes = fetched[index];
      if (bytes === null || bytes === undefined) continue;
      const words = this.#look({ name, bytes });
      if (words === null) {
        await this.#store.remove(name);
        continue;
      }
      this.#stats.fetched++;
      this.#stats.fetchedBytes += bytes.length;
      found.set(name, words);
      this.#remember({ name, bytes });
      await this.#writeFile({ name, bytes });
    }
  }

  /** The words of a block, null if it is damaged (BCA1). */
  #look(block: Block): Int32Array | null {
    try {
      return fromBlock(block);
    } catch {
      this.#stats.damaged++;
      return null;
    }
  }

  #use(block: Block): Int32Array {
    this.#memory.delete(block.name);
    this.#memory.set(block.name, block.bytes);
    return fromBlock(block);
  }

  #remember({ name, bytes }: Block): void {
    if (this.#memory.has(name) || bytes.length > this.#limits.memoryBytes) return;
    this.#memory.set(name, bytes);
    this.#memoryBytes += bytes.length;
    for (const [oldest, old] of this.#memory) {
      if (this.#memoryBytes <= this.#limits.memoryBytes) return;
      this.#memory.delete(oldest);
      this.#memoryBytes -= old.length;
    }
  }

  async #writeFile(block: Block): Promise<void> {
    const { name, bytes } = block;
    if (this.#directory === null || bytes.length > this.#limits.diskBytes) return;
    await this.#directory.put([block]);
    if (this.#files.has(name)) return;
    this.#files.set(name, bytes.length);
    this.#diskBytes += bytes.length;
    for (const oldest of this.#files.keys()) {
      if (this.#diskBytes <= this.#limits.diskBytes) return;
      await this.#forgetFile(oldest);
    }
  }

  #touchFile(name: string): void {
    const bytes = this.#files.get(name);
    if (bytes === undefined) return;
    this.#files.delete(name);
    this.#files.set(name, bytes);
  }

  async #forgetFile(name: string): Promise<void> {
    this.#diskBytes -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
    await this.#directory?.remove(name);
  }
}
