/**
 * The symbol table: one id per text in a heap, the same on every thread, as long as anything refers to it.
 *
 * `symbol-layout.ts` has its words. Ids come back: one that nothing in the heap and no thread refers to is taken from its
 * text by a collection (symbol-sweep.ts) and goes to the next new text, and so does the place of the text.
 *
 *     free ──new text──▶ in use ──nothing refers to it──▶ dying ──▶ free
 *
 * A thread refers to every id that it has asked for in the present epoch (renewal.ts): asking puts the epoch into
 * the id's stamp. When the next epoch begins the thread forgets them all, and whatever it keeps that is made of ids goes
 * by `era`: what was made in another era is made again before it is used for anything but a version of an environment
 * that was there at the time.
 *
 * Invariants
 *   Y1  The text of an id does not change while anything refers to the id: a segment, or a thread in this epoch.
 *   Y2  An id is in a hash slot only after its text, its entry and its stamp are complete.
 *   Y3  Of the slots of a hash at most half are used; a fuller one is replaced by a larger one. The old one stays
 *       until the next epoch, since other threads may be reading it.
 *   Y4  Writing happens inside the lock only, but for stamps. A thread that ends inside it leaves at worst a place of a
 *       text that nobody uses, or an id that the next sweep finds.
 *   Y5  Who finds an id by its text reads the stamp, compares, and then puts its epoch into the stamp it has read
 *       (compareExchange). No stamp of the epoch ever dies in it, and none comes back to what it was before: so if the
 *       exchange takes place, what was compared was the id's text all the time.
 *
 * Shared words
 *   lock         `Mutex`.
 *   count, next text, floor, free ids and texts, trigger   writers inside the lock · the same.
 *   hash         the writer inside the lock (store, after filling the table) · everybody (load): a
 *                stale table only misses new texts, and a miss is looked up again inside the lock.
 *   slots        the writer inside the lock (store, Y2) · everybody (load), which acquires the text.
 *   entries      the writer, before the stamp · a reader that got the id by its text, or from a segment
 *                that was published after the id was made.
 *   stamps       whoever finds an id by its text (compareExchange to the epoch, Y5) · a sweep inside the lock
 *                (compareExchange to DYING, then stores) · the writer who gives the id away (store, after its entry).
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
import { ageSymbols, type SymbolAtom, symbol } from "./atom.js";
import {
  createHash,
  FIRST_SLOTS,
  findInHash,
  insertSlot,
  placeSlot,
  slotCount,
} from "./symbol-hash.js";
import {
  COUNT,
  EARLIER_TEXTS,
  ENTRIES,
  ENTRIES_PER_SEGMENT,
  FLOOR,
  FREE,
  FREE_COUNT,
  FREE_TEXTS,
  HASH,
  LOCK,
  LOOK_FROM,
  NEXT_TEXT,
  PERMANENT,
  RETIRED,
  RETIRED_CAPACITY,
  SEGMENTS_CAPACITY,
  STAMPS,
  symbolEntry,
  symbolStamp,
  TABLE_WORDS,
  TEXTS,
  TEXTS_WORDS,
  TRIGGER,
  textAddress,
} from "./symbol-layout.js";
import {
  hashText,
  readText,
  readTextHash,
  sameText,
  TEXT_UNITS,
  textClassOf,
  textWords,
  wordsFor,
  wordsOfTextClass,
  writeText,
} from "./symbol-text.js";

/** With fewer ids in use nothing is collected unless it is asked for. */
export const FIRST_TRIGGER = 65_536;
/** Where ids are so rarely free, a new one is taken: no text waits for a long search. */
const LOOKED_AT = 256;

/** What remains of a table when its hash and its header are left out: all that must be kept of one. */
interface SymbolImage {
  readonly count: number;
  /** The entries segments, in order. */
  readonly entries: readonly Address[];
  /** The texts segment that the last text is in; 0 if there is none. */
  readonly texts: Address;
}

/** One thread's view of the table of one heap, with a cache of what it has seen in this epoch. */
export class Symbols {
  readonly heap: Heap;
  /** The header segment, to attach from other threads. */
  readonly table: Address;
  /** Another object in each epoch: what is made of ids is good while this is the one it was made with. */
  era: object = {};
  /** Called when there are so many ids that a collection is worth its while. */
  onGrowth: (() => void) | null = null;
  readonly #lock: Mutex;
  readonly #ids = new Map<string, number>();
  #texts: (string | undefined)[] = [];
  #atoms: (SymbolAtom | undefined)[] = [];

  /** Makes an empty table; the caller holds its one reference. */
  static create(heap: Heap): Symbols {
    const { words } = heap;
    const table = allocate(heap, TABLE_WORDS, SYMBOLS);
    words.fill(0, table + HEADER_WORDS, table + TABLE_WORDS);
    setChildren(words, table, HASH, TABLE_WORDS - HASH);
    Mutex.initialize(words, table + LOCK);
    words[table + TRIGGER] = FIRST_TRIGGER;
    words[table + HASH] = createHash(heap, FIRST_SLOTS);
    return new Symbols(heap, table);
  }

