import { expect, test } from "vitest";
import { allocate } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS } from "../../src/memory/segment.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const NAMES = ["first---", "second--"];

/** Texts of eight letters: 681 fill a segment of texts, 1,024 are what the first hash table holds. */
function fillers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `f${String(index).padStart(7, "0")}`);
}

test.each([
  ["in the middle of a segment of texts", 10],
  ["where the next segment of texts begins", 681],
  ["where the hash table grows", 1024],
])("a thread may end at every step of making symbols %s", (_name, count) => {
  const filled = fillers(count);
  let at = 1;
  // The copying of a thousand slots is looked at here and there.
  for (let ended = true; ended; at += at > 20 && at < 1000 && count > 1000 ? 49 : 1) {
    const heap = Heap.create({ maxBytes: 2 ** 22 });
    const { symbols } = Vocabulary.of(heap);
    const known = new Map(filled.map((name) => [symbols.idOfText(name), name]));
    const thread = new EndingThread(heap);
    const theirs = Vocabulary.of(thread.heap).symbols;
    ended = thread.endAt(at, () => {
      for (const name of NAMES) theirs.idOfText(name);
    });
    settleEnded(heap, thread.heap);
    recoverHeap(heap);
    for (const name of [...fillers(count + 40), ...NAMES]) known.set(symbols.idOfText(name), name);
    // Texts that were written where they have no room are lost now.
    const others = Array.from({ length: 8 }, () => allocate(heap, 4096, RAW));
    for (const other of others) heap.words.fill(-1, other + HEADER_WORDS, other + 4096);
    checkHeap(heap, others);
    const fresh = Vocabulary.of(Heap.receive(heap.share())).symbols;
    expect(known.size).toBe(count + 40 + NAMES.length);
    for (const [id, name] of known) {
      expect(fresh.textOf(id)).toBe(name);
      expect(fresh.idOfText(name)).toBe(id);
    }
  }
  expect(at).toBeGreaterThan(20);
});
