/**
 * What an inspector records, sends to its page and writes into files: plain JSON.
 *
 *     thread's tap ──events──▶ recording ──▶ page (as they come), file (those that are kept)
 */
import type { FactPage, FactSearch, RelationRow } from "../environment/fact-pages.js";
import type { WriteSummary } from "../environment/write-summary.js";
import type { BlockShape, ChunkShape } from "../memory/heap-map.js";
import type { LockState } from "../parallel/lock-table.js";

export type { BlockShape, ChunkShape, FactPage, FactSearch, LockState, RelationRow, WriteSummary };

/** Of a file that `--record` writes; another number is refused. */
export const RECORDING_VERSION = 1;

interface Told {
  /** Milliseconds since the epoch. */
  readonly t: number;
  /** The slot of the thread that tells; 0 where it has none. */
  readonly thread: number;
}

/** A fork, a call of a pool, or a window of expressions that are evaluated ahead. */
interface ForkEvent extends Told {
  readonly kind: "fork";
  /** By which its branches name it; the newest fork of that seed is meant. */
  readonly seed: number;
  /** Of the first branch. */
  readonly first: number;
  readonly count: number;
  /** The first branch's atom. */
  readonly text: string;
  readonly how: "fork" | "race" | "ahead" | "call";
  /** The seed of the branch that forks; null for none. */
  readonly parent: number | null;
  readonly depth: number;
}

/** The end of a fork. */
interface JoinEvent extends Told {
  readonly kind: "join";
  readonly seed: number;
  readonly ms: number;
}

interface BranchEvent extends Told {
  readonly kind: "branch";
  readonly seed: number;
  readonly fork: number;
  readonly index: number;
  readonly text: string;
  readonly status: string;
  readonly ms: number;
  readonly steps: number;
  readonly results: number;
  readonly segmentsCopied: number;
  readonly wrote: WriteSummary | null;
}

/** A `!` begins. */
interface RunEvent extends Told {
  readonly kind: "run";
  readonly run: number;
  readonly text: string;
  /** `file:line:column`, as far as it is known. */
  readonly place?: string;
}

/** A `!` has come to its end. */
interface RanEvent extends Told {
  readonly kind: "ran";
  readonly run: number;
  readonly ms: number;
  readonly results: readonly string[];
  readonly resultCount: number;
  readonly stopped: string;
  readonly steps: number;
  readonly wrote: WriteSummary | null;
}

interface TaskEvent extends Told {
  readonly kind: "task";
  readonly ms: number;
  readonly branches: number;
  /** The slot of the thread that it was stolen from; null for a thread's own. */
  readonly forker: number | null;
}

interface WaitEvent extends Told {
  readonly kind: "wait";
  readonly ms: number;
  /** `work`, `branches`, or `mutex NAME`. */
  readonly what: string;
}

interface UnionEvent extends Told {
  readonly kind: "union";
  readonly ms: number;
}

/** What was shared under a name has changed. */
interface VersionEvent extends Told {
  readonly kind: "version";
  readonly name: string;
  readonly wrote: WriteSummary;
}

export type InspectionEvent =
  | ForkEvent
  | JoinEvent
  | BranchEvent
  | RunEvent
  | RanEvent
  | TaskEvent
  | WaitEvent
  | UnionEvent
  | VersionEvent;

/** How complete a recording is. */
export interface RecordingState {
  /** Whether it may still grow. */
  readonly isLive: boolean;
  readonly startedMs: number;
  /** Events that are kept; the oldest were dropped. */
  readonly kept: number;
  readonly dropped: number;
  /** What threads had no room or no time to tell. */
  readonly untold: number;
  /** Whether rules are counted. */
  readonly profiles: boolean;
}

/** An environment that can be looked at. */
export interface ShownEnvironment {
  readonly id: number;
  readonly label: string;
  readonly t: number;
  readonly atoms: number;
}

/** What a rule has cost. */
export interface ProfileRow {
  readonly rule: string;
  /** `file:line:column`; null where it is not known. */
  readonly place: string | null;
  readonly calls: number;
  /** From samples; on all threads together. */
  readonly ms: number;
}

/** What the rules of a program have cost so far. */
export interface ProfileReport {
  readonly rows: readonly ProfileRow[];
  /** Time of evaluation in which no rule had been applied, or one without a number. */
  readonly otherMs: number;
  readonly samples: number;
}

/** A reduction in a tree, by its place in the list of all. */
export interface TreeNode {
  readonly parent: number;
  readonly depth: number;
  /** `call`: an expression that was evaluated · `becomes`: what it was replaced by · `gives`: a value. */
  readonly kind: "call" | "becomes" | "gives";
  readonly text: string;
  /** The places of the rules that may have made it. */
  readonly places: readonly string[];
  /** From when it was evaluated to its last value. */
  readonly ms: number;
}

export interface TreeReport {
  readonly run: number;
  readonly text: string;
  readonly nodes: readonly TreeNode[];
  /** Whether the evaluation is there up to its end. */
  readonly isComplete: boolean;
  /** Why there is no tree. */
  readonly problem?: string;
}

export interface HeapReport {
  readonly heap: number;
  readonly chunks: readonly ChunkShape[];
  readonly chunkWords: number;
  readonly reservedBytes: number;
}

/** What a recorded file holds. */
export interface Recording {
  readonly oxbowRecording: number;
  readonly state: RecordingState;
  readonly events: readonly InspectionEvent[];
  readonly environments: readonly (ShownEnvironment & {
    readonly relations: readonly (RelationRow & { readonly facts: readonly string[] })[];
  })[];
  readonly heaps: readonly HeapReport[];
  readonly locks: readonly LockState[];
  readonly profile: ProfileReport;
  readonly trees: readonly TreeReport[];
}

/** Where the page asks, live or of a file. What is not there is null. */
export interface Inspection {
  state(): RecordingState;
  /** Events from a number on; as many as there were before the first that is kept are dropped. */
  eventsFrom(first: number): {
    readonly first: number;
    readonly events: readonly InspectionEvent[];
  };
  environments(): readonly ShownEnvironment[];
  relations(environment: number): readonly RelationRow[];
  facts(environment: number, relation: string, from: number, count: number): FactPage;
  search(environment: number, relation: string, wanted: string): FactSearch;
  heaps(): readonly HeapReport[];
  blocks(heap: number, chunk: number): readonly BlockShape[];
  locks(): readonly LockState[];
  profile(): ProfileReport;
  tree(run: number): TreeReport;
  recording(): Recording;
}
