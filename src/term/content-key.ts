/**
 * Content keys: 32 bits of a whole atom without variables, so that an index finds nested atoms by all that is in them.
 *
 * A key is made of a sum over the atom's tokens in pre-order, s₀ = 0 and sᵢ₊₁ = sᵢ · BASE + tokenᵢ. The sum of a
 * sequence follows from those of its parts, so large parts are summed once and remembered.
 *
 *   CK1  `contentKey(run of a) = contentKeyOf(a)`, where the latter gives a key.
 *   CK2  Ground atoms that unify have equal keys; states and spaces count by their names, numbers by their values.
 */
import type { Address } from "../base/address.js";
import { type Atom, EXPRESSION, type Expression, STATE } from "./atom.js";
import { dereference } from "./resolve.js";
import { atomKey, tokenKey, VARIABLE_KEY } from "./token-key.js";
import {
  readArity,
  skip,
  T_AGAIN,
  T_EXPRESSION,
  T_LONG_EXPRESSION,
  T_VARIABLE,
  tagOf,
  tokenEnd,
} from "./tokens.js";
import type { Vocabulary } from "./vocabulary.js";

const BASE: number = 0x9e37_79b1 | 0;
/** Parts with fewer tokens are summed again each time. */
const REMEMBERED = 16;

/** The sum over a large part and BASE to the power of its number of tokens. */
interface KnownSum {
  readonly sum: number;
  readonly power: number;
}

/** Sums of large parts that a thread has met, in the numbers of one symbol table. */
export type KnownSums = WeakMap<Expression, KnownSum>;

/** The key of the run at `address`; VARIABLE_KEY if a variable occurs in it. */
export function contentKey(words: Int32Array, address: Address): number {
  const end = skip(words, address);
  let sum = 0;
  for (let at = address; at < end; ) {
    const token = words[at]!;
    const tag = tagOf(token);
    if (tag === T_VARIABLE || tag === T_AGAIN) return VARIABLE_KEY;
    const part =
      tag === T_EXPRESSION || tag === T_LONG_EXPRESSION
        ? ofExpression(readArity(words, at))
        : spread(tokenKey(words, at));
    sum = (Math.imul(sum, BASE) + part) | 0;
    at = tokenEnd(token, at);
  }
  return keyOf(sum);
}

/**
 * The key of an atom under the current bindings; VARIABLE_KEY if a variable or a host value occurs in it, or a state,
 * which may be equal to others than itself (CK1). Large parts of expressions are looked up in `known` and noted there.
 */
export function contentKeyOf(vocabulary: Vocabulary, atom: Atom, known: KnownSums): number {
  const top = dereference(atom);
  if (top.tag !== EXPRESSION) return top.tag === STATE ? VARIABLE_KEY : leafKey(vocabulary, top);
  let sum = ofExpression(top.children.length);
  for (const child of top.children) {
    const part = dereference(child);
    const found = isDeep(part) ? known.get(part) : undefined;
    if (found !== undefined) {
      sum = (Math.imul(sum, found.power) + found.sum) | 0;
      continue;
    }
    const summed = new Summing(vocabulary);
    if (!summed.add(part)) return VARIABLE_KEY;
    sum = (Math.imul(sum, summed.power) + summed.sum) | 0;
    if (summed.count >= REMEMBERED && isDeep(part) && part.ground) {
      known.set(part, { sum: summed.sum, power: summed.power });
    }
  }
  return keyOf(sum);
}

function leafKey(vocabulary: Vocabulary, leaf: Atom): number {
  const key = atomKey(vocabulary, leaf);
  return key === VARIABLE_KEY ? VARIABLE_KEY : keyOf(spread(key));
}

/** Whether it is an expression with another one in it, as all large ones are but very wide ones. */
function isDeep(atom: Atom): atom is Expression {
  return atom.tag === EXPRESSION && atom.children.some(({ tag }) => tag === EXPRESSION);
}

class Summing {
  sum = 0;
  power = 1;
  count = 0;
  readonly #vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** False if something in the atom has no key. */
  add(atom: Atom): boolean {
    if (atom.tag !== EXPRESSION) return this.#leaf(atom);
    const pending: Atom[] = [atom];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const top = dereference(next);
      if (top.tag !== EXPRESSION) {
        if (!this.#leaf(top)) return false;
        continue;
      }
      this.#token(ofExpression(top.children.length));
      for (let index = top.children.length - 1; index >= 0; index--) {
        pending.push(top.children[index]!);
      }
    }
    return true;
  }

  #leaf(leaf: Atom): boolean {
    if (leaf.tag === STATE) return false;
    const key = atomKey(this.#vocabulary, leaf);
    if (key === VARIABLE_KEY) return false;
    this.#token(spread(key));
    return true;
  }

  #token(part: number): void {
    this.sum = (Math.imul(this.sum, BASE) + part) | 0;
    this.power = Math.imul(this.power, BASE);
    this.count++;
  }
}

function ofExpression(arity: number): number {
  return spread((arity << 4) | T_EXPRESSION);
}

/** Lets each bit of a token have its say in the lower ones, too. */
function spread(token: number): number {
  const mixed = Math.imul(token ^ (token >>> 15), 0x85eb_ca6b);
  return mixed ^ (mixed >>> 13);
}

/** Never VARIABLE_KEY. */
function keyOf(sum: number): number {
  const key = spread(sum);
  return key === VARIABLE_KEY ? VARIABLE_KEY + 1 : key;
}
