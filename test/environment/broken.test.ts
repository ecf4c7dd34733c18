/** Negative space: every invariant that a check promises is broken by hand, and the check says which it was. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findRow, readTail } from "../../src/containers/rows.js";
import { treeCursor } from "../../src/containers/tree-cursor.js";
import { valuesOf } from "../../src/containers/tree-node.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { INDEXES, ROW_TOKENS, ROWS } from "../../src/environment/relation.js";
import {
  CONTEXT,
  HEAD_SEQUENCE,
  HEAD_WRITER,
  RELATIONS,
  SPACES,
  STATES,
} from "../../src/environment/space.js";
import { RAW } from "../../src/memory/kinds.js";
import { HEADER_WORDS, writeKind, writeSpare } from "../../src/memory/segment.js";
import { atom, environmentOf, makeHeap } from "./harness.js";

// Words by their places in the pictures of the files.
const NEXT_ROW = CONTEXT + 1;
const ATOM_COUNT = NEXT_ROW + 1;
const TYPE_VERSION = ATOM_COUNT + 1;
const HEADLESS_KINDS = TYPE_VERSION + 1;
const LIVE_COUNT = HEADER_WORDS + 2;
const VERSION_SEQUENCE = HEADER_WORDS + 4;
const LATE_ROWS = HEADER_WORDS + 5;
const KEY_LOW = HEADER_WORDS + 1;
const TREE_COUNT = HEADER_WORDS;
const TREE_TOTAL = HEADER_WORDS + 2;
const TREE_KEYS = HEADER_WORDS + 3;
const TREE_LEVEL = 1 << 2;
const TREE_SHAPE = HEADER_WORDS + 1;
const STATE_SETTER = HEADER_WORDS;
const STATE_VALUE = HEADER_WORDS + 2;
const SEGMENT_DEAD = HEADER_WORDS + 1;
const SEGMENT_LOW = HEADER_WORDS + 2;
const SEGMENT_ENTRIES = HEADER_WORDS + 3;
const VECTOR_LIVE = HEADER_WORDS;
const VECTOR_DEAD = HEADER_WORDS + 1;
const VECTOR_DIRECTORY = HEADER_WORDS + 3;
const UNKNOWN_WRITER = 9999;

/** An environment with whatever a check looks at: many rows, a row with a variable, an index, a space, two states, types. */
function wholeEnvironment(): Environment {
  const heap = makeHeap();
  const env = environmentOf(heap);
  for (let n = 0; n < 300; n++) env.add(atom(`(edge n${n} m${n})`));
  env.remove(atom("(edge n3 m3)"));
  env.add(atom("(open $x a)"));
  env.add(atom("((f a) b)"));
  env.add(atom("(: a A)"));
  expect([...env.match(atom("(edge n7 $y)"))]).toHaveLength(1);
  const space = env.createSpace();
  env.add(atom("(inner a)"), { space });
  env.createState(atom("(a b)"));
  env.createState(atom("c"));
  const clone = env.clone();
  clone.add(atom("(later a)"));
  checkEnvironment(clone);
  return clone;
}

/** What a damage may need to find the words it changes. */
interface Place {
  readonly env: Environment;
  readonly words: Int32Array;
  readonly root: number;
}

function firstValue({ words }: Place, tree: number): number {
  const cursor = treeCursor(words, tree, 0, 0);
  expect(cursor.next()).toBe(true);
  return cursor.value;
}

/** The relation with the most rows. */
function edges({ words, root }: Place): number {
  const cursor = treeCursor(words, words[root + RELATIONS]!, 0, 0);
  let found = 0;
  while (cursor.next()) {
    if (found === 0 || words[cursor.value + LIVE_COUNT]! > words[found + LIVE_COUNT]!) {
      found = cursor.value;
    }
  }
  return found;
}

const rowsOf = (place: Place): number => place.words[edges(place) + ROWS]!;
const tailOf = (place: Place): number => readTail(place.words, rowsOf(place));
const stateOf = (place: Place): number => firstValue(place, place.words[place.root + STATES]!);
const spaceOf = (place: Place): number => firstValue(place, place.words[place.root + SPACES]!);

function indexOf(place: Place): number {
  const relation = edges(place);
  for (let at = 0; at < 3; at++) {
    const index = place.words[relation + INDEXES + at]!;
    if (index !== 0) return index;
  }
  throw new Error("there is no index");
}

/** The word at an address, changed. */
function set(place: Place, address: number, value: number): void {
  place.words[address] = value;
}

