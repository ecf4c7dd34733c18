/**
 * Shared handles: what `share()` gives for another thread to `receive`, the same for everything that threads hand on.
 *
 *     one thread ── share() ──▶ handle ── postMessage, workerData ──▶ receive(handle, …) ── another, or the same
 *
 * A handle is plain data of two kinds (decision 0018). A ticket carries a reference and is good once:
 * environments, regions, queues. A seal carries none and is good any number of times, as long as somebody has a view of what it
 * leads to: shared environments, maps, vectors; a heap's is its memory itself.
 */
import { refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";

/** The classes that share and receive. */
type Shared =
  | "Heap"
  | "Environment"
  | "SharedEnvironment"
  | "SharedMap"
  | "SharedVector"
  | "Packed"
  | "RegionQueue";

/**
 * What `share()` gives, to be sent to another thread, where the class of the name `Kind` receives it: plain data, which survives
 * `postMessage`, `workerData` and `structuredClone`. Each `share` says how many times its handle is good.
 */
export interface SharedHandle<Kind extends string, Content = unknown> {
  /** The class that receives it. */
  readonly kind: Kind;
  /** Type-level only: what a region, or each of a queue, holds; never set. */
  readonly content?: Content;
  /** What the heap knows it by; 0 for the heap. @internal */
  readonly number: number;
  /** Where it is, for those that are received without a heap. @internal */
  readonly memory?: SharedMemory | undefined;
}

/** The memory of a heap, as it goes to another thread. */
interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  readonly tracing: boolean;
  readonly merges: boolean;
  readonly shadows: "none" | "recent" | "markov";
}

/** A handle of that class, as far as its shape tells. Throws ERR_INVALID_ARGUMENT. */
export function asHandle<Kind extends Shared, Content>(
  kind: Kind,
  value: SharedHandle<Kind, Content>,
): SharedHandle<Kind, Content> {
  const given: Partial<SharedHandle<string>> | null | undefined = value;
  const act = `receive ${withArticle(kind)}`;
  if (typeof given?.kind !== "string" || typeof given.number !== "number") {
    return refuse(act, "a handle", given, `share() of ${withArticle(kind)} gives one`);
  }
  if (given.kind === kind) return value;
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot ${act}: this is a handle of ${withArticle(given.kind)}; ${given.kind}.receive takes it`,
    { wanted: kind, given: given.kind },
  );
}

function withArticle(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}
