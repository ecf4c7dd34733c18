/** Explanation: which indexes a query used and how many rows it examined. */
import type { Atom, Variable } from "../term/atom.js";
import { renameFresh } from "../term/resolve.js";
import { SCAN } from "./access.js";
import type { Handle } from "./handle.js";
import { assertLive } from "./handle.js";
import type { Tally } from "./match-cursor.js";
import { type Question, restrictionOf } from "./question.js";
import { readLiveCount, readPlaceCount, WHOLE } from "./relation.js";
import { matchThrough, searchTrail } from "./search.js";
import type { Store } from "./workspace.js";

/** One relation that a pattern's rows were looked for in. */
export interface RelationAccess {
  /**
   * `scan`, `whole atom`, or `place N`: the N-th argument (the N-th child, for atoms without a symbol first), also
   * `place N by content` and `place N by order`.
   */
  readonly index: string;
  /** Live rows of the relation. */
  readonly size: number;
}

/** What one pattern contributed to a query. */
export interface PatternReport {
  /** The pattern as it was given. */
  readonly pattern: Atom;
  /** Each by the first time the pattern was looked for in it. */
  readonly relations: readonly RelationAccess[];
  /** How often the pattern was looked up: once per match of the patterns before it. */
  readonly lookUps: number;
  /** Rows compared with the pattern, over all lookups. */
  readonly rows: number;
  /** Rows that matched. */
  readonly matches: number;
}

/** How a query was answered: the order of its patterns, and what each of them looked at. */
export interface Explanation {
  /** The patterns in the order in which they were matched. */
  readonly patterns: readonly PatternReport[];
  /** The number of results. */
  readonly results: number;
}

/** Runs the query as `match` does, to its end, and reports. Throws ERR_INVALID_ARGUMENT for an unknown space. */
export function explain(env: Handle, { pattern, space, intervals }: Question): Explanation {
  assertLive(env);
  const { store } = env;
  const trail = searchTrail(env);
  const tallies = new Map<Atom, Tally>();
  const tallyOf = (each: Atom): Tally => {
    const tally = tallies.get(each) ?? { accesses: [], runs: 0, rows: 0, matches: 0 };
    tallies.set(each, tally);
    return tally;
  };
  const renamed = new Map<Variable, Variable>();
  const wanted = renameFresh(pattern, renamed);
  const restriction = restrictionOf(intervals, renamed);
  const cursor = matchThrough(env, space, wanted, trail, {
    tallies: tallyOf,
    restriction,
    wanted: null,
  });
  let results = 0;
  for (; cursor.next(); trail.undoTo(0)) {
    if (restriction === null || restriction.holds) results++; // RI3
  }
  return { patterns: [...tallies].map(([it, tally]) => report(store, it, tally)), results };
}

function report(store: Store, pattern: Atom, tally: Tally): PatternReport {
  return {
    pattern,
    relations: tally.accesses.map(({ relation, access }) => ({
      index: nameOfIndex(access.number, readPlaceCount(store.words, relation)),
      size: readLiveCount(store.words, relation),
    })),
    lookUps: tally.runs,
    rows: tally.rows,
    matches: tally.matches,
  };
}

/** What an index of that number looks at, in a relation with so many places. */
export function nameOfIndex(index: number, places: number): string {
  if (index === SCAN) return "scan";
  if (index === WHOLE) return "whole atom";
  const place = ((index - 1) % (places - 1)) + 1;
  return `place ${place}${GROUPS[Math.floor((index - 1) / (places - 1))]}`;
}

/** By what the indexes of a place are, in the order of their numbers. */
const GROUPS: readonly string[] = ["", " by content", " by order"];