  /**
   * The table of the texts in an image, which takes over a reference to each segment of it and keeps its ids; the caller
   * holds its one reference. Throws HeapExhaustedError, `ERR_STORE_DAMAGED` for entries that lead to no text.
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
    words[table + FLOOR] = count;
    for (let segment = 0; segment < entries.length; segment++) {
      words[table + STAMPS + segment] = createStamps(heap);
    }
    const limit = Math.min(words.length, words[CHUNK_COUNT]! * CHUNK_WORDS);
    for (let id = 0; id < count; id++) {
      const text = textAddress(words, table, id);
      if (text === NO_ADDRESS) {
        words[symbolStamp(words, table, id)] = FREE;
        words[table + FREE_COUNT] = words[table + FREE_COUNT]! + 1;
        continue;
      }
      const end = text + textWords(words, text);
      if (!(text > 0 && end <= limit && end >= text + TEXT_UNITS)) throw noText(id, text);
      placeSlot(words, words[table + HASH]!, readTextHash(words, text), id);
      const isLast = text > texts && text < texts + TEXTS_WORDS;
      if (isLast && end > words[table + NEXT_TEXT]!) words[table + NEXT_TEXT] = end;
    }
    if (publishRoot(heap, ROOT_SYMBOLS, table) !== table) throw noText(0, table);
    return new Symbols(heap, table);
  }

  /** A view of the table at `table` for the thread of `heap`. */
  constructor(heap: Heap, table: Address) {
    this.heap = heap;
    this.table = table;
    this.#lock = mutexAt(heap, table + LOCK);
    heap.renewals.push(() => this.#forget());
  }

  /** How many ids were ever given out. */
  get count(): number {
    return Atomics.load(this.heap.words, this.table + COUNT);
  }

  /** How many texts have ids. */
  get used(): number {
    return this.count - Atomics.load(this.heap.words, this.table + FREE_COUNT);
  }

  /** The id of a symbol, made if it is new. HeapExhaustedError. A field read when asked again. */
  idOf(atom: SymbolAtom): number {
    const known = atom.idIn(this.era);
    if (known >= 0) return known;
    const id = this.idOfText(atom.name);
    atom.noteId(this.era, id);
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

  /** The id of a text, which it has for the heap's life from now on. HeapExhaustedError. */
  permanentIdOf(text: string): number {
    const id = this.idOfText(text);
    const { words } = this.heap;
    // It has the stamp of this epoch, which nobody changes.
    Atomics.store(words, symbolStamp(words, this.table, id), PERMANENT);
    return id;
  }

  /** The id of a text, or -1 if it has none; makes nothing. */
  findId(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const hash = hashText(text);
    let id = this.#lookUp(text, hash);
    if (id < 0) id = this.#lock.run(() => this.#lookUp(text, hash));
    if (id >= 0) this.#remember(id, text);
    return id;
  }

  /** The text of an id that this table gave out. An array read when asked again. */
  textOf(id: number): string {
    const known = this.#texts[id];
    if (known !== undefined) return known;
    const { words } = this.heap;
    const text = readText(words, textAddress(words, this.table, id));
    this.#use(id);
    this.#remember(id, text);
    return text;
  }

  /** The symbol of an id that this table gave out. */
  atomOf(id: number): SymbolAtom {
    const known = this.#atoms[id];
    if (known !== undefined) return known;
    const atom = symbol(this.textOf(id));
    atom.noteId(this.era, id);
    this.#atoms[id] = atom;
    return atom;
  }

  /** The present ids stay as they are for the heap's life, free ones too. How many there are. */
  keepAll(): number {
    const { words } = this.heap;
    const { table } = this;
    return this.#lock.run(() => {
      const count = words[table + COUNT]!;
      words[table + FLOOR] = count;
      words[table + LOOK_FROM] = count;
      return count;
    });
  }

  /** Runs `action` inside the lock; for a sweep (symbol-sweep.ts). */
  locked<Result>(action: () => Result): Result {
    return this.#lock.run(action);
  }

  /** Releases hashes that were replaced; when no other thread is inside. */
  releaseRetired(): void {
    const { words } = this.heap;
    for (let place = this.table + RETIRED; ; place++) {
      const hash = words[place]!;
      if (place === this.table + RETIRED + RETIRED_CAPACITY || hash === NO_ADDRESS) return;
      words[place] = NO_ADDRESS;
      release(this.heap, hash);
    }
  }

  /** Another epoch: what is known of ids may not be true any more. */
  #forget(): void {
    ageSymbols();
    this.era = {};
    this.#ids.clear();
    this.#texts = [];
    this.#atoms = [];
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
    return findInHash(words, slots, hash, (id) => this.#claims(id, text, hash));
  }

