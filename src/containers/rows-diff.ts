/**
 * What differs between two segmented vectors, by segments: those that only one of them has. What both
 * have at the same address is never looked at, so the cost follows the changes.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { readDirectory, readTail } from "./rows.js";
import { treeCursor } from "./tree-cursor.js";
import { diffTrees } from "./tree-diff.js";

export interface RowsDifference {
  /** Segments that only the first vector has, in order of ids. */
  readonly left: readonly Address[];
  /** Segments that only the second vector has, in order of ids. */
  readonly right: readonly Address[];
}

/** Either vector may be NO_ADDRESS, a vector of no rows. */
export function diffRows(words: Int32Array, left: Address, right: Address): RowsDifference {
  if (left === right) return { left: [], right: [] };
  const onlyLeft: Address[] = [];
  const onlyRight: Address[] = [];
  const one = left === NO_ADDRESS ? NO_ADDRESS : readDirectory(words, left);
  const other = right === NO_ADDRESS ? NO_ADDRESS : readDirectory(words, right);
  if (one !== NO_ADDRESS && other !== NO_ADDRESS) {
    diffTrees(words, one, other, {
      left: (_high, _low, segment) => void onlyLeft.push(segment),
      right: (_high, _low, segment) => void onlyRight.push(segment),
      changed: (_high, _low, before, after) => {
        onlyLeft.push(before);
        onlyRight.push(after);
      },
    });
  } else {
    collect(words, one, onlyLeft);
    collect(words, other, onlyRight);
  }
  pushTail(words, left, onlyLeft);
  pushTail(words, right, onlyRight);
  return withoutCommon(onlyLeft, onlyRight);
}

function collect(words: Int32Array, directory: Address, segments: Address[]): void {
  if (directory === NO_ADDRESS) return;
  const cursor = treeCursor(words, directory, 0, 0);
  while (cursor.next()) segments.push(cursor.value);
}

function pushTail(words: Int32Array, rows: Address, segments: Address[]): void {
  if (rows !== NO_ADDRESS && readTail(words, rows) !== NO_ADDRESS) {
    segments.push(readTail(words, rows));
  }
}

/** A tail of one vector may be in the directory of the other. */
function withoutCommon(left: readonly Address[], right: readonly Address[]): RowsDifference {
  const inLeft = new Set(left);
  const common = new Set(right.filter((segment) => inLeft.has(segment)));
  if (common.size === 0) return { left, right };
  const isOnly = (segment: Address): boolean => !common.has(segment);
  return { left: left.filter(isOnly), right: right.filter(isOnly) };
}
