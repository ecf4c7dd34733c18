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
import { encodeInto, measure } from "../term/encode.js";
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
import { rangeAccess } from "./range-access.js";
import { ROW_TOKENS, readLiveCount, readPlaceCount, WHOLE } from "./relation.js";
import { FACT, HEADLESS_KINDS_MASK, kindOfKey, setKeyOf } from "./relation-key.js";
import { type Restriction, RowFilter } from "./restriction.js";
import { firstPlace } from "./row-key.js";
import { scan } from "./row-stream.js";
import { RELATIONS, readHeadlessKinds } from "./space.js";
import type { Store } from "./workspace.js";

/** Rows by whose values an index is judged, and the most entries that are counted for each. */
const SAMPLED = 8;
const COUNTED = 64;
/** Rows under a key up to which a row that is wholly known is looked for among them. */
const FEW = 4;
/** Larger patterns are matched in the general way. */
const MOST_STEPS = 256;

/**
 * Patterns that come one after the other, the first of which has new variables and the others have no more than those:
 * each as it is searched when the values of the new ones are known, and, where they can come from it, when they are not.
 */
export interface GroupPlan {
  readonly members: readonly { readonly first: LevelPlan | null; readonly check: LevelPlan }[];
}

/** The levels of a join, in the order of the patterns, and the variables by register. */
export interface JoinPlan {
  /** How many patterns there are. */
  readonly patternCount: number;
  readonly levels: readonly (LevelPlan | GroupPlan)[];
  readonly variables: readonly Variable[];
  /** Whether one of the patterns has no rows at all. */
  readonly isEmpty: boolean;
}

/**
 * The plan of as many patterns, from the first on, as have no matches that take unification and are of facts with a
 * symbol first.
 */
export function planJoin(
  store: Store,
  space: Address,
  patterns: readonly Atom[],
  restriction: Restriction | null,
): JoinPlan {
  const planner = new Planner(store, space, restriction);
  if ((readHeadlessKinds(store.words, space) & HEADLESS_KINDS_MASK) !== 0) return planner;
  for (const pattern of patterns) if (!planner.add(dereference(pattern))) break;
  planner.group();
  return planner;
}

/** A pattern of a plan with the variables that are known when its turn comes, and with it. */
interface Planned {
  readonly pattern: Expression;
  readonly relation: Address;
  readonly known: number;
  readonly plan: LevelPlan;
}

class Planner implements JoinPlan {
  levels: (LevelPlan | GroupPlan)[] = [];
  readonly variables: Variable[] = [];
  isEmpty = false;
  readonly #planned: Planned[] = [];
  readonly #store: Store;
  readonly #relations: Address;
  readonly #restriction: Restriction | null;
  #steps: number[] = [];
  #constants: Atom[] = [];
  /** Variables with a lower register have values when the present pattern's turn comes. */
  #known = 0;

  constructor(store: Store, space: Address, restriction: Restriction | null) {
    this.#store = store;
    this.#restriction = restriction;
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
    const known = this.variables.length;
    const plan = this.#plan(pattern, relation, known);
    if (plan === null) {
      this.variables.length = known;
      return false;
    }
    this.#planned.push({ pattern, relation, known, plan });
    this.levels.push(plan);
    return true;
  }

  get patternCount(): number {
    return this.#planned.length;
  }