  /** Whether the id has the text; from then on it is this thread's, too (Y5). */
  #claims(id: number, text: string, hash: number): boolean {
    const { words, epoch } = this.heap;
    const stampAt = symbolStamp(words, this.table, id);
    for (;;) {
      const stamp = Atomics.load(words, stampAt);
      if (stamp < 0 || !sameText(words, textAddress(words, this.table, id), text, hash))
        return false;
      if (stamp === epoch || stamp === PERMANENT) return true;
      if (Atomics.compareExchange(words, stampAt, stamp, epoch) === stamp) return true;
    }
  }

  /** An id that this thread has from a segment is this thread's, too, whatever becomes of the segment. */
  #use(id: number): void {
    const { words, epoch } = this.heap;
    const stampAt = symbolStamp(words, this.table, id);
    const stamp = Atomics.load(words, stampAt);
    if (stamp >= 0 && stamp < epoch) Atomics.compareExchange(words, stampAt, stamp, epoch);
  }

  /** Inside the lock. Every allocation comes before the first write that matters (Y2, Y4). */
  #add(text: string, hash: number): number {
    const found = this.#lookUp(text, hash);
    if (found >= 0) return found;
    const { words, epoch } = this.heap;
    const { table } = this;
    const count = words[table + COUNT]!;
    const used = count - words[table + FREE_COUNT]!;
    this.#growHash(used + 1);
    const id = this.#freeId(count);
    if (id === count) this.#makeRoom(id);
    const place = this.#textPlace(wordsFor(text));
    writeText(words, place, text, hash);
    words[symbolEntry(words, table, id)] = place;
    Atomics.store(words, symbolStamp(words, table, id), epoch);
    if (id === count) Atomics.store(words, table + COUNT, id + 1);
    else Atomics.store(words, table + FREE_COUNT, words[table + FREE_COUNT]! - 1);
    insertSlot(words, words[table + HASH]!, hash, id);
    if (used >= words[table + TRIGGER]!) this.onGrowth?.();
    return id;
  }

  /** An id that came back, or the next one. */
  #freeId(count: number): number {
    const { words } = this.heap;
    const { table } = this;
    if (words[table + FREE_COUNT] === 0) return count;
    const first = words[table + LOOK_FROM]!;
    const end = Math.min(count, first + LOOKED_AT);
    let id = first;
    while (id < end && words[symbolStamp(words, table, id)] !== FREE) id++;
    words[table + LOOK_FROM] = id;
    return id < end ? id : count;
  }

  /** Sees to it that an id that was never given out has an entry and a stamp. */
  #makeRoom(id: number): void {
    const { words } = this.heap;
    const index = Math.floor(id / ENTRIES_PER_SEGMENT);
    if (index >= SEGMENTS_CAPACITY) {
      throw new OxbowError(
        "ERR_LIMIT",
        `cannot make a symbol: the heap has ${id} of them, which is its limit`,
        {
          limit: id,
        },
      );
    }
    const stamps = this.table + STAMPS + index;
    if (words[stamps] === NO_ADDRESS) words[stamps] = createStamps(this.heap);
    const entries = this.table + ENTRIES + index;
    if (words[entries] !== NO_ADDRESS) return;
    const segment = allocate(this.heap, HEADER_WORDS + ENTRIES_PER_SEGMENT, SYMBOLS);
    words.fill(0, segment + HEADER_WORDS, segment + HEADER_WORDS + ENTRIES_PER_SEGMENT);
    words[entries] = segment;
  }

  #growHash(used: number): void {
    const { words } = this.heap;
    const { table } = this;
    const old = words[table + HASH]!;
    const slots = slotCount(words, old);
    if (used * 2 <= slots) return; // Y3
    const grown = createHash(this.heap, slots * 2);
    const count = words[table + COUNT]!;
    for (let id = 0; id < count; id++) {
      if (words[symbolStamp(words, table, id)]! < 0) continue;
      const text = textAddress(words, table, id);
      placeSlot(words, grown, readTextHash(words, text), id);
    }
    let retired = table + RETIRED;
    while (words[retired] !== NO_ADDRESS) retired++;
    words[retired] = old;
    Atomics.store(words, table + HASH, grown);
  }

  /** Room for a text: a place that another text has left, or a new one. */
  #textPlace(sizeWords: number): Address {
    const { words } = this.heap;
    const textClass = textClassOf(sizeWords);
    const head = this.table + FREE_TEXTS + textClass;
    const free = words[head]!;
    if (free === NO_ADDRESS) return this.#newPlace(wordsOfTextClass(textClass));
    words[head] = words[free]!;
    return free;
  }

  /** A place in the current texts segment, or in a new one put in front of it. */
  #newPlace(sizeWords: number): Address {
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

function createStamps(heap: Heap): Address {
  const segment = allocate(heap, HEADER_WORDS + ENTRIES_PER_SEGMENT, SYMBOLS);
  heap.words.fill(0, segment + HEADER_WORDS, segment + HEADER_WORDS + ENTRIES_PER_SEGMENT);
  return segment;
}

function noText(id: number, address: Address): OxbowError {
  return new OxbowError(
    "ERR_STORE_DAMAGED",
    `cannot load: symbol ${id} has no text at word ${address}`,
    { symbol: id, address },
  );
}
