/**
 * The symbol table: one id per text in a heap, the same on every thread, permanently.
 *
 *     header segment   0        4      5       6            7      8 …                 …
 *                      | header | lock | count | next texts | hash | retired hashes 24 | entries 4096 |
 *                                                           |··········· children ·················|
 *     entries segment  | header | address of text 0 | address of text 1 | … 4092 of them
 *     hash segment     | header | mask | slot 0 | slot 1 | …         slot: id + 1, 0 when empty
 *     texts segment    | header | earlier texts segment | text | text | …
 *     a text           | length in UTF-16 units | hash | units, two a word |
 *
 * Invariants
 *   Y1  Ids are given out 0, 1, 2, … and never change their text.
 *   Y2  An id is in a hash slot only after its text and its entry are complete.
 *   Y3  A hash table is at most half full; a fuller one is replaced by a copy twice as large. The old
 *       one stays allocated, since other threads may be reading it: together at most as large again.
 *   Y4  Writing happens inside the lock only. A thread that ends inside it leaves at worst a text
 *       without an id.
 *
 * Shared words
 *   lock         `Mutex`.
 *   count, next  writers inside the lock · the same.
 *   hash         the writer inside the lock (store, after filling the table) · everybody (load): a
 *                stale table only misses new texts, and a miss is looked up again inside the lock.
 *   slots        the writer inside the lock (store, Y2) · everybody (load), which acquires the text.
 *   entries      the writer, before the slot · a reader that got the id from a slot, or from a segment
 *                that was published after the id was made.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { allocate, release } from "../memory/allocator.js";
import { type Heap, publishRoot, ROOT_SYMBOLS } from "../memory/heap.js";
import { SYMBOL_TEXT, SYMBOLS } from "../memory/kinds.js";
import { CHUNK_COUNT, CHUNK_WORDS } from "../memory/layout.js";
import { HEADER_WORDS, setChildren } from "../memory/segment.js";
import { mutexAt } from "../memory/thread-slot.js";
import { Mutex } from "../sync/mutex.js";
import { type SymbolAtom, symbol } from "./atom.js";

const LOCK: number = HEADER_WORDS;
const COUNT: number = LOCK + 1;
const NEXT_TEXT: number = COUNT + 1;
/** Child words from here on. */
const HASH: number = NEXT_TEXT + 1;
const TEXTS: number = HASH + 1;
const RETIRED: number = TEXTS + 1;
const RETIRED_CAPACITY = 24;
const ENTRIES: number = RETIRED + RETIRED_CAPACITY;
const ENTRIES_CAPACITY = 4096;
const TABLE_WORDS: number = ENTRIES + ENTRIES_CAPACITY;

export const ENTRIES_PER_SEGMENT = 4092;
const HASH_MASK: number = HEADER_WORDS;
const SLOTS: number = HASH_MASK + 1;
const FIRST_SLOTS = 2048;
const EARLIER_TEXTS: number = HEADER_WORDS;
const TEXTS_WORDS = 4096;
const TEXT_LENGTH = 0;
const TEXT_HASH = 1;
export const TEXT_UNITS = 2;

/** What remains of a table when its hash and its header are left out: all that must be kept of one. */
interface SymbolImage {
  readonly count: number;
  /** The entries segments, in order. */
  readonly entries: readonly Address[];
  /** The texts segment that the last text is in; 0 if there is none. */
  readonly texts: Address;
}

/** One thread's view of the table of one heap, with a cache of what it has seen. */
export class Symbols {
  readonly heap: Heap;
  /** The header segment, to attach from other threads. */
  readonly table: Address;
  readonly #lock: Mutex;
  readonly #ids = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [];
  readonly #atoms: (SymbolAtom | undefined)[] = [];

  /** Makes an empty table; the caller holds its one reference. */
  static create(heap: Heap): Symbols {
    const { words } = heap;
    const table = allocate(heap, TABLE_WORDS, SYMBOLS);
    words.fill(0, table + HEADER_WORDS, table + TABLE_WORDS);
    setChildren(words, table, HASH, TABLE_WORDS - HASH);
    Mutex.initialize(words, table + LOCK);
    words[table + HASH] = createHash(heap, FIRST_SLOTS);
    return new Symbols(heap, table);
  }

  /**
   * The table of the texts in an image, which takes over a reference to each segment of it; the caller holds its
   * one reference. Throws HeapExhaustedError, `ERR_STORE_DAMAGED` for entries that lead to no text.
   */
  static restore(heap: Heap, { count, entries, texts }: SymbolImage): Symbols {
    const { words } = heap;
    const { table } = Symbols.create(heap);
    let slots = FIRST_SLOTS;
    while (count * 2 > slots) slots *= 2; // Y3
    const first = words[table + HASH]!;
    if (slots !== FIRST_SLOTS) {
      words[table + HASH] = createHash(heap, slots);
      release(heap, first);
    }
    words.set(entries, table + ENTRIES);
    words[table + TEXTS] = texts;
    words[table + COUNT] = count;
    const limit = Math.min(words.length, words[CHUNK_COUNT]! * CHUNK_WORDS);
    for (let id = 0; id < count; id++) {
      const text = textAddress(words, table, id);
      const end = text + TEXT_UNITS + ((words[text + TEXT_LENGTH]! + 1) >>> 1);
      if (!(text > 0 && end <= limit && words[text + TEXT_LENGTH]! >= 0)) throw noText(id, text);
      placeSlot(words, words[table + HASH]!, words[text + TEXT_HASH]!, id);
      words[table + NEXT_TEXT] = end;
    }
    if (publishRoot(heap, ROOT_SYMBOLS, table) !== table) throw noText(0, table);
    return new Symbols(heap, table);
  }

