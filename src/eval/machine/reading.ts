/**
 * Reading for tables: while a machine runs, what it reads is noted for the table that it makes; while it makes none, and
 * when it does not run, for whoever else wants to know. Several machines may have a turn on one environment: an operation
 * evaluates something, or two evaluations wait for the event loop.
 */
import type { Handle } from "../../environment/handle.js";
import type { Reads } from "../../environment/reads.js";

interface Reading {
  readonly handle: Handle;
  readonly branches: {
    readonly tabling: { readonly reads: Reads | null } | null;
    around: Reads | null;
  };
}

/** Runs a machine for a while. */
export function whileReading({ handle, branches }: Reading, run: () => void): void {
  const around = handle.reads;
  branches.around = around;
  handle.reads = branches.tabling?.reads ?? around;
  try {
    run();
  } finally {
    handle.reads = around;
    branches.around = null;
  }
}
