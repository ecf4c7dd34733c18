/**
 * Search: what a pattern finds in a space. Every form and every method that looks for a pattern goes this way.
 *
 *     matchThrough         host values that decide themselves what they match     host-match.ts
 *       dependenciesOf     the space, then the spaces it depends on               dependencies.ts
 *         matchPatternIn   one pattern, or several together                       query.ts
 *           PatternCursor  states by content, as the trail says                   contents.ts
 *
 *   QS1  With trails of {@link searchTrail} or of a machine, all searches for one pattern find the same, in the same
 *        order; a {@link PreparedPattern} is one that gives the same where it can be used.
 */
import type { Atom, MatchSolution, SpaceAtom, Variable } from "../term/atom.js";
import { renameFresh, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import { sameStates } from "./contents.js";
import { dependenciesOf, isAlone } from "./dependencies.js";
import { assertLive, type Handle } from "./handle.js";
import { asksHost, matchHosts } from "./host-match.js";
import type { MatchCursor } from "./match-cursor.js";
import { type Besides, countMatches, matchPatternIn, NOTHING_BESIDES } from "./query.js";
import { searchShaped } from "./query-shape.js";
import { type Question, restrictionOf } from "./question.js";
import { hasStates } from "./state.js";

/**
 * The matches of `pattern` in a space (null is `&self`) and in all that it depends on, in the order of the
 * spaces, in each in insertion order; the parts of `(, p1 p2 …)` may be found in different ones. As matchPatternIn
 * (query.ts) for all else.
 */
export function matchThrough(
  environment: Handle,
  space: SpaceAtom | null,
  pattern: Atom,
  trail: Trail,
  besides: Besides = NOTHING_BESIDES,
): MatchCursor {
  const others = dependenciesOf(environment, space);
  const spaces = others.length === 0 ? [space] : [space, ...others];
  if (!asksHost(pattern)) return matchPatternIn(environment, spaces, pattern, trail, besides);
  // What stands for a host value is looked at when it is asked.
  const all = { ...besides, wanted: null };
  return matchHosts(pattern, trail, (bare) =>
    matchPatternIn(environment, spaces, bare, trail, all),
  );
}

/** How many matches a search for a pattern of the embedder finds; nothing is decoded where that can be avoided. */
export function countFound(environment: Handle, question: Question): number {
  assertLive(environment);
  const shaped = searchShaped(environment, question);
  if (shaped !== null) {
    const count = shaped.match.count();
    shaped.close();
    return count;
  }
  const { space, intervals } = question;
  const renamed = new Map<Variable, Variable>();
  const pattern = renameFresh(question.pattern, renamed);
  const restriction = restrictionOf(intervals, renamed);
  if (restriction === null && !asksHost(pattern) && isAlone(environment, space)) {
    // Without states there is nothing to ask, and the thread's trail will do.
    const trail = hasStates(environment) ? searchTrail(environment) : environment.store.trail;
    return countMatches(environment, space, pattern, trail);
  }
  const trail = searchTrail(environment);
  const cursor = matchThrough(environment, space, pattern, trail, {
    tallies: null,
    restriction,
    wanted: null,
  });
  let count = 0;
  for (; cursor.next(); trail.undoTo(0)) {
    if (restriction === null || restriction.holds) count++; // RI3
  }
  return count;
}

/** A trail for a search of its own: states count by what they hold, spaces match what is found in them. */
export function searchTrail(environment: Handle): Trail {
  const trail = new Trail();
  askEnvironment(trail, environment, () => null);
  return trail;
}

/** Lets unification with the trail ask the environment about states and spaces; `self` is what `&self` means. */
export function askEnvironment(
  trail: Trail,
  environment: Handle,
  self: () => SpaceAtom | null,
): void {
  trail.sameStates = (one, other) => sameStates(environment, one, other);
  trail.spaceMatches = (space, pattern) => foundIn(environment, self(), space, pattern);
}

/** Each match of a pattern in a space, as what the pattern is to be unified with; null is `&self`. */
function* foundIn(
  environment: Handle,
  self: SpaceAtom | null,
  space: SpaceAtom,
  pattern: Atom,
): Generator<MatchSolution, void, undefined> {
  const trail = searchTrail(environment);
  const where = space.writer === 0 ? self : space;
  const cursor = matchThrough(environment, where, pattern, trail);
  try {
    while (cursor.next()) {
      const found = resolve(pattern);
      trail.undoTo(0);
      yield [[pattern, found]];
    }
  } finally {
    trail.undoTo(0);
    cursor.close();
  }
}
