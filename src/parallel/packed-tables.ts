/**
 * Packed tables: the tables that the branches of a fork begin with, in one segment, for other threads (TB5).
 *
 *     header │ writer, sequence │ count │ what the dictionary's numbers stand for │ a table │ … │ tokens of its leaves
 *                                         └──────────────────────── count ────────────────────────┘
 *
 *     a number:   0                              the next leaf
 *                 1 place, 0 or 1                a variable's place; 1: its name is the next leaf
 *                 2 + evaluated, count, parts …  an expression
 *     a table:    key │ places │ what was read │ answers           lists have their count before them
 *
 * Writer (a thread's incarnation) and sequence name the segment for good: its address may be another's later.
 * Written by the forker before the job is published, never changed. A table that is out of date at the fork is left out: no
 * branch would use it.
 */
import type { Address } from "../base/address.js";
import type { Handle } from "../environment/handle.js";
import { Reads } from "../environment/reads.js";
import { AtomDictionary, type Entry } from "../eval/tabling/atom-dictionary.js";
import type { KnownTables } from "../eval/tabling/known-tables.js";
import { Table } from "../eval/tabling/table.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { TOKENS } from "../memory/kinds.js";
import { HEADER_WORDS } from "../memory/segment.js";
import { type Atom, type SymbolAtom, symbol } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { encodeInto, measure } from "../term/encode.js";
import { skip } from "../term/tokens.js";
import type { Vocabulary } from "../term/vocabulary.js";

const WRITER: number = HEADER_WORDS;
const SEQUENCE: number = WRITER + 1;
const COUNT: number = SEQUENCE + 1;
const NUMBERS: number = COUNT + 1;

const LEAF = 0;
const PLACE = 1;
const PARTS = 2;
const EVALUATED_PARTS = 3;

const COMPANION = "packed-tables";

/** How many segments this thread has made in a heap. */
interface Made {
  count: number;
}

function nextSequence({ companions }: Heap): number {
  const made = (companions.get(COMPANION) as Made | undefined) ?? { count: 0 };
  companions.set(COMPANION, made);
  return ++made.count;
}

/** A segment with the tables that are current for the forker. Throws HeapExhaustedError. */
export function packTables(vocabulary: Vocabulary, known: KnownTables, handle: Handle): Address {
  const leaves: Atom[] = [];
  const numbers: number[] = [known.dictionary.size];
  for (const entry of known.dictionary.entries()) writeEntry(entry, numbers, leaves);
  for (const table of known.tables()) {
    if (table.reads!.isCurrent(handle)) writeTable(table, numbers);
  }
  return toSegment(vocabulary, numbers, leaves);
}

function writeEntry(entry: Entry, numbers: number[], leaves: Atom[]): void {
  if (entry.is === "leaf") {
    numbers.push(LEAF);
    leaves.push(entry.atom);
  } else if (entry.is === "place") {
    numbers.push(PLACE, entry.place, entry.name === "" ? 0 : 1);
    if (entry.name !== "") leaves.push(symbol(entry.name));
  } else {
    numbers.push(entry.evaluated ? EVALUATED_PARTS : PARTS, entry.parts.length);
    for (const part of entry.parts) numbers.push(part);
  }
}

function writeTable({ key, places, reads, answers }: Table, numbers: number[]): void {
  writeList(
    numbers,
    Array.from({ length: key.length }, (_, at) => key.charCodeAt(at)),
  );
  numbers.push(places);
  writeList(numbers, reads!.numbers());
  writeList(numbers, answers.numbers());
}

function writeList(numbers: number[], list: Iterable<number>): void {
  const at = numbers.push(0) - 1;
  for (const each of list) numbers.push(each);
  numbers[at] = numbers.length - at - 1;
}

function toSegment(
  vocabulary: Vocabulary,
  numbers: readonly number[],
  leaves: readonly Atom[],
): Address {
  const { heap } = vocabulary;
  const sizes = leaves.map(measure);
  const size = sizes.reduce((sum, each) => sum + each, NUMBERS + numbers.length);
  const segment = allocate(heap, size, TOKENS);
  const { words } = heap;
  try {
    words[segment + WRITER] = heap.incarnation;
    words[segment + SEQUENCE] = nextSequence(heap);
    words[segment + COUNT] = numbers.length;
    words.set(numbers, segment + NUMBERS);
    let at = segment + NUMBERS + numbers.length;
    for (const [index, leaf] of leaves.entries()) {
      at += encodeInto(vocabulary, leaf, words, at, sizes[index]!);
    }
  } catch (error) {
    release(heap, segment);
    throw error;
  }
  return segment;
}