/** The second key of a node is the first one again. */
function repeatKey({ words }: Place, node: number): void {
  words.copyWithin(node + TREE_KEYS + 2, node + TREE_KEYS, node + TREE_KEYS + 2);
}

/** The first leaf of a tree of more than one level. */
function childOf(place: Place, tree: number): number {
  return place.words[valuesOf(place.words, tree)]!;
}

const DAMAGE: readonly (readonly [id: string, what: string, damage: (place: Place) => void])[] = [
  ["SP1", "a count of atoms", (p) => set(p, p.root + ATOM_COUNT, 5)],
  ["SP1", "a count of atoms of a space", (p) => set(p, spaceOf(p) + ATOM_COUNT, 0)],
  ["SP2", "a next row id", (p) => set(p, p.root + NEXT_ROW, 2)],
  ["SP3", "a type version", (p) => set(p, p.root + TYPE_VERSION, 1 << 30)],
  ["SP4", "kinds of headless relations", (p) => set(p, p.root + HEADLESS_KINDS, 0)],
  ["SP5", "a head that is no event", (p) => set(p, p.root + HEAD_SEQUENCE, 0)],
  [
    "SP5",
    "a head of a writer that nobody has",
    (p) => set(p, p.root + HEAD_WRITER, UNKNOWN_WRITER),
  ],
  ["SP6", "a space that is none", (p) => writeKind(p.words, spaceOf(p), RAW)],
  ["SP6", "a space with a tree of states", (p) => set(p, spaceOf(p) + STATES, 64)],
  ["SP6", "a root that is none", (p) => writeKind(p.words, p.root, RAW)],
  ["STA1", "a state set by nobody", (p) => set(p, stateOf(p) + STATE_SETTER, UNKNOWN_WRITER)],
  [
    "STA1",
    "a state made by nobody",
    (p) => set(p, p.words[p.root + STATES]! + TREE_KEYS + 3, UNKNOWN_WRITER),
  ],
  ["STA3", "a state that is none", (p) => writeKind(p.words, stateOf(p), RAW)],
  [
    "STA3",
    "a state's atom without an end",
    (p) => set(p, stateOf(p) + STATE_VALUE, p.words[stateOf(p) + STATE_VALUE]! | 0x7f00_0000),
  ],
  [
    "CC1",
    "a context of writers that nobody has",
    (p) => set(p, p.words[p.root + CONTEXT]! + TREE_KEYS, UNKNOWN_WRITER),
  ],
  [
    "CC3",
    "a space made by nobody",
    (p) => set(p, p.words[p.root + SPACES]! + TREE_KEYS + 1, UNKNOWN_WRITER),
  ],
  ["CC3", "a row added by nobody", (p) => set(p, findRow(p.words, rowsOf(p), 5), UNKNOWN_WRITER)],
  ["RE1", "a count of rows", (p) => set(p, edges(p) + LIVE_COUNT, 7)],
  ["RE2", "a version before a row", (p) => set(p, edges(p) + VERSION_SEQUENCE, 1)],
  [
    "RE3",
    "a row of another's event",
    (p) => {
      const [one, other] = [5, 6].map((id) => findRow(p.words, rowsOf(p), id)) as [number, number];
      p.words.copyWithin(one, other, other + ROW_TOKENS);
    },
  ],
  [
    "RE4",
    "an entry of an index that is gone",
    (p) => {
      const leaf = childOf(p, indexOf(p));
      set(p, leaf + TREE_KEYS, p.words[leaf + TREE_KEYS]! + 1000);
    },
  ],
  [
    "RE4",
    "an entry of an index by content that is gone",
    (p) => {
      p.env.explain(atom("(edge (n 7) $y)"));
      const index = p.words[edges(p) + INDEXES + 3]!;
      expect(index).not.toBe(0);
      const leaf = childOf(p, index);
      set(p, leaf + TREE_KEYS, p.words[leaf + TREE_KEYS]! + 1000);
    },
  ],
  ["RE4", "late rows in an index", (p) => set(p, edges(p) + LATE_ROWS, 100)],
  ["RK1", "a relation of another key", (p) => set(p, edges(p) + KEY_LOW, 99)],
  [
    "AI3",
    "rows with variables that are not noted",
    (p) => {
      const cursor = treeCursor(p.words, p.words[p.root + RELATIONS]!, 0, 0);
      while (cursor.next()) writeSpare(p.words, cursor.value, 0);
    },
  ],
  ["HA1", "a ledger with another root", (p) => set(p, handleOf(p.env).holder.slot, p.root + 32)],
  ["HA1", "a holder that counts no handle", (p) => (handleOf(p.env).holder.handleCount = 0)],
  ["HA5", "a frozen root that is counted", freezeAndCount],
  ["HA2", "a writer that nobody gave", (p) => (handleOf(p.env).writer = UNKNOWN_WRITER)],
  ["RV2", "a count of live rows", (p) => set(p, rowsOf(p) + VECTOR_LIVE, 3)],
  ["RV2", "a count of dead rows", (p) => set(p, rowsOf(p) + VECTOR_DEAD, 30)],
  ["RV1", "a tail with an id from before", (p) => set(p, tailOf(p) + SEGMENT_ENTRIES, 0)],
  [
    "RV3",
    "a segment under a key that is too high",
    (p) => {
      const directory = p.words[rowsOf(p) + VECTOR_DIRECTORY]!;
      set(p, directory + TREE_KEYS + 1, 1);
    },
  ],
  ["RS1", "row ids that do not ascend", (p) => set(p, tailOf(p) + SEGMENT_ENTRIES + 2, 0)],
  ["RS2", "a lowest payload", (p) => set(p, tailOf(p) + SEGMENT_LOW, 1)],
  ["RS3", "a count of dead rows of a segment", (p) => set(p, tailOf(p) + SEGMENT_DEAD, 1)],
  ["RS4", "payloads that do not follow", (p) => set(p, tailOf(p) + SEGMENT_ENTRIES + 1, 1 << 20)],
  ["N1", "keys that do not ascend", (p) => repeatKey(p, childOf(p, indexOf(p)))],
  [
    "N3",
    "a leaf at another depth",
    (p) =>
      set(
        p,
        childOf(p, indexOf(p)) + TREE_SHAPE,
        p.words[childOf(p, indexOf(p)) + TREE_SHAPE]! + TREE_LEVEL,
      ),
  ],
  ["N4", "a child range that is too short", (p) => set(p, p.words[p.root + STATES]! + 2, 0)],
  ["N5", "a total", (p) => set(p, indexOf(p) + TREE_TOTAL, 1)],
  ["N6", "a leaf without entries", (p) => set(p, childOf(p, indexOf(p)) + TREE_COUNT, 0)],
];

