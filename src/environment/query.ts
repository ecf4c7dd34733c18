/**
 * What the evaluator asks of an environment: matches, the rules of a head, declared types.
 *
 * All of it reads the environment as it is at the time of the call.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { readEvent } from "../containers/rows.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import {
  type Atom,
  type Expression,
  expression,
  type SpaceAtom,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { decode } from "../term/decode.js";
import { dereference, freshVariable, resolve } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import { placeAccess, SCAN_LIMIT } from "./access.js";
import { streamOf } from "./access-streams.js";
import { Conjunction, conjunctsOf } from "./conjunction.js";
import { assertLive, type Handle, takePin } from "./handle.js";
import { Join } from "./join.js";
import { planJoin } from "./join-plan.js";
import {
  type MatchCursor,
  PatternCursor,
  patternMatches,
  SimpleMatch,
  type TallyOf,
} from "./match-cursor.js";
import { orderPatterns } from "./pattern-order.js";
import {
  ROW_TOKENS,
  readLiveCount,
  readRows,
  readVersionSequence,
  readVersionWriter,
} from "./relation.js";
import {
  HEADLESS_KINDS_MASK,
  HEADLESS_RULE,
  HEADLESS_TYPE,
  RULE,
  VARIABLE_ATOM,
} from "./relation-key.js";
import type { Restriction } from "./restriction.js";
import { RowMatcher } from "./row-matcher.js";
import { type RowStream, scan } from "./row-stream.js";
import { RELATIONS, readHeadlessKinds, readTypeVersion } from "./space.js";
import { findSpace } from "./space-access.js";
import { hasStates } from "./state.js";
import type { Store } from "./workspace.js";

const COLON = symbol(":");

/** What a search is given besides what is sought, and where. */
export interface Besides {
  /** Who is told what it looks at. */
  readonly tallies: TallyOf | null;
  /** Which matches it may leave out (RI1). */
  readonly restriction: Restriction | null;
  /** Unbound variables that somebody looks at; a search need not bind others. Null: any may be looked at. */
  readonly wanted: ReadonlySet<Variable> | null;
}

export const NOTHING_BESIDES: Besides = { tallies: null, restriction: null, wanted: null };

/**
 * The matches of `pattern` in spaces (null is `&self`), in the order of the spaces, in each in
 * insertion order. The pattern's own variables must be the caller's alone (`renameFresh`); bound ones are
 * followed. A pattern `(, p1 p2 …)` matches all of its parts, each in any of the spaces. States count by
 * their names unless the trail says otherwise. Throws ERR_INVALID_ARGUMENT for an unknown space.
 */
export function matchPatternIn(
  env: Handle,
  spaces: readonly (SpaceAtom | null)[],
  pattern: Atom,
  trail: Trail,
  besides: Besides,
): MatchCursor {
  assertLive(env);
  const { store } = env;
  const records = spaces.map((space) => findSpace(store.words, env.root, space));
  const top = dereference(pattern);
  env.reads?.notePattern(env, spaces, top);
  const parts = conjunctsOf(top);
  const { tallies, restriction, wanted } = besides;
  if (parts === null) {
    const matcher = RowMatcher.of(store, top, restriction, wanted);
    const tally = tallies?.(top) ?? null;
    const cursor = patternMatches(store, records, matcher, trail, tally);
    return new SimpleMatch(takePin(env), cursor);
  }
  const ordered = orderPatterns(store, records, parts);
  const head = joinIn(env, records, ordered, trail, besides);
  if (head?.patternCount === ordered.length) return head;
  const rest = ordered.slice(head?.patternCount ?? 0);
  const levels = rest.map((part) => {
    const matcher = RowMatcher.of(store, part, restriction);
    const tally = tallies?.(dereference(part)) ?? null;
    return () => patternMatches(store, records, matcher, trail, tally);
  });
  return new Conjunction(takePin(env), head, levels, trail);
}

/**
 * The matches of the patterns of facts in one space that come first (JN1); null where they are few, or where states may
 * count as equal to others.
 */
function joinIn(
  env: Handle,
  records: readonly Address[],
  ordered: readonly Atom[],
  trail: Trail,
  { tallies, restriction, wanted }: Besides,
): Join | null {
  if (records.length !== 1 || ordered.length === 0) return null;
  if (trail.sameStates !== null && hasStates(env)) return null;
  const plan = planJoin(env.store, records[0]!, ordered, restriction);
  const length = plan.patternCount;
  if (length < Math.min(LEAST_JOINED, ordered.length)) return null;
  // What comes behind a join of some of the patterns looks at their variables.
  const bound = length === ordered.length ? wanted : null;
  return new Join(env.store, takePin(env), plan, trail, { tallies, wanted: bound });
}

/** Patterns that are worth a join of their own. */
const LEAST_JOINED = 2;

/** As {@link matchPatternIn}, in one space; what it depends on is not looked at (search.ts does). */
export function matchPattern(
  env: Handle,
  space: SpaceAtom | null,
  pattern: Atom,
  trail: Trail,
): MatchCursor {
  return matchPatternIn(env, [space], pattern, trail, NOTHING_BESIDES);
}

