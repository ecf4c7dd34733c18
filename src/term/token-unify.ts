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

/** Unifies atoms with the runs of a heap. */
export class TokenUnifier {
  readonly vocabulary: Vocabulary;
  readonly words: Int32Array;
  readonly trail: Trail;
  /** What the variables of the run stand for, in order. */
  readonly rowVariables: Atom[] = [];

  constructor(vocabulary: Vocabulary, words: Int32Array, trail: Trail) {
    this.vocabulary = vocabulary;
    this.words = words;
    this.trail = trail;
  }

  /** Unifies `pattern` with the run at `address`. On failure some bindings may stand; the caller takes them back. */
  unifies(address: Address, pattern: Atom): boolean {
    this.rowVariables.length = 0;
    return walk(this, address, pattern, 0) !== FAILED;
  }
}

/** The address after the run, or FAILED. */
function walk(unifier: TokenUnifier, address: Address, atom: Atom, depth: number): Address {
  const { words, trail } = unifier;
  const pattern = dereference(atom);
  const token = words[address]!;
  const tag = tagOf(token);
  if (tag === T_VARIABLE) {
    unifier.rowVariables.push(pattern);
    return address + 2;
  }
  if (tag === T_AGAIN) {
    const before = unifier.rowVariables[payloadOf(token)]!;
    return unify(before, pattern, trail) ? address + 1 : FAILED;
  }
  if (pattern.tag === VARIABLE) return unifyDecoded(unifier, address, pattern);
  if (tag === T_EXPRESSION || tag === T_LONG_EXPRESSION) {
    if (pattern.tag !== EXPRESSION || pattern.children.length !== readArity(words, address)) {
      return FAILED;
    }
    if (depth >= RECURSION_LIMIT) return unifyDecoded(unifier, address, pattern);
    let at = firstChild(words, address);
    for (const child of pattern.children) {
      at = walk(unifier, at, child, depth + 1);
      if (at === FAILED) return FAILED;
    }
    return at;
  }
  if (pattern.tag === EXPRESSION) return FAILED;
  return leafMatches(unifier, address, pattern) ? skip(words, address) : FAILED;
}

function unifyDecoded(unifier: TokenUnifier, address: Address, pattern: Atom): Address {
  const { vocabulary, words, rowVariables, trail } = unifier;
  const value = decodeWith(vocabulary, words, address, rowVariables, true);
  return unify(pattern, value, trail) ? skip(words, address) : FAILED;
}

function leafMatches(
  { vocabulary, words, trail }: TokenUnifier,
  address: Address,
  pattern: Exclude<Atom, Expression>,
): boolean {
  const token = words[address]!;
  const tag = tagOf(token);
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