  /** A view of the table at `table` for the thread of `heap`. */
  constructor(heap: Heap, table: Address) {
    this.heap = heap;
    this.table = table;
    this.#lock = mutexAt(heap, table + LOCK);
  }

  /** How many texts have ids. */
  get count(): number {
    return Atomics.load(this.heap.words, this.table + COUNT);
  }

  /** The id of a symbol, made if it is new. HeapExhaustedError. A field read when asked again. */
  idOf(atom: SymbolAtom): number {
    const known = atom.idIn(this);
    if (known >= 0) return known;
    const id = this.idOfText(atom.name);
    atom.noteId(this, id);
    return id;
  }

  /** The id of a text, made if it is new. HeapExhaustedError. */
  idOfText(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const hash = hashText(text);
    let id = this.#lookUp(text, hash);
    if (id < 0) id = this.#lock.run(() => this.#add(text, hash));
    this.#remember(id, text);
    return id;
  }

  /** The id of a text, or -1 if it has none; makes nothing. */
  findId(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#lookUp(text, hashText(text));
    if (id >= 0) this.#remember(id, text);
    return id;
  }

  /** The text of an id that this table gave out. An array read when asked again. */
  textOf(id: number): string {
    const known = this.#texts[id];
    if (known !== undefined) return known;
    const text = readText(this.heap.words, textAddress(this.heap.words, this.table, id));
    this.#remember(id, text);
    return text;
  }

  /** The symbol of an id that this table gave out. */
  atomOf(id: number): SymbolAtom {
    const known = this.#atoms[id];
    if (known !== undefined) return known;
    const atom = symbol(this.textOf(id));
    atom.noteId(this, id);
    this.#atoms[id] = atom;
    return atom;
  }

  #remember(id: number, text: string): void {
    // Ids may arrive in any order; the gaps are filled so that the array stays a plain one.
    while (this.#texts.length < id) this.#texts.push(undefined);
    while (this.#atoms.length < id) this.#atoms.push(undefined);
    this.#texts[id] = text;
    this.#ids.set(text, id);
  }

  #lookUp(text: string, hash: number): number {
    const { words } = this.heap;
    const slots = Atomics.load(words, this.table + HASH);
    const mask = words[slots + HASH_MASK]!;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = Atomics.load(words, slots + SLOTS + slot) - 1;
      if (id < 0) return -1;
      if (sameText(words, textAddress(words, this.table, id), text, hash)) return id;
    }
  }

  /** Inside the lock. Every allocation comes before the first write that matters (Y2, Y4). */
  #add(text: string, hash: number): number {
    const found = this.#lookUp(text, hash);
    if (found >= 0) return found;
    const { words } = this.heap;
    const id = words[this.table + COUNT]!;
    this.#growHash(id + 1);
    const entry = this.#entryFor(id);
    words[entry] = this.#writeText(text, hash);
    Atomics.store(words, this.table + COUNT, id + 1);
    insertSlot(words, words[this.table + HASH]!, hash, id);
    return id;
  }

  #entryFor(id: number): Address {
    const { words } = this.heap;
    const index = Math.floor(id / ENTRIES_PER_SEGMENT);
    if (index >= ENTRIES_CAPACITY) {
      throw new OxbowError(
        "ERR_LIMIT",
        `cannot make a symbol: the heap has ${id} of them, which is its limit`,
        {
          limit: id,
        },
      );
    }
    const place = this.table + ENTRIES + index;
    if (words[place] === NO_ADDRESS) {
      const segment = allocate(this.heap, HEADER_WORDS + ENTRIES_PER_SEGMENT, SYMBOLS);
      words[place] = segment;
    }
    return words[place]! + HEADER_WORDS + (id % ENTRIES_PER_SEGMENT);
  }

  #growHash(count: number): void {
    const { words } = this.heap;
    const old = words[this.table + HASH]!;
    const slots = words[old + HASH_MASK]! + 1;
    if (count * 2 <= slots) return; // Y3
    const grown = createHash(this.heap, slots * 2);
    for (let slot = 0; slot < slots; slot++) {
      const id = words[old + SLOTS + slot]! - 1;
      if (id < 0) continue;
      const text = textAddress(words, this.table, id);
      insertSlot(words, grown, words[text + TEXT_HASH]!, id);
    }
    let retired = this.table + RETIRED;
    while (words[retired] !== NO_ADDRESS) retired++;
    words[retired] = old;
    Atomics.store(words, this.table + HASH, grown);
  }

  #writeText(text: string, hash: number): Address {
    const { words } = this.heap;
    const sizeWords = TEXT_UNITS + ((text.length + 1) >>> 1);
    const place = this.#textPlace(sizeWords);
    words[place + TEXT_LENGTH] = text.length;
    words[place + TEXT_HASH] = hash;
    for (let unit = 0; unit < text.length; unit += 2) {
      const low = text.charCodeAt(unit);
      const high = unit + 1 < text.length ? text.charCodeAt(unit + 1) : 0;
      words[place + TEXT_UNITS + (unit >>> 1)] = low | (high << 16);
    }
    return place;
  }

  /** Room for a text: in the current texts segment, or in a new one put in front of it. */
  #textPlace(sizeWords: number): Address {
    const { heap, table } = this;
    const { words } = heap;
    const current = words[table + TEXTS]!;
    const next = words[table + NEXT_TEXT]!;
    // A thread that ended here may have left a `next` of the segment before.
    if (next > current && next + sizeWords <= current + TEXTS_WORDS) {
      words[table + NEXT_TEXT] = next + sizeWords;
      return next;
    }
    const needed = EARLIER_TEXTS + 1 + sizeWords;
    const segment = allocate(heap, Math.max(TEXTS_WORDS, needed), SYMBOL_TEXT);
    words[segment + EARLIER_TEXTS] = current;
    setChildren(words, segment, EARLIER_TEXTS, 1);
    words[table + TEXTS] = segment;
    const place = segment + EARLIER_TEXTS + 1;
    words[table + NEXT_TEXT] = needed > TEXTS_WORDS ? segment + TEXTS_WORDS : place + sizeWords;
    return place;
  }
}