/** Unpacked tables, for any number of tasks. */
class Unpacked {
  readonly dictionary = new AtomDictionary();
  readonly tables = new Map<string, PackedTable>();
  readonly #numbers: Int32Array;
  #at = 0;

  constructor(vocabulary: Vocabulary, segment: Address) {
    const { words } = vocabulary.heap;
    const first = segment + NUMBERS;
    const leaves = first + words[segment + COUNT]!;
    this.#numbers = words.slice(first, leaves);
    this.#readDictionary(leavesFrom(vocabulary, leaves));
    while (this.#at < this.#numbers.length) this.#readTable();
  }

  #next(): number {
    return this.#numbers[this.#at++]!;
  }

  #nextList(): Int32Array {
    const count = this.#next();
    this.#at += count;
    return this.#numbers.subarray(this.#at - count, this.#at);
  }

  #readDictionary(leaves: Leaves): void {
    for (let left = this.#next(); left > 0; left--) this.dictionary.append(this.#readEntry(leaves));
  }

  #readEntry(leaves: Leaves): Entry {
    const is = this.#next();
    if (is === LEAF) return { is: "leaf", atom: leaves.next().value };
    if (is === PLACE) {
      const place = this.#next();
      const name = this.#next() === 0 ? "" : (leaves.next().value as SymbolAtom).name;
      return { is: "place", place, name };
    }
    return { is: "expression", parts: [...this.#nextList()], evaluated: is === EVALUATED_PARTS };
  }

  #readTable(): void {
    const key = Array.from(this.#nextList(), (code) => String.fromCharCode(code)).join("");
    const places = this.#next();
    this.tables.set(key, { places, reads: [...this.#nextList()], answers: this.#nextList() });
  }
}

interface PackedTable {
  readonly places: number;
  readonly reads: readonly number[];
  readonly answers: Int32Array;
}

type Leaves = Iterator<Atom, never>;

function* leavesFrom(vocabulary: Vocabulary, address: Address): Generator<Atom, never> {
  const { words } = vocabulary.heap;
  for (let at = address; ; at = skip(words, at)) yield decode(vocabulary, words, at);
}

/** What the branches of a task begin with. */
class TablesOfTask implements KnownTables {
  readonly isTables = true;
  readonly #unpack: () => Unpacked;
  /** Of the environment as it was at the fork. */
  readonly #handle: Handle;
  readonly #made = new Map<string, Table>();

  constructor(unpack: () => Unpacked, handle: Handle) {
    this.#unpack = unpack;
    this.#handle = handle;
  }

  get dictionary(): AtomDictionary {
    return this.#unpack().dictionary;
  }

  find(key: string): Table | undefined {
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const packed = this.#unpack().tables.get(key);
    return packed === undefined ? undefined : this.#make(key, packed);
  }

  *tables(): Generator<Table> {
    for (const key of this.#unpack().tables.keys()) yield this.find(key)!;
  }

  #make(key: string, { places, reads, answers }: PackedTable): Table {
    const table = new Table(key, places, this.dictionary);
    const noted = new Reads(this.#handle);
    noted.addNumbers(reads);
    table.answers.fill(answers);
    table.complete(noted);
    this.#made.set(key, table);
    return table;
  }
}

/** The tables of others that a thread has unpacked last: the tasks of a job have the same. */
export class TablesOfOthers {
  readonly #vocabulary: Vocabulary;
  #writer = 0;
  #sequence = 0;
  #unpacked: Unpacked | null = null;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /**
   * For the branches of a task on an environment. They are unpacked when a branch asks for a table: until then the caller
   * holds the segment.
   */
  of(segment: Address, handle: Handle): KnownTables {
    return new TablesOfTask(() => this.#unpack(segment), handle);
  }

  /** Lets go of what was unpacked. */
  forget(): void {
    this.#unpacked = null;
  }

  #unpack(segment: Address): Unpacked {
    const { words } = this.#vocabulary.heap;
    const writer = words[segment + WRITER]!;
    const sequence = words[segment + SEQUENCE]!;
    const isSame = writer === this.#writer && sequence === this.#sequence;
    if (this.#unpacked !== null && isSame) return this.#unpacked;
    this.#writer = writer;
    this.#sequence = sequence;
    return (this.#unpacked = new Unpacked(this.#vocabulary, segment));
  }
}
