/**
 * What a segment holds: one number per kind, so that a walk over the heap can name what it meets.
 *
 * The allocator treats all kinds alike: what a segment refers to is in its child range. A kind
 * is for its owner, for statistics and for diagnostics.
 * A number is never given a second meaning: heap images outlive programs.
 *
 * Invariants
 *   KI1  A kind is 1 … 255; 0 marks a block that is not a segment (free, or on its way to be).
 */
export const FREE_BLOCK = 0;

// memory
export const LEDGER = 1;
export const REGION = 2;
export const REGION_CHUNK = 3;
export const REGION_REFERENCES = 4;
/** A bare block of words without a container's meaning (tests, buffers, queues). */
export const RAW = 5;
/** A reference on its way to another thread. */
export const TICKET = 6;
/** What is held for as long as a collection looks at it. */
export const HELD_ROOTS = 7;

// term
export const SYMBOLS = 16;
export const SYMBOL_TEXT = 17;
export const TOKENS = 18;

// containers
export const TREE_LEAF = 32;
export const TREE_NODE = 33;
export const VECTOR = 34;
export const VECTOR_DIRECTORY = 35;
export const TREE_ROOT = 36;
export const SHARED_ROOT = 37;
export const MAP_ENTRY = 38;
export const MAP_VERSION = 39;
export const ROW_SPAN = 40;

// environment
export const ENVIRONMENT = 48;
export const SPACE_RECORD = 49;
export const RELATION = 50;
export const STATE_RECORD = 52;

// persist, parallel
export const QUEUE = 64;
export const TASK = 65;

// eval
export const BUDGET = 66;

/** Kinds whose holder owns and writes what their segments refer to: roots, directories, nodes of trees. */
const DEEP = new Uint8Array(256);
for (const kind of [
  SYMBOLS,
  TREE_NODE,
  VECTOR_DIRECTORY,
  TREE_ROOT,
  MAP_VERSION,
  ENVIRONMENT,
  SPACE_RECORD,
  RELATION,
]) {
  DEEP[kind] = 1;
}

/** Whether the only holder of a segment of the kind also writes what it refers to. */
export function isDeep(kind: number): boolean {
  return DEEP[kind] === 1;
}

/** The names of the kinds, for statistics and messages. */
const KIND_NAMES: ReadonlyMap<number, string> = new Map([
  [FREE_BLOCK, "free"],
  [LEDGER, "ledger"],
  [REGION, "region"],
  [REGION_CHUNK, "region chunk"],
  [REGION_REFERENCES, "region references"],
  [RAW, "raw"],
  [TICKET, "ticket"],
  [HELD_ROOTS, "held roots"],
  [SYMBOLS, "symbols"],
  [SYMBOL_TEXT, "symbol text"],
  [TOKENS, "tokens"],
  [TREE_LEAF, "tree leaf"],
  [TREE_ROOT, "tree root"],
  [SHARED_ROOT, "shared root"],
  [MAP_ENTRY, "map entry"],
  [MAP_VERSION, "map"],
  [ROW_SPAN, "row span"],
  [TREE_NODE, "tree node"],
  [VECTOR, "vector"],
  [VECTOR_DIRECTORY, "vector directory"],
  [ENVIRONMENT, "environment"],
  [SPACE_RECORD, "space"],
  [RELATION, "relation"],
  [STATE_RECORD, "state"],
  [QUEUE, "queue"],
  [TASK, "task"],
  [BUDGET, "budget"],
]);

/** The kind's name, or `kind N` for a number without one. */
export function kindName(kind: number): string {
  return KIND_NAMES.get(kind) ?? `kind ${kind}`;
}
