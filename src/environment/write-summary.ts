/**
 * Write summary: what one version of an environment holds that an earlier one of the same heap does not, and the
 * reverse, by relation: how many atoms, and the first of them as text. For people; cost: what differs.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { spanCount } from "../containers/row-span.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { decode } from "../term/decode.js";
import { print } from "../term/printer.js";
import type { Handle } from "./handle.js";
import { ROW_TOKENS } from "./relation.js";
import { nameOfKey } from "./relation-key.js";
import { loneRows, type RowEntry, rowsOf } from "./row-difference.js";
import { RELATIONS, SPACES } from "./space.js";
import type { Store } from "./workspace.js";

/** What happened to one relation. */
interface RelationWrites {
  /** `&self` or the number of a space, the relation's head or kind, its length: `edge/3`. */
  readonly relation: string;
  readonly added: number;
  readonly removed: number;
  /** The first of each, as text. */
  readonly addedFirst: readonly string[];
  readonly removedFirst: readonly string[];
}

/** What happened to an environment. */
export interface WriteSummary {
  readonly added: number;
  readonly removed: number;
  /** Of at most {@link MOST_RELATIONS}. */
  readonly relations: readonly RelationWrites[];
}

const MOST_RELATIONS = 32;
const MOST_SAMPLES = 5;
const LONGEST_SAMPLE = 160;

/** What `after` has that `before` has not, and the reverse; both live, of one heap. */
export function writesSince(before: Handle, after: Handle): WriteSummary {
  const { store } = after;
  const found: RelationWrites[] = [];
  if (before.root !== after.root) {
    compareSpaces(store, "", [before.root, after.root], found);
    const spaces = [before.root, after.root].map((root) => store.words[root + SPACES]!);
    forEachPair(store.words, spaces as [Address, Address], (high, low, one, other) =>
      compareSpaces(store, `space ${high | 0}.${low} `, [one, other], found),
    );
  }
  const sum = (of: "added" | "removed"): number => found.reduce((all, each) => all + each[of], 0);
  const bySize = found.toSorted((a, b) => b.added + b.removed - a.added - a.removed);
  return {
    added: sum("added"),
    removed: sum("removed"),
    relations: bySize.slice(0, MOST_RELATIONS),
  };
}

function compareSpaces(
  store: Store,
  prefix: string,
  records: readonly [Address, Address],
  found: RelationWrites[],
): void {
  const { words, vocabulary } = store;
  const trees = records.map((record) =>
    record === NO_ADDRESS ? NO_ADDRESS : words[record + RELATIONS]!,
  );
  forEachPair(words, trees as [Address, Address], (high, low, one, other) => {
    const { left, right } = loneRows(words, one, other);
    if (left.length + right.length === 0) return;
    const { kind, head, length } = nameOfKey(vocabulary.symbols, high, low);
    const name = head === null ? kind : kind === "fact" ? `${head}/${length}` : `${kind} ${head}`;
    found.push({
      relation: prefix + name,
      added: countOf(words, right),
      removed: countOf(words, left),
      addedFirst: firstOf(store, right),
      removedFirst: firstOf(store, left),
    });
  });
}

/** The keys whose values two trees have not in common, 0 where one has none. */
function forEachPair(
  words: Int32Array,
  [before, after]: readonly [Address, Address],
  visit: (high: number, low: number, one: Address, other: Address) => void,
): void {
  if (before === after) return;
  if (before === NO_ADDRESS || after === NO_ADDRESS) {
    const cursor = treeCursor(words, before === NO_ADDRESS ? after : before, 0, 0);
    while (cursor.next()) {
      const { high, low, value } = cursor;
      if (before === NO_ADDRESS) visit(high, low, NO_ADDRESS, value);
      else visit(high, low, value, NO_ADDRESS);
    }
    return;
  }
  diffTrees(words, before, after, {
    left: (high, low, value) => visit(high, low, value, NO_ADDRESS),
    right: (high, low, value) => visit(high, low, NO_ADDRESS, value),
    changed: visit,
  });
}

function countOf(words: Int32Array, entries: readonly RowEntry[]): number {
  let count = 0;
  for (const { span } of entries) count += span === NO_ADDRESS ? 1 : spanCount(words, span);
  return count;
}

function firstOf({ words, vocabulary }: Store, entries: readonly RowEntry[]): string[] {
  const texts: string[] = [];
  for (const entry of entries) {
    for (const { row } of rowsOf(words, entry)) {
      if (texts.length === MOST_SAMPLES) return texts;
      texts.push(print(decode(vocabulary, words, row + ROW_TOKENS)).slice(0, LONGEST_SAMPLE));
    }
  }
  return texts;
}
