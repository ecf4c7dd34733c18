/**
 * Base opener: the environments that a worker has of its callers' bases, each made once.
 *
 *     base B ── record: parent A, block b1 ──▶ a clone of A, on which b1 is carried out
 *
 * Invariants
 *   BOP1  An opened base stays while a job uses it; of the others those used last stay, as long as there is room.
 */
import { Environment, handleOf } from "../environment/environment.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { readBaseRecord } from "./base-record.js";
import type { BlockCache } from "./block-cache.js";
import { carryOut } from "./change-list.js";
import { Names, NameTable } from "./names.js";
import { BlockReader, badData, CHANGES } from "./words.js";

/** Blocks that are asked for at once. */
const BATCH = 32;
/** Links of a chain; a caller makes no longer ones. */
const MOST_LINKS = 64;

/** An environment that a caller calls by a name. */
export interface OpenBase {
  readonly environment: Environment;
  readonly names: Names;
}

interface Entry {
  readonly base: Promise<OpenBase>;
  users: number;
}

export class BaseOpener implements Disposable {
  readonly #heap: Heap;
  readonly #cache: BlockCache;
  readonly #mostKept: number;
  /** Those used last at the end. */
  readonly #entries = new Map<string, Entry>();
  #opened = 0;

  constructor(heap: Heap, cache: BlockCache, mostKept: number) {
    this.#heap = heap;
    this.#cache = cache;
    this.#mostKept = mostKept;
  }

  /** How many bases were made of their blocks. */
  get opened(): number {
    return this.#opened;
  }

  /** Calls `use` with a base. Throws `ERR_CLUSTER_DATA`, HeapExhaustedError, {@link MissingBlocks}, what `use` throws. */
  async with<Value>(name: string, use: (base: OpenBase) => Promise<Value>): Promise<Value> {
    return await this.#with(name, MOST_LINKS, use);
  }

  async #with<Value>(
    name: string,
    links: number,
    use: (base: OpenBase) => Promise<Value>,
  ): Promise<Value> {
    const entry = this.#entryOf(name, links);
    entry.users++;
    try {
      return await use(await entry.base);
    } finally {
      entry.users--;
      this.#makeRoom();
    }
  }

  #entryOf(name: string, links: number): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) {
      this.#entries.delete(name);
      this.#entries.set(name, known);
      return known;
    }
    const made = { base: this.#openWithRoom(name, links), users: 0 };
    this.#entries.set(name, made);
    // What could not be opened is tried again by the next job.
    made.base.catch(() => this.#entries.delete(name));
    return made;
  }

  /** Gives up all other bases that nobody uses, if the heap has no room for one. */
  async #openWithRoom(name: string, links: number): Promise<OpenBase> {
    try {
      return await this.#open(name, links);
    } catch (error) {
      if (!(error instanceof HeapExhaustedError)) throw error;
      this.#forgetUnused(0);
      return await this.#open(name, links);
    }
  }

  async #open(name: string, links: number): Promise<OpenBase> {
    if (links === 0) throw badData(`base ${name}`, `it has more than ${MOST_LINKS} parents`);
    const [words] = await this.#cache.get([name]);
    const { parent, blocks } = readBaseRecord(words!);
    this.#opened++;
    if (parent === null) {
      return await this.#build(Environment.create(this.#heap), new Names(), blocks);
    }
    return await this.#with(
      parent,
      links - 1,
      async ({ environment, names }) =>
        await this.#build(environment.clone(), names.extended(), blocks),
    );
  }

  /** Carries blocks out on an environment, which is taken over. */
  async #build(
    environment: Environment,
    names: Names,
    blocks: readonly string[],
  ): Promise<OpenBase> {
    try {
      const handle = handleOf(environment);
      const table = new NameTable(handle, names);
      for (let from = 0; from < blocks.length; from += BATCH) {
        for (const words of await this.#cache.get(blocks.slice(from, from + BATCH))) {
          const block = new BlockReader(words, CHANGES, "a change list");
          carryOut(block, handle, table);
          block.end();
          await untilOthersHadTheirTurn();
        }
      }
      return { environment, names };
    } catch (error) {
      environment.dispose();
      throw error;
    }
  }

  #makeRoom(): void {
    this.#forgetUnused(this.#mostKept);
  }

  /** Of bases that nobody uses (BOP1). */
  #forgetUnused(mostKept: number): void {
    for (const [name, { base, users }] of this.#entries) {
      if (this.#entries.size <= mostKept) return;
      if (users > 0) continue;
      this.#entries.delete(name);
      void base.then(
        ({ environment }) => environment.dispose(),
        () => undefined,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#forgetUnused(0);
  }
}

/** Lets locks of jobs be renewed, and what else waits. */
async function untilOthersHadTheirTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
