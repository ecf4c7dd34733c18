import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { killRow, pushRow } from "../../src/containers/row-segment.js";
import { readDirectory, readTail } from "../../src/containers/rows.js";
import { treeInsert } from "../../src/containers/tree.js";
import { floorValue } from "../../src/containers/tree-cursor.js";
import { insertEntry, removeEntry } from "../../src/containers/tree-node.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { readRows, writeLiveCount } from "../../src/environment/relation.js";
import { RELATIONS, writeAtomCount } from "../../src/environment/space.js";
import { freezeReachable } from "../../src/memory/freeze.js";
import { Heap } from "../../src/memory/heap.js";
import { IMMUTABLE, retain, writeTag } from "../../src/memory/segment.js";
import { parseAtom } from "../../src/term/parser.js";

/** The segments of an environment of some facts, by what they are. */
function segmentsOf(): { words: Int32Array; heap: Heap; at: Record<string, Address> } {
  const heap = Heap.create({ maxBytes: 2 ** 26 });
  const env = Environment.create(heap);
  env.addAll(Array.from({ length: 1000 }, (_, n) => parseAtom(`(edge n${n} m)`)));
  const { words } = heap;
  const { root } = handleOf(env);
  const relations = words[root + RELATIONS]!;
  const relation = floorValue(words, relations, 0xffff_ffff, 0xffff_ffff);
  const rows = readRows(words, relation);
  const directory = readDirectory(words, rows);
  const filed = floorValue(words, directory, 0, 1);
  return {
    heap,
    words,
    at: { root, relations, relation, directory, tail: readTail(words, rows), filed },
  };
}

type Segments = ReturnType<typeof segmentsOf>;

const wrongWrites: readonly [string, string, (segments: Segments) => void][] = [
  ["root", "a count", ({ words, at }) => writeAtomCount(words, at["root"]!, 1)],
  ["relation", "a count", ({ words, at }) => writeLiveCount(words, at["relation"]!, 1)],
  ["tail", "a row that is added", ({ words, at }) => void pushRow(words, at["tail"]!, 1e6, 4)],
  ["filed", "a row that is removed", ({ words, at }) => killRow(words, at["filed"]!, 0)],
  [
    "relations",
    "an entry that is added",
    ({ words, at }) => insertEntry(words, at["relations"]!, 0, 7),
  ],
  ["directory", "an entry that goes", ({ words, at }) => removeEntry(words, at["directory"]!, 0)],
  ["directory", "a key", ({ heap, at }) => treeInsert(heap, at["directory"]!, 9, 9, at["tail"]!)],
];

test.each(wrongWrites)(
  "a write to the %s stops the engine if it is immutable: %s",
  (name, _what, write) => {
    const segments = segmentsOf();
    const before = segments.words.slice(segments.at[name]! + 1, segments.at[name]! + 32);
    writeTag(segments.words, segments.at[name]!, IMMUTABLE);
    const tagged = segments.words.slice(segments.at[name]! + 1, segments.at[name]! + 32);
    expect(() => write(segments)).toThrow(
      /^invariant broken: S7: an immutable segment is never written$/u,
    );
    expect(segments.words.slice(segments.at[name]! + 1, segments.at[name]! + 32)).toEqual(tagged);
    expect(tagged).not.toEqual(before);
  },
);

test.each(wrongWrites)(
  "a write to the %s stops the engine if others hold it, or it is frozen: %s",
  (name, _what, write) => {
    const shared = segmentsOf();
    retain(shared.words, shared.at[name]!);
    expect(() => write(shared)).toThrow(/^invariant broken: (?:S2|T2): /u);
    const frozen = segmentsOf();
    freezeReachable(frozen.words, frozen.at["root"]!);
    expect(() => write(frozen)).toThrow(/^invariant broken: (?:S2|T2): /u);
  },
);
