/**
 * Connections: to Redis by `ioredis`, to the queue by BullMQ. Both are packages that who uses a cluster installs; nothing
 * but this file loads them.
 *
 *     oxbow:QUEUE-IDENTITY:…         BullMQ's keys: callers and workers of one identity share a queue
 *     oxbow:QUEUE:block:NAME         blocks
 *     oxbow:QUEUE:call:ID            calls under way
 *     oxbow:QUEUE:workers, …:worker:ID
 */
import type { Redis } from "ioredis";
import { describeValue } from "../base/describe.js";
import { OxbowError } from "../base/errors.js";
import { digestOf, type Identity } from "./identity.js";

/** Before every key. */
export const KEY_PREFIX = "oxbow";
const QUEUE: RegExp = /^[\w.-]{1,64}$/;
const DIGEST_LENGTH = 12;
const LONGEST_PAUSE_MS = 2000;
const PAUSE_STEP_MS = 50;

/** What is known of a Redis and a queue there. */
export interface QueueChoice {
  /** Where Redis is: `redis://user:password@host:6379`, `rediss://` with TLS. */
  readonly url: string;
  /** The name of the queue; `oxbow` if not given. */
  readonly queue?: string;
  /** More options of ioredis: `{ tls, username, password, … }`. */
  readonly redis?: Readonly<Record<string, unknown>>;
  /** BullMQ's telemetry, as `bullmq-otel` makes it. */
  readonly telemetry?: object;
}

/** The packages that a cluster needs. */
export interface Packages {
  readonly bullmq: typeof import("bullmq");
  readonly Redis: typeof Redis;
}

/** Loads what a cluster needs. Throws `ERR_PACKAGE_MISSING`, which names it. */
export async function loadPackages(): Promise<Packages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, Redis: ioredis.Redis };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw error;
    const message =
      "cannot use a cluster: it needs the packages bullmq and ioredis; npm install bullmq ioredis";
    throw new OxbowError("ERR_PACKAGE_MISSING", message, {}, { cause: error });
  }
}

/** A connection that is there, and comes back when it was cut. Throws `ERR_CLUSTER_LOST` if there is no Redis. */
export async function connectTo(choice: QueueChoice, packages: Packages): Promise<Redis> {
  const options = {
    retryStrategy: (times: number) => Math.min(times * PAUSE_STEP_MS, LONGEST_PAUSE_MS),
    ...choice.redis,
    // BullMQ waits for as long as Redis is away.
    maxRetriesPerRequest: null,
    lazyConnect: true,
  };
  const redis = new packages.Redis(choice.url, options);
  let last: unknown = null;
  redis.on("error", (error) => {
    last = error;
  });
  try {
    await redis.connect();
    return redis;
  } catch (error) {
    redis.disconnect();
    const reason = describeValue(last ?? error);
    const message = `cannot connect to Redis at ${withoutSecrets(choice.url)}: ${reason}`;
    throw new OxbowError("ERR_CLUSTER_LOST", message, {}, { cause: last ?? error });
  }
}

/** The name of the queue, and what begins the keys that are not BullMQ's. */
export function keysOf(choice: QueueChoice): string {
  return `${KEY_PREFIX}:${choice.queue ?? "oxbow"}`;
}

/** BullMQ's queue of those that have one identity. */
export function queueOf(choice: QueueChoice, identity: Identity): string {
  return `${choice.queue ?? "oxbow"}-${digestOf(identity).slice(0, DIGEST_LENGTH)}`;
}

/** Whether a text can name a queue. */
export function isQueueName(text: string): boolean {
  return QUEUE.test(text);
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return "an address that is none";
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