function freezeAndCount({ env, words, root }: Place): void {
  env.freeze();
  words[root] = 1;
}

describe("a check of an environment", () => {
  it.each(DAMAGE)("finds %s broken: %s", (id, _what, damage) => {
    const env = wholeEnvironment();
    damage({ env, words: handleOf(env).store.words, root: handleOf(env).root });
    expect(() => checkEnvironment(env)).toThrow(new RegExp(`^invariant broken: ${id}: `));
  });
});

/** Numbered invariants that a single look at the words cannot prove, and what proves them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  STA2: "unions compared with a model: union.test.ts",
  RE5: "indexes dropped and built anew: query.test.ts",
  RK2: "the order of keys: query.test.ts, by all patterns over all kinds",
  RK3: "searches compared with trying everything: test/parallel/search.test.ts",
  AI1: "as RE4: the entries that are expected are those of AI1",
  AI2: "as RE4: the entries that are expected are those of AI2",
  CC2: "equal heads hold the same: union.test.ts",
  HA3: "clones and unions compared with a model: model.test.ts",
  HA4: "every allocation fails once: failure.test.ts",
  HA6: "what one writes no other sees: clone.test.ts",
  RV4: "every allocation fails once: test/containers/rows.test.ts",
  RV5: "clones compared with a model: test/containers/rows.test.ts",
  N2: "keys of a child out of bounds: test/containers/tree.test.ts",
  N7: "a thread ends at every step: test/containers/ending.test.ts",
};

const CHECKED = [
  "environment/space",
  "environment/state",
  "environment/relation",
  "environment/relation-key",
  "environment/argument-index",
  "environment/causal-context",
  "environment/handle",
  "containers/rows",
  "containers/row-segment",
  "containers/tree-node",
];

it("every invariant that the headers of the checked files number is broken above, or proved elsewhere by name", () => {
  const promised = CHECKED.flatMap((file) => {
    const text = readFileSync(new URL(`../../src/${file}.ts`, import.meta.url), "utf8");
    return [...text.matchAll(/^ \* {3}([A-Z]+\d+) {2}/gm)].map(([, id]) => id!);
  });
  const broken = new Set(DAMAGE.map(([id]) => id));
  const proved = [...broken, ...Object.keys(ELSEWHERE)];
  expect(proved.toSorted()).toEqual(promised.toSorted());
});
