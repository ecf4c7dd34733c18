/** What a pool is made with. */
import { asMilliseconds, asOptions, asText, type Checks, refuse } from "../base/arguments.js";
import { asPermissions, type Permissions } from "../eval/host/permissions.js";
import { PoolObserver } from "./pool-observer.js";
import { Trace } from "./trace.js";

/** V8's limits for each thread. */
export interface ResourceLimits {
  /** The most that the JavaScript heap of a thread may have, in MiB. */
  readonly maxOldGenerationSizeMb?: number;
  /** The size of a thread's JavaScript stack, in MiB. */
  readonly stackSizeMb?: number;
}

/** How many threads a pool has, and what they load. */
export interface PoolOptions {
  /** The number of evaluating threads, 1 … 120. */
  readonly threads: number;
  /**
   * The module that makes a thread's library, by a function `library()` that it exports, as a URL
   * (`new URL("./library.mjs", import.meta.url)`) or an absolute path; the standard library if not given.
   * Operations of the host come to the threads this way.
   */
  readonly libraryModule?: string | URL;
  /**
   * How long the module may take to make a thread's library, in milliseconds; 60,000 if not given, and Infinity for
   * as long as it takes. A module that blocks its thread meanwhile is not interrupted.
   */
  readonly startTimeMs?: number;
  /** What programs may touch of the host; nothing if not given. A library of a `libraryModule` says that itself. */
  readonly permissions?: Permissions;
  /**
   * How long a fork runs in place before its remaining branches are posted. By default each thread
   * measures at its start what sharing costs, and uses a small multiple of that.
   */
  readonly heartbeatMs?: number;
  /** Records every branch, call and union. @internal */
  readonly trace?: Trace;
  /** V8's limits for each thread. */
  readonly resourceLimits?: ResourceLimits;
  /** An `Inspector` of `oxbow/inspector`, which looks at calls, branches and threads. */
  readonly inspector?: PoolObserver;
}

/** How long a module may take to make a thread's library, unless the options say so. */
export const START_TIME_MS = 60_000;
/** A fraction of the slots that a heap has: others use it too, and each thread takes a core. */
const THREAD_LIMIT = 120;

const RESOURCE_CHECKS: Checks<ResourceLimits> = {
  maxOldGenerationSizeMb: asSize,
  stackSizeMb: asSize,
};

const CHECKS: Checks<PoolOptions> = {
  threads: asThreads,
  libraryModule: (act, module) => (module instanceof URL ? module : asText(act, module)),
  startTimeMs: asTime,
  permissions: asPermissions,
  heartbeatMs: asMilliseconds,
  trace: (act, trace) => (trace instanceof Trace ? trace : refuse(act, "a Trace", trace)),
  inspector: (act, value) =>
    value instanceof PoolObserver ? value : refuse(act, "an Inspector", value),
  resourceLimits: (act, limits) => asOptions(act, limits, RESOURCE_CHECKS),
};

/** The options, if they are those of a pool. Throws ERR_INVALID_ARGUMENT. */
export function asPoolOptions(act: string, value: PoolOptions): PoolOptions {
  const { libraryModule, permissions } = asOptions(act, value, CHECKS, ["threads"]);
  if (libraryModule !== undefined && permissions !== undefined) {
    const wanted =
      "a library that has the permissions, standardLibrary(permissions), from libraryModule";
    return refuse(`${act} with option permissions`, wanted, permissions);
  }
  return value;
}

function asThreads(act: string, value: unknown): number {
  const isCount = Number.isInteger(value) && Number(value) >= 1 && Number(value) <= THREAD_LIMIT;
  return isCount ? (value as number) : refuse(act, `a number from 1 to ${THREAD_LIMIT}`, value);
}

function asTime(act: string, value: unknown): number {
  return value === 0 ? refuse(act, "more than no time", value) : asMilliseconds(act, value);
}

function asSize(act: string, value: unknown): number {
  const isSize = typeof value === "number" && value > 0 && Number.isFinite(value);
  return isSize ? value : refuse(act, "a size in megabytes", value);
}
