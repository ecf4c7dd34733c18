/**
 * Sources: the relations of a space whose rows may unify with a pattern (RK3).
 *
 * | pattern               | relations                                                                    |
 * | --------------------- | ---------------------------------------------------------------------------- |
 * | `(edge …)`            | FACT edge of that length · headless expressions of that length               |
 * | `(= (f …) b)`         | RULE f of that length · HEADLESS_RULE · headless expressions of length 3     |
 * | `(= $x b)`            | every RULE · HEADLESS_RULE · headless expressions of length 3                |
 * | `(= ($f …) b)`        | every RULE of that length · HEADLESS_RULE · headless expressions of length 3 |
 * | `(: f T)`, `(: $x T)` | TYPE f, or every TYPE · HEADLESS_TYPE · headless expressions of length 3     |
 * | `($h …)`              | all of the above whose atoms have that length                                |
 * | `((f a) …)`, `(1 …)`  | headless expressions of that length                                          |
 * | `a`, `1`              | the bare symbols, or the bare grounded atoms, spaces apart                   |
 * | `$x`                  | all relations                                                                |
 *
 * and for every pattern the relation of bare variables.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { treeCursor } from "../containers/tree-cursor.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  SPACE,
  SYMBOL,
  type SymbolAtom,
  VARIABLE,
} from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { readLiveCount } from "./relation.js";
import {
  FACT,
  firstKeyOfKind,
  GROUNDED_ATOM,
  HEADLESS_EXPRESSION,
  HEADLESS_RULE,
  HEADLESS_TYPE,
  INNER_SPACE,
  isRule,
  isTypeAssertion,
  kindOfKey,
  RULE,
  SYMBOL_ATOM,
  TYPE,
  VARIABLE_ATOM,
} from "./relation-key.js";
import { RELATIONS, readHeadlessKinds } from "./space.js";
import type { Store } from "./workspace.js";

/** Collects the relations of one pattern. */
class Sources {
  readonly found: Address[] = [];
  readonly #words: Int32Array;
  readonly #relations: Address;
  readonly #headlessKinds: number;

  constructor(words: Int32Array, relations: Address, headlessKinds: number) {
    this.#words = words;
    this.#relations = relations;
    this.#headlessKinds = headlessKinds;
  }

  exact(high: number, low: number): void {
    const relation = treeFind(this.#words, this.#relations, high, low);
    if (relation !== NOT_FOUND) this.#take(relation);
  }

  /** A relation of one of the kinds whose presence the space record notes (SP4). */
  headless(kind: number, low: number): void {
    if ((this.#headlessKinds & (1 << kind)) !== 0) this.exact(firstKeyOfKind(kind), low);
  }

  /** All relations of a kind, or those of one length. */
  kind(kind: number, length: number | null): void {
    const cursor = treeCursor(this.#words, this.#relations, firstKeyOfKind(kind), 0);
    while (cursor.next() && kindOfKey(cursor.high) === kind) {
      if (length === null || cursor.low === length) this.#take(cursor.value);
    }
  }

  all(): void {
    const cursor = treeCursor(this.#words, this.#relations, 0, 0);
    while (cursor.next()) this.#take(cursor.value);
  }

  #take(relation: Address): void {
    if (readLiveCount(this.#words, relation) > 0) this.found.push(relation);
  }
}

function addRules(sources: Sources, store: Store, left: Atom): void {
  if (left.tag === VARIABLE) {
    sources.kind(RULE, null);
  } else if (left.tag === SYMBOL) {
    setKind(store, sources, RULE, left, 0);
  } else if (left.tag === EXPRESSION && left.children.length > 0) {
    const head = dereference(left.children[0]!);
    if (head.tag === SYMBOL) setKind(store, sources, RULE, head, left.children.length);
    else if (head.tag === VARIABLE) sources.kind(RULE, left.children.length);
  }
  sources.headless(HEADLESS_RULE, 0);
}

function addTypes(sources: Sources, store: Store, subject: Atom): void {
  if (subject.tag === VARIABLE) sources.kind(TYPE, null);
  else if (subject.tag === SYMBOL) setKind(store, sources, TYPE, subject, 0);
  sources.headless(HEADLESS_TYPE, 0);
}

function setKind(
  store: Store,
  sources: Sources,
  kind: number,
  head: SymbolAtom,
  length: number,
): void {
  store.key.set(kind, store.vocabulary.symbols.idOf(head), length);
  sources.exact(store.key.high, store.key.low);
}

function addExpressions(sources: Sources, store: Store, pattern: Expression): void {
  const { length } = pattern.children;
  const head = length === 0 ? null : dereference(pattern.children[0]!);
  if (head?.tag === SYMBOL) {
    if (isRule(pattern)) addRules(sources, store, dereference(pattern.children[1]!));
    else if (isTypeAssertion(pattern)) addTypes(sources, store, dereference(pattern.children[1]!));
    else setKind(store, sources, FACT, head, length);
  } else if (head?.tag === VARIABLE) {
    sources.kind(FACT, length);
    if (length === 3) {
      for (const kind of [RULE, TYPE]) sources.kind(kind, null);
      for (const kind of [HEADLESS_RULE, HEADLESS_TYPE]) sources.headless(kind, 0);
    }
  }
  sources.headless(HEADLESS_EXPRESSION, length);
}

/** The relations with rows that may unify with `pattern` under the present bindings, in no particular order. */
export function sourcesOf(store: Store, space: Address, pattern: Atom): Address[] {
  const { words } = store;
  const relations = words[space + RELATIONS]!;
  if (relations === NO_ADDRESS) return [];
  const sources = new Sources(words, relations, readHeadlessKinds(words, space));
  const top = dereference(pattern);
  if (top.tag === VARIABLE) {
    sources.all();
    return sources.found;
  }
  if (top.tag === EXPRESSION) addExpressions(sources, store, top);
  else if (top.tag === SYMBOL) sources.exact(firstKeyOfKind(SYMBOL_ATOM), 0);
  else sources.exact(firstKeyOfKind(GROUNDED_ATOM), top.tag === SPACE ? INNER_SPACE : 0);
  sources.headless(VARIABLE_ATOM, 0);
  return sources.found;
}
