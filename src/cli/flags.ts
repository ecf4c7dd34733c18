/** The flags of the commands, as the argument parser collects them. */

/** What a program may access on the host. */
export interface PermissionFlags {
  /** Folders; undefined: none. */
  readonly allowRead?: readonly string[];
  readonly allowWrite?: readonly string[];
}

/** Where each evaluation stops; undefined: nowhere. */
export interface LimitFlags {
  /** Milliseconds. */
  readonly maxTime?: number;
  /** Calls reduced by a rule. */
  readonly maxSteps?: number;
  /** Bytes. */
  readonly maxMemory?: number;
  readonly maxResults?: number;
}

/** Flags of `oxbow run`. */
export interface RunFlags extends PermissionFlags, LimitFlags {
  /** Undefined: as many as there are cores, for forks. */
  readonly threads?: number;
  /** The directory of the store that the programs are run in. */
  readonly store?: string;
  /** The Redis of the workers that evaluate, and the queue that they take branches from. */
  readonly cluster?: string;
  readonly queue?: string;
  readonly time?: true;
  readonly json?: true;
  readonly check?: true;
  readonly stopOnError?: true;
  /** Show where errors arose. */
  readonly trace?: true;
  /** Show the reductions of each `!`. */
  readonly explain?: true;
  /** The file that the trace is written to. */
  readonly traceEvents?: string;
  /** The file that the shape of the environment is written to. */
  readonly inspectFile?: string;
  /** The port of the inspector's page, 0 for any. */
  readonly inspect?: number;
  /** The file that the inspector's recording is written to. */
  readonly record?: string;
  /** Show what the rules have cost. */
  readonly profile?: true;
}
