/**
 * Equality of runs without variables, as that of the atoms they stand for: an integer and a float of one value are
 * equal, states and spaces count by their names.
 */
import type { Address } from "../base/address.js";
import { decodeLeaf } from "./decode.js";
import { equalLeaves } from "./equal.js";
import {
  firstChild,
  readArity,
  skip,
  T_BIG,
  T_EXPRESSION,
  T_FLOAT,
  T_INTEGER,
  T_LONG_EXPRESSION,
  T_SAFE,
  tagOf,
  tokenEnd,
} from "./tokens.js";
import type { Vocabulary } from "./vocabulary.js";

/** Whether two runs of the heap, which hold no variables, are those of equal atoms. */
export function equalGroundRuns(
  vocabulary: Vocabulary,
  words: Int32Array,
  one: Address,
  other: Address,
): boolean {
  const end = skip(words, one);
  let here = one;
  let there = other;
  while (here < end) {
    const [left, right] = [words[here]!, words[there]!];
    if (isExpression(left)) {
      if (!isExpression(right) || readArity(words, here) !== readArity(words, there)) return false;
      here = firstChild(words, here);
      there = firstChild(words, there);
      continue;
    }
    if (left !== right || tokenEnd(left, here) > here + 1) {
      if (!equalTokens(vocabulary, words, here, there)) return false;
    }
    here = tokenEnd(left, here);
    there = tokenEnd(right, there);
  }
  return true;
}

function isExpression(token: number): boolean {
  const tag = tagOf(token);
  return tag === T_EXPRESSION || tag === T_LONG_EXPRESSION;
}

function equalTokens(
  vocabulary: Vocabulary,
  words: Int32Array,
  here: Address,
  there: Address,
): boolean {
  const [left, right] = [words[here]!, words[there]!];
  if (left === right) {
    let at = here + 1;
    const end = tokenEnd(left, here);
    while (at < end && words[at] === words[there + at - here]) at++;
    if (at === end) return true;
  }
  if (!isNumber(left) || !isNumber(right)) return false;
  const one = decodeLeaf(vocabulary, words, here, [], false);
  return equalLeaves(one, decodeLeaf(vocabulary, words, there, [], false));
}

function isNumber(token: number): boolean {
  const tag = tagOf(token);
  return tag === T_INTEGER || tag === T_FLOAT || tag === T_SAFE || tag === T_BIG;
}
