/**
 * Twins: atoms that two sides of a union have both added to the space of a module, without knowing of each other,
 * since both have run the module's text. One of each pair stays, the one with the earlier event: whichever side
 * comes first, so sides that were united in either order agree (UN4 in union.ts).
 *
 *     left    a₁ a₂ b          a twice on both sides, twice in the union; b and c once
 *     right   a₁ a₂ c
 */
import type { Address } from "../base/address.js";
import { NO_ADDRESS } from "../base/address.js";
import { findRow, readEvent } from "../containers/rows.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { skip } from "../term/tokens.js";
import { hasSeen } from "./causal-context.js";
import { ROW_TOKENS, readRows } from "./relation.js";
import { type RowEntry, rowsOf } from "./row-difference.js";
import { locateAll } from "./row-equality.js";
import { RELATIONS } from "./space.js";
import { copyToScratch, type Store } from "./workspace.js";

/** A row to add or to remove, with the key of its relation; `id` is the right side's, or the base's. */
export interface LoneRow extends RowEntry {
  readonly high: number;
  readonly low: number;
  /** The relation it was found in. */
  readonly relation: Address;
}

/** What has to happen to a space of the left side. */
export interface SpaceChanges {
  readonly added: LoneRow[];
  readonly removed: LoneRow[];
}

/** Leaves one of each pair of twins in an owned space and in what is to be done to it. */
export function leaveOutTwins(
  store: Store,
  space: Address,
  right: Address,
  changes: SpaceChanges,
): void {
  const { words } = store;
  const relations = words[space + RELATIONS]!;
  if (relations === NO_ADDRESS) return;
  const added = changes.added.flatMap((lone) =>
    [...rowsOf(words, lone)].map((row): LoneRow => ({ ...lone, ...row })),
  );
  changes.added.length = 0;
  const taken = new Set<number>();
  for (const lone of added) {
    const { high, low } = lone;
    const relation = treeFind(words, relations, high, low);
    const twin = relation === NOT_FOUND ? null : findTwin(store, relation, lone, right, taken);
    if (twin !== null) taken.add(twin.id);
    if (twin !== null && isEarlier(twin, lone)) continue;
    if (twin !== null) changes.removed.push({ ...twin, high, low, relation });
    changes.added.push(lone);
  }
}

/** A row that equals `lone`, that the right side has not seen, and that is not another's twin. */
function findTwin(
  store: Store,
  relation: Address,
  lone: LoneRow,
  right: Address,
  taken: ReadonlySet<number>,
): RowEntry | null {
  const { words } = store;
  const tokens = lone.row + ROW_TOKENS;
  copyToScratch(store, tokens, skip(words, tokens) - tokens);
  const rows = readRows(words, relation);
  for (const id of locateAll(store, relation)) {
    if (taken.has(id)) continue;
    const { writer, sequence } = readEvent(words, rows, id);
    if (hasSeen(words, right, writer, sequence)) continue;
    return { id, row: findRow(words, rows, id), writer, sequence, span: NO_ADDRESS };
  }
  return null;
}

function isEarlier(one: RowEntry, other: RowEntry): boolean {
  return one.writer === other.writer ? one.sequence < other.sequence : one.writer < other.writer;
}