function createHash(heap: Heap, slots: number): Address {
  const segment = allocate(heap, SLOTS + slots, SYMBOLS);
  heap.words[segment + HASH_MASK] = slots - 1;
  heap.words.fill(0, segment + SLOTS, segment + SLOTS + slots);
  return segment;
}

/** As {@link insertSlot}, into a hash that no other thread sees yet. */
function placeSlot(words: Int32Array, slots: Address, hash: number, id: number): void {
  const mask = words[slots + HASH_MASK]!;
  let slot = hash & mask;
  while (words[slots + SLOTS + slot] !== 0) slot = (slot + 1) & mask;
  words[slots + SLOTS + slot] = id + 1;
}

function noText(id: number, address: Address): OxbowError {
  return new OxbowError(
    "ERR_STORE_DAMAGED",
    `cannot load: symbol ${id} has no text at word ${address}`,
    { symbol: id, address },
  );
}

/** Where the address of an id's text stands. */
export function symbolEntry(words: Int32Array, table: Address, id: number): Address {
  const segment = words[table + ENTRIES + Math.floor(id / ENTRIES_PER_SEGMENT)]!;
  return segment + HEADER_WORDS + (id % ENTRIES_PER_SEGMENT);
}

/** Words of the text at an address. */
export function textWords(words: Int32Array, text: Address): number {
  return TEXT_UNITS + ((words[text + TEXT_LENGTH]! + 1) >>> 1);
}

/** The entries segments of the first `count` ids. */
export function entriesSegments(words: Int32Array, table: Address, count: number): Address[] {
  const segments = Math.ceil(count / ENTRIES_PER_SEGMENT);
  return Array.from({ length: segments }, (_, index) => words[table + ENTRIES + index]!);
}

function insertSlot(words: Int32Array, slots: Address, hash: number, id: number): void {
  const mask = words[slots + HASH_MASK]!;
  let slot = hash & mask;
  while (words[slots + SLOTS + slot] !== 0) slot = (slot + 1) & mask;
  Atomics.store(words, slots + SLOTS + slot, id + 1);
}

function textAddress(words: Int32Array, table: Address, id: number): Address {
  const segment = words[table + ENTRIES + Math.floor(id / ENTRIES_PER_SEGMENT)]!;
  return words[segment + HEADER_WORDS + (id % ENTRIES_PER_SEGMENT)]!;
}

function unitAt(words: Int32Array, text: Address, unit: number): number {
  const pair = words[text + TEXT_UNITS + (unit >>> 1)]!;
  return unit & 1 ? pair >>> 16 : pair & 0xffff;
}

function sameText(words: Int32Array, place: Address, text: string, hash: number): boolean {
  if (words[place + TEXT_HASH] !== hash || words[place + TEXT_LENGTH] !== text.length) return false;
  for (let unit = 0; unit < text.length; unit++) {
    if (unitAt(words, place, unit) !== text.charCodeAt(unit)) return false;
  }
  return true;
}

const UNITS_AT_ONCE = 8192;

function readText(words: Int32Array, place: Address): string {
  const length = words[place + TEXT_LENGTH]!;
  let text = "";
  for (let start = 0; start < length; start += UNITS_AT_ONCE) {
    const end = Math.min(length, start + UNITS_AT_ONCE);
    const units: number[] = [];
    for (let unit = start; unit < end; unit++) units.push(unitAt(words, place, unit));
    text += String.fromCharCode(...units);
  }
  return text;
}

/** FNV-1a over UTF-16 units, finished so that the low bits are well spread. */
function hashText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
}
