/** What two environments of different heaps hold differently. */
import type { Environment } from "../environment/environment.js";
import type { Atom } from "../term/atom.js";
import { print } from "../term/printer.js";

/** What one snapshot has and the other has not: occurrences, in order. */
export interface SnapshotDifference {
  readonly added: readonly Atom[];
  readonly removed: readonly Atom[];
}

/** Compares `&self` of both by text, as multisets. Cost: as printing both. */
export function differenceOf(before: Environment, after: Environment): SnapshotDifference {
  const removed = remaining(before, countTexts(after));
  const added = remaining(after, countTexts(before));
  return { added, removed };
}

function countTexts(env: Environment): Map<string, number> {
  const counts = new Map<string, number>();
  for (const atom of env.atoms()) {
    const text = print(atom);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** The occurrences that are more than the counts say. */
function remaining(env: Environment, counts: Map<string, number>): Atom[] {
  const more: Atom[] = [];
  for (const atom of env.atoms()) {
    const text = print(atom);
    const count = counts.get(text) ?? 0;
    if (count === 0) more.push(atom);
    else counts.set(text, count - 1);
  }
  return more;
}
