/** Tokens to atoms; the format is in `tokens.ts`. Iterative: any depth of nesting. */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import {
  type Atom,
  boolean,
  expression,
  FloatAtom,
  integer,
  OperationAtom,
  SpaceAtom,
  StateAtom,
  string,
  Variable,
} from "./atom.js";
import { freshVariable } from "./resolve.js";
import {
  firstChild,
  idOf,
  payloadOf,
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
  tokenEnd,
} from "./tokens.js";
import type { Vocabulary } from "./vocabulary.js";

/** The atom of the run at `address`; variables get the names and numbers they had. */
export function decode(vocabulary: Vocabulary, words: Int32Array, address: Address): Atom {
  return decodeWith(vocabulary, words, address, [], false);
}

/**
 * The atom of a run or of a part of one. `variables[i]` stands for the i-th variable of the whole
 * run; those that occur first in this part are appended, fresh ones if `fresh`.
 */
export function decodeWith(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  variables: Atom[],
  fresh: boolean,
): Atom {
  const tag = tagOf(words[address]!);
  if (tag !== T_EXPRESSION && tag !== T_LONG_EXPRESSION) {
    return decodeLeaf(vocabulary, words, address, variables, fresh);
  }
  const open: { readonly children: Atom[]; readonly arity: number }[] = [];
  let at = address;
  for (;;) {
    let atom: Atom | null = null;
    const token = words[at]!;
    const kind = tagOf(token);
    if (kind === T_EXPRESSION || kind === T_LONG_EXPRESSION) {
      open.push({ children: [], arity: readArity(words, at) });
      at = firstChild(words, at);
    } else {
      atom = decodeLeaf(vocabulary, words, at, variables, fresh);
      at = tokenEnd(token, at);
    }
    for (;;) {
      const top = open.at(-1)!;
      if (atom !== null) top.children.push(atom);
      if (top.children.length < top.arity) break;
      open.pop();
      atom = expression(top.children);
      if (open.length === 0) return atom;
    }
  }
}

/** The atom of a run that is not an expression. */
export function decodeLeaf(
  vocabulary: Vocabulary,
  words: Int32Array,
  address: Address,
  variables: Atom[],
  fresh: boolean,
): Atom {
  const token = words[address]!;
  const { symbols } = vocabulary;
  switch (tagOf(token)) {
    case T_SYMBOL:
      return symbols.atomOf(idOf(token));
    case T_VARIABLE: {
      const name = symbols.textOf(idOf(token));
      const made = fresh ? freshVariable(name) : new Variable(name, words[address + 1]! >>> 0);
      variables.push(made);
      return made;
    }
    case T_AGAIN:
      return variables[payloadOf(token)]!;
    case T_INTEGER:
      return integer(payloadOf(token));
    case T_SAFE:
      return integer(readDouble(words, address + 1));
    case T_BIG:
      return integer(readMagnitude(words, address));
    case T_FLOAT:
      return new FloatAtom(readDouble(words, address + 1));
    case T_STRING:
      return string(symbols.textOf(idOf(token)));
    case T_BOOLEAN:
      return boolean(payloadOf(token) !== 0);
    case T_SPACE:
      return new SpaceAtom(words[address + 1]!, words[address + 2]!);
    case T_STATE:
      return new StateAtom(words[address + 1]!, words[address + 2]!);
    default:
      return decodeOperation(vocabulary, token);
  }
}

/** An operation unknown to this thread keeps its name and has no behaviour. */
function decodeOperation(vocabulary: Vocabulary, token: number): Atom {
  assert(tagOf(token) === T_OPERATION, "TO1: a run starts with a known tag");
  const name = vocabulary.symbols.textOf(idOf(token));
  return vocabulary.operations.get(name) ?? new OperationAtom(name, {});
}

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);

export function readDouble(words: Int32Array, address: Address): number {
  halves[0] = words[address]!;
  halves[1] = words[address + 1]!;
  return double[0]!;
}

export function readMagnitude(words: Int32Array, address: Address): bigint {
  const payload = idOf(words[address]!);
  let digits = "0x";
  for (let index = payload >>> 1; index > 0; index--) {
    digits += (words[address + index]! >>> 0).toString(16).padStart(8, "0");
  }
  const magnitude = BigInt(digits);
  return payload & 1 ? -magnitude : magnitude;
}
