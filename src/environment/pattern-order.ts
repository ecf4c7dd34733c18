/**
 * Pattern order: which pattern of a conjunction is matched first, chosen by how many rows each promises, if others go by
 * what it binds.
 *
 * Invariants
 *   PO1  The estimates only choose the order: they may be wrong by any factor.
 */
import type { Address } from "../base/address.js";
import { type Atom, EXPRESSION, VARIABLE, type Variable } from "../term/atom.js";
import { dereference, variablesOf } from "../term/resolve.js";
import { boundPlace, placesOf, runLength, SCAN_LIMIT } from "./access.js";
import { mayHoldVariableRows, requireIndex } from "./argument-index.js";
import { readKeyHigh, readLiveCount, readPlaceCount, WHOLE } from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import { sourcesOf } from "./sources.js";
import type { Store } from "./workspace.js";

/** A pattern is moved forward only if it promises this many times fewer rows. */
const CLEARLY_FEWER = 4;

const COUNTED_AT_MOST = 1024;

/** Puts the patterns into the order in which they are to be matched (PO1). */
export function orderPatterns(
  store: Store,
  spaces: readonly Address[],
  patterns: readonly Atom[],
): Atom[] {
  const left = [...patterns];
  const ordered: Atom[] = [];
  const known = new Set<Variable>();
  while (left.length > 1) {
    const estimates = left.map((pattern) =>
      spaces.reduce((rows, space) => rows + estimateRows(store, space, pattern, known), 0),
    );
    let chosen = 0;
    for (let index = 1; index < left.length; index++) {
      const factor = chosen === 0 ? CLEARLY_FEWER : 1;
      if (estimates[index]! * factor >= estimates[chosen]!) continue;
      if (estimates[index]! <= 1 || !isApart(left, index, known)) chosen = index;
    }
    const [pattern] = left.splice(chosen, 1);
    ordered.push(pattern!);
    for (const variable of variablesOf(pattern!)) known.add(variable);
  }
  return [...ordered, ...left];
}

/**
 * Whether nothing that the pattern binds is in another one that is left: what comes behind it is the same for each of its
 * matches, and would be found again for each.
 */
function isApart(left: readonly Atom[], index: number, known: ReadonlySet<Variable>): boolean {
  const own = new Set([...variablesOf(left[index]!)].filter((each) => !known.has(each)));
  return left.every(
    (other, at) => at === index || ![...variablesOf(other)].some((each) => own.has(each)),
  );
}

/**
 * Rows that the pattern will look at when the variables of `known` are bound to something. Rows with variables promise
 * nothing: what they match stays unbound, and so do the patterns that wait for it.
 */
function estimateRows(
  store: Store,
  space: Address,
  pattern: Atom,
  known: ReadonlySet<Variable>,
): number {
  const top = dereference(pattern);
  if (top.tag === VARIABLE && known.has(top)) return 1;
  let rows = 0;
  for (const relation of sourcesOf(store, space, top)) {
    if (mayHoldVariableRows(store.words, relation, WHOLE)) return Number.POSITIVE_INFINITY;
    rows += estimateIn(store, relation, top, known);
  }
  return rows;
}

function estimateIn(
  store: Store,
  relation: Address,
  pattern: Atom,
  known: ReadonlySet<Variable>,
): number {
  const { words } = store;
  const count = readLiveCount(words, relation);
  const atoms = placesOf(kindOfKey(readKeyHigh(words, relation)), pattern);
  if (atoms === null || count <= SCAN_LIMIT) return count;
  const places = readPlaceCount(words, relation);
  let best = count;
  let boundLater = 0;
  for (let place = 1; place < places && place <= atoms.length; place++) {
    const atom = dereference(atoms[place - 1]!);
    const bound = boundPlace(store, relation, place, atom);
    if (bound === null) {
      if (atom.tag === VARIABLE && known.has(atom)) boundLater++;
      continue;
    }
    const index = requireIndex(store.heap, relation, bound.number);
    if (index !== 0) best = Math.min(best, runLength(words, index, bound.key, COUNTED_AT_MOST));
    if (isKnown(atom, known)) boundLater++;
  }
  // Nothing is known of the values to come: each bound place is assumed to reduce the rows to their root.
  return boundLater === 0 ? best : Math.min(best, count ** (1 / (1 + boundLater)));
}

/** Whether an expression has variables, all of which are bound to something when its turn comes. */
function isKnown(atom: Atom, known: ReadonlySet<Variable>): boolean {
  if (atom.tag !== EXPRESSION || atom.ground) return false;
  const variables = [...variablesOf(atom)];
  return variables.length > 0 && variables.every((each) => known.has(each));
}