  /** The pattern as it is searched when the variables with a register below `known` have values. */
  #plan(pattern: Expression, relation: Address, known: number): LevelPlan | null {
    this.#steps = [];
    this.#constants = [];
    this.#known = known;
    if (!this.#compile(pattern, new Set())) return null;
    const [steps, constants] = [this.#steps, this.#constants];
    const by = relation === NO_ADDRESS ? SCANNING : this.#bestPlace(relation, pattern);
    return { pattern, relation, steps, constants, filter: this.#filterOf(steps), by };
  }

  /** What a restriction asks of rows whose variables are known, or new: asked again only where there are new ones. */
  #filterOf(steps: readonly number[]): RowFilter | null {
    const restriction = this.#restriction;
    const found = newIn(steps);
    if (restriction === null || found.length === 0) return null;
    return RowFilter.of(restriction, (variable) => {
      const register = this.variables.indexOf(variable);
      return register < this.#known || found.includes(register) ? register : -1;
    });
  }

  /** Joins patterns that can give the same new variables their values into groups (join-group.ts). */
  group(): void {
    if (this.isEmpty) return;
    const planned = this.#planned;
    const levels: (LevelPlan | GroupPlan)[] = [];
    for (let at = 0; at < planned.length; ) {
      const first = planned[at]!;
      const known = first.known + this.#newIn(first);
      let end = at + 1;
      while (end < planned.length && this.#newIn(planned[end]!) === 0) end++;
      const givers = planned.slice(at, end).map((each) => this.#giving(each, first.known, known));
      if (givers[0] === null || givers.filter((each) => each !== null).length < 2) {
        levels.push(...planned.slice(at, end).map(({ plan }) => plan));
      } else {
        const members = planned.slice(at, end).map(({ pattern, relation, plan }, index) => ({
          first: givers[index]!,
          check: index > 0 ? plan : this.#plan(pattern, relation, known)!,
        }));
        levels.push({ members });
      }
      at = end;
    }
    this.levels = levels;
  }

  /** How many variables a pattern is the first to have. */
  #newIn({ plan }: Planned): number {
    return newVariables(plan).length;
  }

  /** The pattern as what gives all variables from `from` to `to` their values; null if it has not all, or is not found by another. */
  #giving({ pattern, relation }: Planned, from: number, to: number): LevelPlan | null {
    const plan = this.#plan(pattern, relation, from);
    if (plan === null || plan.by === SCANNING || newVariables(plan).length !== to - from) {
      return null;
    }
    return plan;
  }

  /** `met` are the registers of new variables that the pattern has had already. */
  #compile(part: Atom, met: Set<number>): boolean {
    const atom = dereference(part);
    const steps = this.#steps;
    if (steps.length > MOST_STEPS) return false;
    if (atom.tag === VARIABLE) {
      const found = this.variables.indexOf(atom);
      const register = found >= 0 ? found : this.variables.push(atom) - 1;
      steps.push(register < this.#known || met.has(register) ? KNOWN : NEW, register);
      met.add(register);
      return true;
    }
    if (atom.tag === EXPRESSION && !atom.ground) {
      const { length } = atom.children;
      if (length >= SHORT_ARITY_LIMIT) return false;
      steps.push(HEAD, (length << TAG_BITS) | T_EXPRESSION);
      return atom.children.every((child) => this.#compile(child, met));
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
    let isWhole = true;
    for (let place = 1; place < places && place < children.length; place++) {
      const atom = dereference(children[place]!);
      if (atom.tag === EXPRESSION && !atom.ground) isWhole = false;
      if (atom.tag === VARIABLE) {
        const register = this.variables.indexOf(atom);
        if (register >= this.#known) {
          isWhole = false;
          continue;
        }
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
    if (!isWhole && this.#restriction !== null) {
      const range = rangeAccess(
        this.#store,
        relation,
        children.slice(1),
        this.#restriction,
        fewest,
      );
      if (range !== null) return { ...range, index: NO_ADDRESS, key: 0 };
    }
    if (!isWhole || fewest <= FEW || children.length > places) return best;
    return { parts: children.map((child) => this.#partOf(dereference(child))) };
  }

  /** The register of a variable, or a constant's run. */
  #partOf(part: Atom): number | Int32Array {
    if (part.tag === VARIABLE) return this.variables.indexOf(part);
    const run = new Int32Array(measure(part));
    encodeInto(this.#store.vocabulary, part, run, 0, run.length);
    return run;
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

/** The registers of the variables that get their values from a pattern, in the order of its steps. */
export function newVariables({ steps }: LevelPlan): readonly number[] {
  return newIn(steps);
}

/** The registers of all variables of a pattern, known or new; some may be there twice. */
export function variablesOf({ steps }: LevelPlan): readonly number[] {
  return steps.filter(
    (_, at) => at % 2 === 1 && (steps[at - 1] === NEW || steps[at - 1] === KNOWN),
  );
}

function newIn(steps: readonly number[]): readonly number[] {
  return steps.filter((_, at) => at % 2 === 1 && steps[at - 1] === NEW);
}
