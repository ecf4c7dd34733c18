/**
 * The symbol table in the heap: where its words are.
 *
 *     header segment   0        4      5       6      7       8      9       10        11        11 + c
 *                      | header | lock | count | next | floor | look | free  | trigger | free    | hash | texts | …
 *                      |        |      |       | text |       | from | count |         | texts c |
 *
 *                      … 11 + c                                                       …
 *                        | hash | texts | retired hashes 24 | entries 4096 | stamps 4096 |
 *                        |························ children ····························|
 *     entries segment  | header | address of text 0 | address of text 1 | … 4092 of them; 0 for an id without a text
 *     stamps segment   | header | stamp of id 0 | stamp of id 1 | … 4092 of them
 *     hash segment     | header | mask | slot 0 | slot 1 | …         slot: id + 1, 0 when empty
 *     texts segment    | header | earlier texts segment | text | text | …
 *
 *     a stamp   e ≥ 0       in use; somebody asked for it in epoch e (renewal.ts), and nobody since
 *               PERMANENT   in use for the heap's life
 *               DYING       its text is being taken from it
 *               FREE        without a text
 *
 * What each word means to threads is in `symbols.ts`.
 */
import type { Address } from "../base/address.js";
import { HEADER_WORDS } from "../memory/segment.js";
import { TEXT_CLASSES } from "./symbol-text.js";

export const LOCK: number = HEADER_WORDS;
/** Ids from here on were never given out. */
export const COUNT: number = LOCK + 1;
export const NEXT_TEXT: number = COUNT + 1;
/** Ids below stay as they are for the heap's life. */
export const FLOOR: number = NEXT_TEXT + 1;
/** Free ids are looked for from here on. */
export const LOOK_FROM: number = FLOOR + 1;
export const FREE_COUNT: number = LOOK_FROM + 1;
/** With so many ids in use, a collection is worth its while. */
export const TRIGGER: number = FREE_COUNT + 1;
/** Heads of the lists of free texts, one a class of sizes. */
export const FREE_TEXTS: number = TRIGGER + 1;
/** Child words from here on. */
export const HASH: number = FREE_TEXTS + TEXT_CLASSES;
export const TEXTS: number = HASH + 1;
export const RETIRED: number = TEXTS + 1;
export const RETIRED_CAPACITY = 24;
export const ENTRIES: number = RETIRED + RETIRED_CAPACITY;
export const SEGMENTS_CAPACITY = 4096;
export const STAMPS: number = ENTRIES + SEGMENTS_CAPACITY;
export const TABLE_WORDS: number = STAMPS + SEGMENTS_CAPACITY;

/** Ids of one segment of entries or of stamps. */
export const ENTRIES_PER_SEGMENT = 4092;
export const EARLIER_TEXTS: number = HEADER_WORDS;
export const TEXTS_WORDS = 4096;

export const PERMANENT = 0x7fff_ffff;
export const DYING = -1;
export const FREE = -2;

/** Where the address of an id's text stands. */
export function symbolEntry(words: Int32Array, table: Address, id: number): Address {
  return placeOf(words, table + ENTRIES, id);
}

/** Where the stamp of an id stands. */
export function symbolStamp(words: Int32Array, table: Address, id: number): Address {
  return placeOf(words, table + STAMPS, id);
}

function placeOf(words: Int32Array, segments: Address, id: number): Address {
  const segment = words[segments + Math.floor(id / ENTRIES_PER_SEGMENT)]!;
  return segment + HEADER_WORDS + (id % ENTRIES_PER_SEGMENT);
}

export function textAddress(words: Int32Array, table: Address, id: number): Address {
  return words[symbolEntry(words, table, id)]!;
}

/** The entries segments of the first `count` ids. */
export function entriesSegments(words: Int32Array, table: Address, count: number): Address[] {
  const segments = Math.ceil(count / ENTRIES_PER_SEGMENT);
  return Array.from({ length: segments }, (_, index) => words[table + ENTRIES + index]!);
}
