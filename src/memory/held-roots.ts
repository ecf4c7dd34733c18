/**
 * Held roots: everything that the heap holds at one moment stays as it is, for who looks at it bit by bit.
 *
 *     ledger of the one who looks ──▶ HELD_ROOTS | header | earlier | root | root | …
 *                                                            │         └──────┴─▶ what was held by whomever
 *                                                            └─▶ HELD_ROOTS …
 *
 * What has two holders is copied before it is written (S2). So one reference more to each root, taken while nobody is
 * in the middle of anything, keeps all that can be reached from them, and in the state of that moment.
 *
 * Invariants
 *   HR1  Whatever could be reached at the moment can be reached from the held roots until they are released, but for
 *        the symbol table. Segments that are written in place by more than one holder (places of versions, tasks,
 *        tickets) may lead elsewhere by then; therefore what they led to is held, too.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { allocate, release, retainIn } from "./allocator.js";
import {
  ENVIRONMENT,
  HELD_ROOTS,
  LEDGER,
  MAP_ENTRY,
  MAP_VERSION,
  REGION,
  REGION_CHUNK,
  REGION_REFERENCES,
  RELATION,
  ROW_SPAN,
  SPACE_RECORD,
  STATE_RECORD,
  SYMBOLS,
  TOKENS,
  TREE_LEAF,
  TREE_NODE,
  TREE_ROOT,
  VECTOR,
  VECTOR_DIRECTORY,
} from "./kinds.js";
import type { LocalHeap } from "./layout.js";
import { drop, hold, type LedgerSlot, replaceHeld } from "./ledger.js";
import { HEADER_WORDS, readKind, setChildren } from "./segment.js";
import { forEachChild, outerReferences } from "./walk.js";

const EARLIER: number = HEADER_WORDS;
const FIRST_ROOT: number = EARLIER + 1;
const ROOTS_OF_ONE = 8000;

/** Kinds of which what is held is only added to, or copied before it is written. */
const STEADY: ReadonlySet<number> = new Set([
  REGION,
  REGION_CHUNK,
  REGION_REFERENCES,
  TOKENS,
  TREE_LEAF,
  TREE_NODE,
  TREE_ROOT,
  VECTOR,
  VECTOR_DIRECTORY,
  MAP_ENTRY,
  MAP_VERSION,
  ROW_SPAN,
  ENVIRONMENT,
  SPACE_RECORD,
  RELATION,
  STATE_RECORD,
]);

/** Kinds that lead to nothing that counts, or to what is held anyway. */
const LEFT_OUT: ReadonlySet<number> = new Set([SYMBOLS, LEDGER]);

/** Holds all roots of now, when no other thread uses the heap; the ledger has them. Throws HeapExhaustedError. */
export function holdRoots(heap: LocalHeap): LedgerSlot {
  const { words } = heap;
  const roots = [...presentRoots(words)];
  const slot = hold(heap, makeList(heap, NO_ADDRESS));
  for (let first = 0; first < roots.length; first += ROOTS_OF_ONE) {
    if (first > 0) lengthen(heap, slot);
    const list = words[slot]!;
    for (const [index, root] of roots.slice(first, first + ROOTS_OF_ONE).entries()) {
      retainIn(heap, root);
      words[list + FIRST_ROOT + index] = root;
    }
  }
  return slot;
}

function lengthen(heap: LocalHeap, slot: LedgerSlot): void {
  try {
    replaceHeld(heap, slot, makeList(heap, heap.words[slot]!));
  } catch (error) {
    release(heap, drop(heap, slot));
    throw error;
  }
}

function makeList(heap: LocalHeap, earlier: Address): Address {
  const { words } = heap;
  const list = allocate(heap, FIRST_ROOT + ROOTS_OF_ONE, HELD_ROOTS);
  words.fill(0, list + FIRST_ROOT, list + FIRST_ROOT + ROOTS_OF_ONE);
  words[list + EARLIER] = earlier;
  setChildren(words, list, EARLIER, 1 + ROOTS_OF_ONE);
  return list;
}

/** What is held from outside of segments, and what leads on from there and may lead elsewhere later (HR1). */
export function presentRoots(words: Int32Array): Set<Address> {
  const roots = new Set<Address>();
  const waiting = outerReferences(words);
  for (let root = waiting.pop(); root !== undefined; root = waiting.pop()) {
    const kind = readKind(words, root);
    if (LEFT_OUT.has(kind) || roots.has(root)) continue;
    roots.add(root);
    if (!STEADY.has(kind)) forEachChild(words, root, (child) => waiting.push(child));
  }
  return roots;
}
