/**
 * Relation key: which relation of a space an atom is a row of.
 *
 *     high word  31     28 27                     0        low word  31                0
 *                |  kind  |  id of the head symbol |                 |     length      |
 *
 * | kind                | atoms                                  | head  | length                      |
 * | FACT                | `(edge a b)`: a symbol first           | edge  | children of the atom        |
 * | RULE                | `(= (f $x) body)`, `(= f body)`        | f     | children of `(f $x)`; 0 for `f` |
 * | TYPE                | `(: f T)`                              | f     | 0                           |
 * | HEADLESS_RULE       | `(= $x body)`, `(= ((f a) b) body)`    | 0     | 0                           |
 * | HEADLESS_TYPE       | `(: (f a) T)`, `(: $x T)`, `(: 1 T)`   | 0     | 0                           |
 * | HEADLESS_EXPRESSION | `($f a)`, `((f a) b)`, `(1 2)`, `()`   | 0     | children of the atom        |
 * | VARIABLE_ATOM       | `$x`                                   | 0     | 0                           |
 * | SYMBOL_ATOM         | `a`                                    | 0     | 0                           |
 * | GROUNDED_ATOM       | `1`, `"text"`, an operation; a space   | 0     | 0; 1 for a space            |
 *
 * Invariants
 *   RK1  An atom has one key, and atoms that are equal up to renaming have the same.
 *   RK2  Relations of one kind are adjacent in the order of keys, and of one kind and head too.
 *   RK3  An atom that unifies with a pattern is a row of one of the relations that `sourcesOf` names
 *        for the pattern.
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  SPACE,
  SYMBOL,
  symbol,
  VARIABLE,
} from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import type { Symbols } from "../term/symbols.js";

export const FACT = 0;
export const RULE = 1;
export const TYPE = 2;
export const HEADLESS_RULE = 3;
export const HEADLESS_TYPE = 4;
export const HEADLESS_EXPRESSION = 5;
export const VARIABLE_ATOM = 6;
export const SYMBOL_ATOM = 7;
export const GROUNDED_ATOM = 8;
/** The length in the key of bare spaces. */
export const INNER_SPACE = 1;

/** The kinds that a lookup by head consults besides the head's own relation. */
export const HEADLESS_KINDS_MASK: number =
  (1 << HEADLESS_RULE) | (1 << HEADLESS_TYPE) | (1 << HEADLESS_EXPRESSION) | (1 << VARIABLE_ATOM);

const HEAD_BITS = 28;
const HEAD_MASK = 2 ** HEAD_BITS - 1;

const EQUALS = symbol("=");
const COLON = symbol(":");
const SUBTYPE = symbol(":<");

/** A key as two words; callers that are called often keep one and have it filled. */
export class RelationKey {
  high = 0;
  low = 0;

  set(kind: number, head: number, length: number): void {
    this.high = (kind << HEAD_BITS) | head;
    this.low = length;
  }

  get kind(): number {
    return this.high >>> HEAD_BITS;
  }
}

export function kindOfKey(high: number): number {
  return high >>> HEAD_BITS;
}

/** Whether keys of the kind have the id of a symbol in them. */
export function namesHead(kind: number): boolean {
  return kind === FACT || kind === RULE || kind === TYPE;
}

export function headOfKey(high: number): number {
  return high & HEAD_MASK;
}

/** What atoms of each kind are, for people. */
const KIND_NAMES = [
  "fact",
  "rule",
  "type",
  "rule without a head",
  "type without a head",
  "expression without a head",
  "variable",
  "symbol",
  "grounded atom",
] as const;

/** What a key says, for people. */
interface KeyName {
  readonly kind: string;
  readonly head: string | null;
  readonly length: number;
}

export function nameOfKey(symbols: Symbols, high: number, low: number): KeyName {
  const kind = kindOfKey(high);
  const hasHead = kind === FACT || kind === RULE || kind === TYPE;
  const head = hasHead ? symbols.textOf(headOfKey(high)) : null;
  return { kind: KIND_NAMES[kind]!, head, length: low };
}

/** First high word of the kind; the relations of the kind are the keys from here to the next kind's. */
export function firstKeyOfKind(kind: number): number {
  return (kind << HEAD_BITS) >>> 0;
}

export function isRule(atom: Expression): boolean {
  return atom.children.length === 3 && dereference(atom.children[0]!) === EQUALS;
}

export function isTypeAssertion(atom: Expression): boolean {
  return atom.children.length === 3 && dereference(atom.children[0]!) === COLON;
}

/** Whether rows of this key are what the type checker knows (SP3). */
export function affectsTypes(symbols: Symbols, high: number, low: number): boolean {
  const kind = kindOfKey(high);
  if (kind === TYPE || kind === HEADLESS_TYPE) return true;
  return kind === FACT && low === 3 && headOfKey(high) === symbols.idOf(SUBTYPE);
}

/** The key of a rule by the left-hand side it has. */
function setRuleKey(key: RelationKey, left: Atom, symbols: Symbols): void {
  if (left.tag === SYMBOL) {
    key.set(RULE, symbols.idOf(left), 0);
    return;
  }
  if (left.tag === EXPRESSION && left.children.length > 0) {
    const head = dereference(left.children[0]!);
    if (head.tag === SYMBOL) {
      key.set(RULE, symbols.idOf(head), left.children.length);
      return;
    }
  }
  key.set(HEADLESS_RULE, 0, 0);
}

function setExpressionKey(key: RelationKey, atom: Expression, symbols: Symbols): void {
  const { length } = atom.children;
  const head = length === 0 ? null : dereference(atom.children[0]!);
  if (head === null || head.tag !== SYMBOL) {
    key.set(HEADLESS_EXPRESSION, 0, length);
  } else if (head === EQUALS && length === 3) {
    setRuleKey(key, dereference(atom.children[1]!), symbols);
  } else if (head === COLON && length === 3) {
    const subject = dereference(atom.children[1]!);
    if (subject.tag === SYMBOL) key.set(TYPE, symbols.idOf(subject), 0);
    else key.set(HEADLESS_TYPE, 0, 0);
  } else {
    key.set(FACT, symbols.idOf(head), length);
  }
}

/** Fills `key` with the key of the relation that `atom` is a row of (RK1). */
export function setKeyOf(key: RelationKey, atom: Atom, symbols: Symbols): void {
  switch (atom.tag) {
    case EXPRESSION:
      setExpressionKey(key, atom, symbols);
      return;
    case SYMBOL:
      key.set(SYMBOL_ATOM, 0, 0);
      return;
    case VARIABLE:
      key.set(VARIABLE_ATOM, 0, 0);
      return;
    default:
      key.set(GROUNDED_ATOM, 0, atom.tag === SPACE ? INNER_SPACE : 0);
  }
}