/** How many matches there are. As {@link matchPattern}, but nothing is bound or decoded unless necessary. */
export function countMatches(
  env: Handle,
  space: SpaceAtom | null,
  pattern: Atom,
  trail: Trail,
): number {
  assertLive(env);
  const { store } = env;
  const top = dereference(pattern);
  if (conjunctsOf(top) === null) {
    env.reads?.notePattern(env, [space], top);
    const record = findSpace(store.words, env.root, space);
    const matcher = RowMatcher.of(store, top);
    return new PatternCursor(store, record, matcher, trail, null).countRest();
  }
  const cursor = matchPattern(env, space, top, trail);
  if (cursor instanceof Join) return cursor.countRest();
  const mark = trail.mark();
  let count = 0;
  for (; cursor.next(); trail.undoTo(mark)) count++;
  return count;
}

/** One rule as it is in a space. */
export interface StoredRule {
  /** Greater for rules added later, across all rule sets of a space. */
  readonly id: number;
  /** The event that added it: (writer, sequence) is unique in the heap. */
  readonly writer: number;
  readonly sequence: number;
  /** `(= left body)`, its variables as they were written. */
  readonly rule: Expression;
}

/** The rules of one head and arity, as they are until the environment is written next. */
export class RuleSet {
  /** The event of the last change: in one heap, equal for one head and arity means equal rules. */
  readonly writer: number;
  readonly sequence: number;
  readonly count: number;
  readonly #store: Store;
  readonly #relation: Address;

  constructor(store: Store, relation: Address) {
    this.#store = store;
    this.#relation = relation;
    this.writer = readVersionWriter(store.words, relation);
    this.sequence = readVersionSequence(store.words, relation);
    this.count = readLiveCount(store.words, relation);
  }

  /** All rules, in insertion order. */
  rules(): StoredRule[] {
    return this.#read(scan(this.#store.words, this.#relation));
  }

  /**
   * The rules that can match a call with these arguments, found by the most selective index if there are
   * many; some that cannot may be among them. In insertion order.
   */
  candidates(args: readonly Atom[]): StoredRule[] {
    if (this.count <= SCAN_LIMIT) return this.rules();
    const access = placeAccess(this.#store, this.#relation, args, null, true);
    return this.#read(streamOf(this.#store.words, this.#relation, access));
  }

  #read(stream: RowStream): StoredRule[] {
    const { words, vocabulary } = this.#store;
    const rows = readRows(words, this.#relation);
    const rules: StoredRule[] = [];
    while (stream.next()) {
      const { row, id } = stream;
      rules.push({
        id,
        ...readEvent(words, rows, id),
        rule: decode(vocabulary, words, row + ROW_TOKENS) as Expression,
      });
    }
    return rules;
  }
}

/**
 * The rules `(= (head a1 … an) body)` of a space with n = `arity`, or `(= head body)` for arity −1; with
 * head null the rules whose left-hand side has no symbol first (a variable, `((f a) b)`, `($f a)`),
 * whatever their arity, which may match calls of any head. Null if there are none.
 */
export function ruleSet(
  env: Handle,
  space: SpaceAtom | null,
  head: SymbolAtom | null,
  arity: number,
): RuleSet | null {
  assertLive(env);
  const { store } = env;
  const { key, words } = store;
  const relations = words[findSpace(words, env.root, space) + RELATIONS]!;
  if (relations === NO_ADDRESS) return null;
  if (head === null) key.set(HEADLESS_RULE, 0, 0);
  else key.set(RULE, store.vocabulary.symbols.idOf(head), arity + 1);
  const relation = treeFind(words, relations, key.high, key.low);
  if (relation === NOT_FOUND || readLiveCount(words, relation) === 0) return null;
  return new RuleSet(store, relation);
}

/** The types T of all `(: atom T)` in the space, in insertion order, as they were declared. */
export function typesOf(env: Handle, space: SpaceAtom | null, atom: Atom): Atom[] {
  assertLive(env);
  const { store } = env;
  const type = freshVariable("type");
  const { trail } = store;
  const record = findSpace(store.words, env.root, space);
  // Types of anything but a symbol are in relations that few spaces have.
  if (atom.tag !== SYMBOL && atom.tag !== VARIABLE) {
    if ((readHeadlessKinds(store.words, record) & HEADLESS_KINDS_MASK) === 0) return [];
  }
  const mark = trail.mark();
  const pattern = expression([COLON, atom, type]);
  const matcher = RowMatcher.of(store, pattern);
  const cursor = new PatternCursor(store, record, matcher, trail, null);
  const types: Atom[] = [];
  while (cursor.next()) {
    types.push(resolve(type));
    trail.undoTo(mark);
  }
  return types;
}

/** Whether the space may hold `(: atom T)` for an atom that is no symbol. */
export function typesOfOthers(env: Handle, space: SpaceAtom | null): boolean {
  assertLive(env);
  const { words } = env.store;
  const kinds = (1 << HEADLESS_TYPE) | (1 << VARIABLE_ATOM);
  return (readHeadlessKinds(words, findSpace(words, env.root, space)) & kinds) !== 0;
}

/** A number that changes whenever an atom `(: …)` or `(:< …)` is added to or removed from the space. */
export function typeVersion(env: Handle, space: SpaceAtom | null): number {
  assertLive(env);
  return readTypeVersion(env.store.words, findSpace(env.store.words, env.root, space));
}
