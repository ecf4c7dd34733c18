/**
 * Join plan: patterns that are matched together, compiled for a join (join.ts) under the bindings at its beginning.
 *
 * The variables of the patterns get registers. Each pattern looks its rows up by the place that promises the fewest: one
 * with a constant, or one whose variable has a value by then, judged by the rows that are there.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  STRING,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { tokenKey } from "../term/token-key.js";
import {
  SHORT_ARITY_LIMIT,
  skip,
  T_BOOLEAN,
  T_EXPRESSION,
  T_STRING,
  T_SYMBOL,
  TAG_BITS,
  tokenOf,
} from "../term/tokens.js";
import { boundPlace, runLength, SCAN_LIMIT, SCANNING } from "./access.js";
import { mayHoldVariableRows, requireIndex } from "./argument-index.js";
import { CONSTANT, HEAD, KNOWN, type LevelPlan, NEW, WORD } from "./join-level.js";
import { ROW_TOKENS, readLiveCount, readPlaceCount, WHOLE } from "./relation.js";
import { FACT, HEADLESS_KINDS_MASK, kindOfKey, setKeyOf } from "./relation-key.js";
import { firstPlace } from "./row-key.js";
import { scan } from "./row-stream.js";
import { RELATIONS, readHeadlessKinds } from "./space.js";
import type { Store } from "./workspace.js";

/** Rows by whose values an index is judged, and the most entries that are counted for each. */
const SAMPLED = 8;
const COUNTED = 64;
/** Larger patterns are matched in the general way. */
const MOST_STEPS = 256;

/** The levels of a join, in the order of the patterns, and the variables by register. */
export interface JoinPlan {
  readonly levels: readonly LevelPlan[];
  readonly variables: readonly Variable[];
  /** Whether one of the patterns has no rows at all. */
  readonly isEmpty: boolean;
}

/**
 * The plan of as many patterns, from the first on, as have no matches that take unification and are of facts with a
 * symbol first.
 */
export function planJoin(store: Store, space: Address, patterns: readonly Atom[]): JoinPlan {
  const planner = new Planner(store, space);
  if ((readHeadlessKinds(store.words, space) & HEADLESS_KINDS_MASK) !== 0) return planner;
  for (const pattern of patterns) if (!planner.add(dereference(pattern))) break;
  return planner;
}

class Planner implements JoinPlan {
  readonly levels: LevelPlan[] = [];
  readonly variables: Variable[] = [];
  isEmpty = false;
  readonly #store: Store;
  readonly #relations: Address;
  #steps: number[] = [];
  #constants: Atom[] = [];
  /** Variables with a lower register have values when the present pattern's turn comes. */
  #known = 0;

  constructor(store: Store, space: Address) {
    this.#store = store;
    this.#relations = store.words[space + RELATIONS]!;
  }

  /** False if the pattern is none for a join. */
  add(pattern: Atom): boolean {
    const { words, key, vocabulary } = this.#store;
    if (pattern.tag !== EXPRESSION || pattern.children.length >= SHORT_ARITY_LIMIT) return false;
    if (dereference(pattern.children[0] ?? pattern).tag !== SYMBOL) return false;
    setKeyOf(key, pattern, vocabulary.symbols);
    if (kindOfKey(key.high) !== FACT) return false;
    const found =
      this.#relations === NO_ADDRESS
        ? NOT_FOUND
        : treeFind(words, this.#relations, key.high, key.low);
    const relation = found === NOT_FOUND ? NO_ADDRESS : found;
    if (relation === NO_ADDRESS) this.isEmpty = true;
    else if (mayHoldVariableRows(words, relation, WHOLE)) return false;
    this.#steps = [];
    this.#constants = [];
    this.#known = this.variables.length;
    if (!this.#compile(pattern)) {
      this.variables.length = this.#known;
      return false;
    }
    const by = relation === NO_ADDRESS ? SCANNING : this.#bestPlace(relation, pattern);
    const [steps, constants] = [this.#steps, this.#constants];
    this.levels.push({ pattern, relation, steps, constants, by });
    return true;
  }

  #compile(part: Atom): boolean {
    const atom = dereference(part);
    const steps = this.#steps;
    if (steps.length > MOST_STEPS) return false;
    if (atom.tag === VARIABLE) {
      const known = this.variables.indexOf(atom);
      if (known >= 0) steps.push(KNOWN, known);
      else steps.push(NEW, this.variables.push(atom) - 1);
      return true;
    }
    if (atom.tag === EXPRESSION && !atom.ground) {
      const { length } = atom.children;
      if (length >= SHORT_ARITY_LIMIT) return false;
      steps.push(HEAD, (length << TAG_BITS) | T_EXPRESSION);
      return atom.children.every((child) => this.#compile(child));
    }
    const word = this.#wordOf(atom);
    if (word === null) steps.push(CONSTANT, this.#constants.push(atom) - 1);
    else steps.push(WORD, word);
    return true;
  }

  /** The one word that an atom is in every row, or null. */
  #wordOf(atom: Atom): number | null {
    const { symbols } = this.#store.vocabulary;
    if (atom.tag === SYMBOL) return tokenOf(T_SYMBOL, symbols.idOf(atom));
    if (atom.tag === STRING) return tokenOf(T_STRING, symbols.idOfText(atom.value));
    if (atom.tag === BOOLEAN) return tokenOf(T_BOOLEAN, atom.value ? 1 : 0);
    return null;
  }

  /** The access by the place with the fewest rows. */
  #bestPlace(relation: Address, { children }: Expression): LevelPlan["by"] {
    const { words, heap } = this.#store;
    let fewest = readLiveCount(words, relation);
    let best: LevelPlan["by"] = SCANNING;
    if (fewest <= SCAN_LIMIT) return best;
    const places = readPlaceCount(words, relation);
    for (let place = 1; place < places && place < children.length; place++) {
      const atom = dereference(children[place]!);
      if (atom.tag === VARIABLE) {
        const register = this.variables.indexOf(atom);
        if (register >= this.#known) continue;
        const rows = this.#rowsFor(relation, place);
        if (rows >= fewest) continue;
        fewest = rows;
        best = { place, register };
      } else {
        const bound = boundPlace(this.#store, relation, place, atom);
        const index = bound === null ? NO_ADDRESS : requireIndex(heap, relation, bound.number);
        if (bound === null || index === NO_ADDRESS) continue;
        const rows = runLength(words, index, bound.key, fewest);
        if (rows >= fewest) continue;
        fewest = rows;
        best = { ...bound, index };
      }
    }
    return best;
  }

  /** How many rows have what another row has at the place, on the average of some. */
  #rowsFor(relation: Address, place: number): number {
    const { words, heap } = this.#store;
    const index = requireIndex(heap, relation, place);
    if (index === NO_ADDRESS) return Number.POSITIVE_INFINITY;
    const rows = scan(words, relation);
    let sum = 0;
    let sampled = 0;
    for (; sampled < SAMPLED && rows.next(); sampled++) {
      let at = firstPlace(words, FACT, rows.row + ROW_TOKENS);
      for (let skipped = 1; skipped < place; skipped++) at = skip(words, at);
      sum += runLength(words, index, tokenKey(words, at), COUNTED);
    }
    return sampled === 0 ? 0 : sum / sampled;
  }
}
