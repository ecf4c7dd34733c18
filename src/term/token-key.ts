/**
 * Keys for indexes: 32 bits that are equal for any two atoms that unify, unless one of them has
 * VARIABLE_KEY: a variable, or an expression whose first child is not a symbol. An expression's key is
 * made of that symbol and its arity. Different atoms may share a key; a lookup verifies.
 *
 *   KEY1  `tokenKey(run of a) = atomKey(a)`.
 *   KEY2  Atoms with different keys do not unify, unless one of the keys is VARIABLE_KEY.
 */
import type { Address } from "../base/address.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
} from "./atom.js";
import { readDouble, readMagnitude } from "./decode.js";
import { dereference } from "./resolve.js";
import {
  firstChild,
  isInlineInteger,
  readArity,
  T_AGAIN,
  T_BIG,
  T_BOOLEAN,
  T_EXPRESSION,
  T_FLOAT,
  T_INTEGER,
  T_LONG_EXPRESSION,
  T_OPERATION,
  T_SAFE,
  T_SPACE,
  T_STATE,
  T_STRING,
  T_SYMBOL,
  T_VARIABLE,
  tagOf,
  tokenOf,
} from "./tokens.js";
import type { Vocabulary } from "./vocabulary.js";

/** The key of everything that may unify with anything. */
export const VARIABLE_KEY: number = T_VARIABLE;
/** The key of `()`. */
const EMPTY_KEY = T_EXPRESSION;

/** The key of the run at `address`, a signed 32-bit number. */
export function tokenKey(words: Int32Array, address: Address): number {
  const token = words[address]!;
  switch (tagOf(token)) {
    case T_VARIABLE:
    case T_AGAIN:
      return VARIABLE_KEY;
    case T_SAFE:
    case T_FLOAT:
      return numberKey(readDouble(words, address + 1));
    case T_BIG:
      return numberKey(Number(readMagnitude(words, address)));
    case T_SPACE:
    case T_STATE:
      return mix(mix(tagOf(token), words[address + 1]!), words[address + 2]!);
    case T_EXPRESSION:
    case T_LONG_EXPRESSION: {
      const arity = readArity(words, address);
      if (arity === 0) return EMPTY_KEY;
      const head = words[firstChild(words, address)]!;
      return tagOf(head) === T_SYMBOL ? expressionKey(head, arity) : VARIABLE_KEY;
    }
    default:
      return token;
  }
}

/** The key of an atom under the current bindings; the same as that of its run (KEY1). */
export function atomKey(vocabulary: Vocabulary, atom: Atom): number {
  const top = dereference(atom);
  switch (top.tag) {
    case SYMBOL:
      return tokenOf(T_SYMBOL, vocabulary.symbols.idOf(top));
    case STRING:
      return tokenOf(T_STRING, vocabulary.symbols.idOfText(top.value));
    case OPERATION:
      return tokenOf(T_OPERATION, vocabulary.symbols.idOfText(top.name));
    case BOOLEAN:
      return tokenOf(T_BOOLEAN, top.value ? 1 : 0);
    case INTEGER:
    case FLOAT:
      return numberKey(Number(top.value));
    case SPACE:
    case STATE:
      return mix(mix(top.tag === SPACE ? T_SPACE : T_STATE, top.writer), top.sequence);
    case EXPRESSION:
      return keyOfExpression(vocabulary, top);
    case VARIABLE:
    case HOST:
      return VARIABLE_KEY;
  }
}

function keyOfExpression(vocabulary: Vocabulary, atom: Expression): number {
  const arity = atom.children.length;
  if (arity === 0) return EMPTY_KEY;
  const head = dereference(atom.children[0]!);
  if (head.tag !== SYMBOL) return VARIABLE_KEY;
  return expressionKey(tokenOf(T_SYMBOL, vocabulary.symbols.idOf(head)), arity);
}

function expressionKey(head: number, arity: number): number {
  return mix(mix(T_EXPRESSION, head), arity);
}

/** Integers and floats of one value share a key, since they unify. */
function numberKey(value: number): number {
  if (isInlineInteger(value)) return tokenOf(T_INTEGER, value);
  double[0] = value;
  return mix(mix(T_FLOAT, halves[0]!), halves[1]!);
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

/** A step of a hash; never gives VARIABLE_KEY. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0x9e3779b1 | 0);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x85ebca6b | 0);
  mixed ^= mixed >>> 13;
  return mixed === VARIABLE_KEY ? 0x7ffffff1 : mixed | 0;
}
