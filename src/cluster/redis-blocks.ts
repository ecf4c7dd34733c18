/** Blocks in Redis, each under a key that expires. */
import type { Redis } from "ioredis";
import type { Block } from "./block.js";
import type { BlockStore } from "./block-store.js";

export class RedisBlocks implements BlockStore {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #ttlMs: number;

  constructor(redis: Redis, prefix: string, ttlMs: number) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#ttlMs = ttlMs;
  }

  async get(names: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    if (names.length === 0) return [];
    return await this.#redis.mgetBuffer(names.map((name) => this.#key(name)));
  }

  async put(blocks: readonly Block[]): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const { name, bytes } of blocks) {
      const { buffer, byteOffset, byteLength } = bytes;
      const value = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
      pipeline.set(this.#key(name), value, "PX", this.#ttlMs);
    }
    throwFirst(await pipeline.exec());
  }

  async keep(names: readonly string[]): Promise<readonly string[]> {
    if (names.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    for (const name of names) pipeline.pexpire(this.#key(name), this.#ttlMs);
    const replies = throwFirst(await pipeline.exec());
    return names.filter((_, index) => replies[index] === 0);
  }

  async remove(name: string): Promise<void> {
    await this.#redis.del(this.#key(name));
  }

  #key(name: string): string {
    return `${this.#prefix}:block:${name}`;
  }
}

function throwFirst(replies: readonly [Error | null, unknown][] | null): readonly unknown[] {
  return (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
