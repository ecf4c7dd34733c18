/**
 * Rule dispatch: the rules of a large relation, by what stands in an argument of a call.
 *
 *     (op add $x)  (op sub $x)  (op $any 0)         argument 1     add  ──▶ 1st, 3rd
 *                                                                  sub  ──▶ 2nd, 3rd
 *                                                                  else ──▶ 3rd
 *
 *   DI1  What is found for a call is every rule that it may match, in the relation's order, and few others.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  STRING,
  SYMBOL,
  type SymbolAtom,
} from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { PreparedRules } from "./prepared.js";
import type { PreparedRule } from "./prepared-rule.js";

/** Sets of rules up to this size are not divided further. */
const SMALL = 8;
/** With more rules than that code is no shorter way to the right one. */
const LARGEST_CODE = 64;
/** How many times as many entries as rules there may be: a rule that fits anything is in each set. */
const MOST_COPIES = 8;
/** How much more often than other rules those found here are used before they get code: there may be many sets. */
const PATIENCE = 16;

/** What tells atoms apart that do not match; of numbers some that differ have the same. */
type Key = SymbolAtom | number | boolean | string;

/** The key of an atom; null: atoms with other keys may match it, too. */
function keyOf(atom: Atom): Key | null {
  switch (atom.tag) {
    case SYMBOL:
      return atom;
    case INTEGER:
    case FLOAT:
      return Number(atom.value);
    case BOOLEAN:
      return atom.value;
    case STRING:
      return `"${atom.value}`;
    case EXPRESSION:
      return keyOfExpression(atom);
    default:
      return null;
  }
}

function keyOfExpression({ children }: Expression): Key | null {
  if (children.length === 0) return "()";
  const head = dereference(children[0]!);
  return head.tag === SYMBOL ? `(${children.length} ${head.name}` : null;
}

/** The key of what a rule has at an argument. */
function keyAt({ left }: PreparedRule, index: number): Key | null {
  return left.tag === EXPRESSION ? keyOf(left.children[index]!) : null;
}

type Found = PreparedRules | RuleDispatch;

export class RuleDispatch {
  readonly #index: number;
  readonly #byKey: ReadonlyMap<Key, Found>;
  /** For keys that no rule has. */
  readonly #others: Found;

  private constructor(index: number, byKey: ReadonlyMap<Key, Found>, others: Found) {
    this.#index = index;
    this.#byKey = byKey;
    this.#others = others;
  }

  /** The dispatch among rules by arguments from 1 on, of which there are `arity`. */
  static among(rules: readonly PreparedRule[], arity: number): Found {
    const indexes = Array.from({ length: arity }, (_, at) => at + 1);
    return divided(rules, indexes);
  }

  /** What a call may match (DI1); null: an argument that tells rules apart may match any. */
  find(call: Expression): PreparedRules | null {
    const key = keyOf(dereference(call.children[this.#index]!));
    if (key === null) return null;
    const found = this.#byKey.get(key) ?? this.#others;
    return found instanceof RuleDispatch ? found.find(call) : found;
  }

  /** All that can be found. */
  sets(): readonly PreparedRules[] {
    return [...this.#byKey.values(), this.#others].flatMap((found) =>
      found instanceof RuleDispatch ? found.sets() : [found],
    );
  }

  /** Divides rules by the argument that tells most of them apart. */
  static by(index: number, rules: readonly PreparedRule[], others: readonly number[]): Found {
    const byKey = new Map<Key, PreparedRule[]>();
    const fitting: PreparedRule[] = [];
    for (const rule of rules) {
      const key = keyAt(rule, index);
      if (key === null) {
        fitting.push(rule);
        for (const some of byKey.values()) some.push(rule);
      } else {
        const some = byKey.get(key);
        if (some === undefined) byKey.set(key, [...fitting, rule]);
        else some.push(rule);
      }
    }
    const found = new Map([...byKey].map(([key, some]) => [key, divided(some, others)] as const));
    return new RuleDispatch(index, found, divided(fitting, others));
  }
}

function divided(rules: readonly PreparedRule[], indexes: readonly number[]): Found {
  const index = rules.length > SMALL ? bestIndex(rules, indexes) : null;
  if (index === null) return new PreparedRules(rules, rules.length <= LARGEST_CODE, PATIENCE);
  const others = indexes.filter((each) => each !== index);
  return RuleDispatch.by(index, rules, others);
}

/** The argument with most keys, or null if none divides the rules without copying too many. */
function bestIndex(rules: readonly PreparedRule[], indexes: readonly number[]): number | null {
  let best: number | null = null;
  let most = 1;
  for (const index of indexes) {
    const keys = rules.map((rule) => keyAt(rule, index));
    const count = new Set(keys).size;
    const fitting = keys.filter((key) => key === null).length;
    if (count <= most || count * fitting > MOST_COPIES * rules.length) continue;
    best = index;
    most = count;
  }
  return best;
}
