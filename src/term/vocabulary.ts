/**
 * Vocabulary: what one thread needs to turn atoms into tokens and back: the symbols of a heap and
 * the operations that the thread knows by name.
 */
import { NO_ADDRESS } from "../base/address.js";
import { release } from "../memory/allocator.js";
import { type Heap, loadRoot, publishRoot, ROOT_SYMBOLS } from "../memory/heap.js";
import type { OperationAtom } from "./atom.js";
import { Symbols } from "./symbols.js";

const COMPANION = "vocabulary";

export class Vocabulary {
  readonly heap: Heap;
  readonly symbols: Symbols;
  /** Operations that tokens may name. Every thread of a heap registers the same ones. */
  readonly operations: Map<string, OperationAtom> = new Map();

  constructor(heap: Heap, symbols: Symbols) {
    this.heap = heap;
    this.symbols = symbols;
  }

  /** This thread's vocabulary of the heap's own symbol table, which the first thread to come makes. */
  static of(heap: Heap): Vocabulary {
    const known = heap.companions.get(COMPANION);
    if (known instanceof Vocabulary) return known;
    const made = new Vocabulary(heap, symbolsOf(heap));
    heap.companions.set(COMPANION, made);
    return made;
  }
}

function symbolsOf(heap: Heap): Symbols {
  const found = loadRoot(heap, ROOT_SYMBOLS);
  if (found !== NO_ADDRESS) return new Symbols(heap, found);
  const made = Symbols.create(heap);
  const published = publishRoot(heap, ROOT_SYMBOLS, made.table);
  if (published === made.table) return made;
  release(heap, made.table);
  return new Symbols(heap, published);
}
