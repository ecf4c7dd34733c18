/**
 * Unification of an atom with a run of tokens, decoding only what gets bound.
 *
 *   TU1  It succeeds exactly when unifying with the decoded, freshly renamed run would, and binds the
 *        atom's variables to equal terms.
 *
 * A variable of the run costs nothing at its first occurrence: it is an alias of whatever is opposite, in
 * `rowVariables`.
 */
import type { Address } from "../base/address.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
} from "./atom.js";
import { decodeLeaf, decodeWith } from "./decode.js";
import { equalLeaves } from "./equal.js";
import { dereference } from "./resolve.js";
import {
  firstChild,
  idOf,
  payloadOf,
  readArity,
  skip,
  T_AGAIN,
  T_BOOLEAN,
  T_EXPRESSION,
  T_INTEGER,
  T_LONG_EXPRESSION,
  T_STRING,
  T_SYMBOL,
  T_VARIABLE,
  tagOf,
} from "./tokens.js";
import type { Trail } from "./trail.js";
import { unify } from "./unify.js";
import type { Vocabulary } from "./vocabulary.js";

/** Depth to which the walk recurses; what lies deeper is decoded and unified as an atom. */
const RECURSION_LIMIT = 400;
const FAILED = -1;

/**
 * Unifies `pattern` with the run at `address`. `rowVariables` holds what the run's variables stand
 * for, in order; give an empty array for a whole run, or the one of the part before. On failure some
 * bindings may stand; the caller takes them back.
 */
export function unifyTokens(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  pattern: Atom,
  rowVariables: Atom[],
  trail: Trail,
): boolean {
  return walk(vocabulary, words, address, pattern, rowVariables, trail, 0) !== FAILED;
}

/** The address after the run, or FAILED. */
function walk(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  atom: Atom,
  rowVariables: Atom[],
  trail: Trail,
  depth: number,
): Address {
  const pattern = dereference(atom);
  const token = words[address]!;
  const tag = tagOf(token);
  if (tag === T_VARIABLE) {
    rowVariables.push(pattern);
    return address + 2;
  }
  if (tag === T_AGAIN) {
    return unify(rowVariables[payloadOf(token)]!, pattern, trail) ? address + 1 : FAILED;
  }
  if (pattern.tag === VARIABLE) {
    const value = decodeWith(vocabulary, words, address, rowVariables, true);
    return unify(pattern, value, trail) ? skip(words, address) : FAILED;
  }
  if (tag === T_EXPRESSION || tag === T_LONG_EXPRESSION) {
    if (pattern.tag !== EXPRESSION || pattern.children.length !== readArity(words, address)) {
      return FAILED;
    }
    if (depth < RECURSION_LIMIT) {
      return walkChildren(vocabulary, words, address, pattern, rowVariables, trail, depth);
    }
    const value = decodeWith(vocabulary, words, address, rowVariables, true);
    return unify(pattern, value, trail) ? skip(words, address) : FAILED;
  }
  if (pattern.tag === EXPRESSION) return FAILED;
  return leafMatches(vocabulary, words, address, tag, token, pattern, trail)
    ? skip(words, address)
    : FAILED;
}

function walkChildren(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  pattern: Expression,
  rowVariables: Atom[],
  trail: Trail,
  depth: number,
): Address {
  let at = firstChild(words, address);
  for (const child of pattern.children) {
    at = walk(vocabulary, words, at, child, rowVariables, trail, depth + 1);
    if (at === FAILED) return FAILED;
  }
  return at;
}

function leafMatches(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  tag: number,
  token: number,
  pattern: Exclude<Atom, Expression>,
  trail: Trail,
): boolean {
  switch (pattern.tag) {
    case SYMBOL:
      return tag === T_SYMBOL && vocabulary.symbols.atomOf(idOf(token)) === pattern;
    case STRING:
      return tag === T_STRING && vocabulary.symbols.textOf(idOf(token)) === pattern.value;
    case BOOLEAN:
      return tag === T_BOOLEAN && (payloadOf(token) !== 0) === pattern.value;
    case INTEGER:
    case FLOAT:
      if (tag === T_INTEGER) return payloadOf(token) === Number(pattern.value);
      break;
    default:
      break;
  }
  if (tag === T_SYMBOL || tag === T_STRING) return false;
  const leaf = decodeLeaf(vocabulary, words, address, [], false);
  if (equalLeaves(leaf, pattern)) return true;
  if (leaf.tag !== STATE || pattern.tag !== STATE) return false;
  return trail.sameStates?.(leaf, pattern) ?? false;
}
