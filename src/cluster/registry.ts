/** Registry: in Redis, which workers there are and which calls are under way. Who dies goes from it when its time to live is over. */
import type { Redis } from "ioredis";
import { type Identity, isIdentity } from "./identity.js";

/** A worker, as it tells of itself. */
export interface WorkerNote {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly threads: number;
  readonly identity: Identity;
  /** Jobs that it has now, and branches that it has evaluated. */
  readonly running: number;
  readonly done: number;
}

/** A call, as its caller tells of it. */
export interface CallNote {
  readonly id: string;
  readonly host: string;
  readonly branches: number;
  readonly done: number;
  readonly startedMs: number;
}

/** How long a worker is counted that tells nothing. */
const WORKER_TTL_MS = 15_000;
export const WORKER_BEAT_MS = 5000;

export class Registry {
  readonly #redis: Redis;
  readonly #keys: string;

  constructor(redis: Redis, keys: string) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async tellWorker(note: WorkerNote): Promise<void> {
    await this.#tell("worker", note.id, note, WORKER_TTL_MS);
  }

  async removeWorker(id: string): Promise<void> {
    await this.#remove("worker", id);
  }

  /** Those that have told of themselves lately. */
  async workers(): Promise<WorkerNote[]> {
    const notes = await this.#notes<WorkerNote>("worker");
    return notes.filter(({ identity }) => isIdentity(identity));
  }

  /** A call is under way for that long, unless it is told of again. */
  async tellCall(note: CallNote, ttlMs: number): Promise<void> {
    await this.#tell("call", note.id, note, ttlMs);
  }

  async removeCall(id: string): Promise<void> {
    await this.#remove("call", id);
  }

  async calls(): Promise<CallNote[]> {
    return await this.#notes<CallNote>("call");
  }

  /** Of those calls, which are under way. */
  async underWay(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const found = await this.#redis.mget(ids.map((id) => this.#key("call", id)));
    return new Set(ids.filter((_, index) => found[index] !== null));
  }

  async #tell(kind: string, id: string, note: object, ttlMs: number): Promise<void> {
    const told = this.#redis.pipeline().sadd(this.#list(kind), id);
    await told.set(this.#key(kind, id), JSON.stringify(note), "PX", ttlMs).exec();
  }

  async #remove(kind: string, id: string): Promise<void> {
    await this.#redis.pipeline().srem(this.#list(kind), id).del(this.#key(kind, id)).exec();
  }

  async #notes<Note>(kind: string): Promise<Note[]> {
    const ids = await this.#redis.smembers(this.#list(kind));
    if (ids.length === 0) return [];
    const texts = await this.#redis.mget(ids.map((id) => this.#key(kind, id)));
    const gone = ids.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await this.#redis.srem(this.#list(kind), gone);
    return texts.flatMap((text) => {
      const note = text === null || text === undefined ? null : parse(text);
      return note === null ? [] : [note as Note];
    });
  }

  #list(kind: string): string {
    return `${this.#keys}:${kind}s`;
  }

  #key(kind: string, id: string): string {
    return `${this.#keys}:${kind}:${id}`;
  }
}

/** Null for what is no record in JSON. */
function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
