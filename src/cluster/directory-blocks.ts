/**
 * Blocks as files of a directory, which several machines may share.
 *
 *     blocks/3f/3fd0…e1        a block, whose time of change says when it was put or kept last
 *     blocks/3f/3fd0…e1.77-4   one on its way to its name; of no meaning if found
 */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Block, isBlockName } from "./block.js";
import { BLOCK_TTL_MS, type BlockStore } from "./block-store.js";

/** A file of a block. */
interface BlockFile {
  readonly name: string;
  readonly bytes: number;
  readonly changedMs: number;
}

/** What a {@link DirectoryBlocks} may be told. */
export interface DirectoryOptions {
  /** How long a block stays that nobody asks to keep, in milliseconds; 10 minutes if not given. */
  readonly ttlMs?: number;
}

/** A {@link BlockStore} in a directory, made if it is not there. */
export class DirectoryBlocks implements BlockStore {
  readonly #directory: string;
  readonly #ttlMs: number;
  #writes = 0;

  constructor(directory: string, options: DirectoryOptions = {}) {
    this.#directory = directory;
    this.#ttlMs = options.ttlMs ?? BLOCK_TTL_MS;
  }

  async get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    return await Promise.all(names.map((name) => ifThere(readFile(this.#path(name)))));
  }

  async put(blocks: readonly Block[]): Promise<void> {
    for (const { name, bytes } of blocks) {
      const path = this.#path(name);
      const fresh = `${path}.${process.pid}-${this.#writes++}`;
      await mkdir(this.#folder(name), { recursive: true });
      await writeFile(fresh, bytes);
      await rename(fresh, path);
    }
  }

  async keep(names: readonly string[]): Promise<readonly string[]> {
    const now = new Date();
    const found = await Promise.all(
      names.map((name) => ifThere(utimes(this.#path(name), now, now).then(() => true))),
    );
    return names.filter((_, index) => found[index] === null);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
  }

  /** Removes what nobody has put or kept within the time to live; how many blocks that was. */
  async sweep(): Promise<number> {
    const before = Date.now() - this.#ttlMs;
    const late = (await this.list()).filter(({ changedMs }) => changedMs < before);
    for (const { name } of late) await this.remove(name);
    return late.length;
  }

  /** All blocks, those that were put or kept last at the end. @internal */
  async list(): Promise<BlockFile[]> {
    const found: BlockFile[] = [];
    for (const folder of (await ifThere(readdir(this.#directory))) ?? []) {
      const names = (await ifThere(readdir(join(this.#directory, folder)))) ?? [];
      for (const name of names.filter(isBlockName)) {
        const file = await ifThere(stat(this.#path(name)));
        if (file !== null) found.push({ name, bytes: file.size, changedMs: file.mtimeMs });
      }
    }
    return found.sort((one, other) => one.changedMs - other.changedMs);
  }

  #folder(name: string): string {
    return join(this.#directory, name.slice(0, 2));
  }

  #path(name: string): string {
    return join(this.#folder(name), name);
  }
}

/** Null for what is not there. */
async function ifThere<Value>(found: Promise<Value>): Promise<Value | null> {
  try {
    return await found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
