/** The check of a symbol table at rest. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { findInHash, forEachSlot, slotCount } from "./symbol-hash.js";
import { COUNT, DYING, FREE, FREE_TEXTS, HASH, symbolStamp, textAddress } from "./symbol-layout.js";
import { readTextHash, TEXT_CLASSES, textWords, wordsOfTextClass } from "./symbol-text.js";
import type { Symbols } from "./symbols.js";

/** Stops the engine unless the table keeps its invariants. `mayBeLeft`: a thread may have ended in the middle of something. */
export function checkSymbols({ heap, table }: Symbols, mayBeLeft = false): void {
  const { words } = heap;
  const count = words[table + COUNT]!;
  const taken = new Map<Address, number>();
  let used = 0;
  for (let id = 0; id < count; id++) {
    const stamp = words[symbolStamp(words, table, id)]!;
    const text = textAddress(words, table, id);
    if (stamp === FREE || stamp === DYING) {
      assert(mayBeLeft || (stamp === FREE && text === NO_ADDRESS), `SW2: id ${id} is half free`);
      continue;
    }
    used++;
    const end = text + textWords(words, text);
    for (let at = text; at < end; at++) {
      assert(!taken.has(at), `Y1: ids ${taken.get(at)} and ${id} share a word of text`);
      taken.set(at, id);
    }
    checkSlot(words, table, id, mayBeLeft);
  }
  checkHash(words, table, used, mayBeLeft);
  for (let textClass = 0; textClass < TEXT_CLASSES; textClass++) {
    for (let at = words[table + FREE_TEXTS + textClass]!; at !== NO_ADDRESS; at = words[at]!) {
      for (let word = at; word < at + wordsOfTextClass(textClass); word++) {
        assert(!taken.has(word), `TX1: a free place overlaps the text of id ${taken.get(word)}`);
        taken.set(word, -1);
      }
    }
  }
}

function checkSlot(words: Int32Array, table: Address, id: number, mayBeLeft: boolean): void {
  const hash = readTextHash(words, textAddress(words, table, id));
  const found = findInHash(words, words[table + HASH]!, hash, (each) => each === id);
  assert(found === id || mayBeLeft, `SH1: id ${id} is not found by its hash`);
}

function checkHash(words: Int32Array, table: Address, used: number, mayBeLeft: boolean): void {
  const slots = words[table + HASH]!;
  assert(used * 2 <= slotCount(words, slots), "Y3: the hash is too full");
  let filled = 0;
  forEachSlot(words, slots, (id) => {
    filled++;
    const isUsed = words[symbolStamp(words, table, id)]! >= 0;
    assert(isUsed || mayBeLeft, `Y2: a slot leads to id ${id}, which is free`);
  });
  assert(filled === used || mayBeLeft, "SH1: an id has two slots");
}
