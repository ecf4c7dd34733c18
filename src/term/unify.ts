/**
 * Two-way unification, in place and with a trail.
 *
 *   U1  On success the two atoms resolve to the same atom; bindings are on the trail.
 *   U2  No binding makes a cyclic term (occurs check).
 *   U3  Between two variables the newer one is bound, so chains of bindings lead to older variables;
 *       those of the query, which have no number, are the oldest.
 *   U4  After failure some bindings may remain; the caller undoes them to its mark.
 *   U5  A host value that matches an atom in several ways takes the first, or the one that
 *       `trail.solutions` says. A space matches what is found in it, likewise.
 *   U6  Two expressions that were met once in a large walk are not looked at again: either the walk fails, or
 *       they are
 *       equal at its end. That does not hold where they may match in several ways (U5).
 */
import { countWork } from "../base/work.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  HOST,
  type HostAtom,
  type MatchSolution,
  SPACE,
  type SpaceAtom,
  STATE,
  VARIABLE,
  type Variable,
} from "./atom.js";
import { equalLeaves } from "./equal.js";
import { dereference, resolve } from "./resolve.js";
import { Classes, Seen, SMALL_VISITS } from "./sharing.js";
import type { Trail } from "./trail.js";

/** Depth to which unification recurses before it continues with a stack of its own. */
const RECURSION_LIMIT = 400;

/**
 * Makes the two atoms equal by binding variables, or returns false (U4). Costs a look at each part, in large atoms at
 * each different part (U6), and for each binding to an expression with variables a look at that.
 */
export function unify(left: Atom, right: Atom, trail: Trail): boolean {
  trail.visitsLeft = SMALL_VISITS;
  trail.known = null;
  return unifyWithin(left, right, trail, 0);
}

function unifyWithin(left: Atom, right: Atom, trail: Trail, depth: number): boolean {
  const first = dereference(left);
  const second = dereference(right);
  if (first === second) return true;
  if (first.tag === VARIABLE || second.tag === VARIABLE) return bindEither(first, second, trail);
  if (first.tag !== EXPRESSION) return leavesUnify(first, second, trail);
  if (second.tag === HOST) return hostMatches(second, first, trail);
  if (second.tag === SPACE) return spaceMatches(second, first, trail);
  if (second.tag !== EXPRESSION || first.children.length !== second.children.length) return false;
  trail.visitsLeft -= first.children.length;
  if (depth > RECURSION_LIMIT || trail.visitsLeft < 0) return unifyLarge(first, second, trail);
  for (let index = 0; index < first.children.length; index++) {
    if (!unifyWithin(first.children[index]!, second.children[index]!, trail, depth + 1)) {
      return false;
    }
  }
  return true;
}

/**
 * Two atoms that are not variables, one of them not an expression: equal, states that count as the same, or a
 * host value that matches the other.
 */
export function leavesUnify(first: Atom, second: Atom, trail: Trail): boolean {
  if (equalLeaves(first, second)) return true;
  if (first.tag === HOST && first.behavior.match !== undefined) {
    return hostMatches(first, second, trail);
  }
  if (second.tag === HOST) return hostMatches(second, first, trail);
  if (first.tag === SPACE) return spaceMatches(first, second, trail);
  if (second.tag === SPACE) return spaceMatches(second, first, trail);
  if (first.tag !== STATE || second.tag !== STATE) return false;
  return trail.sameStates?.(first, second) ?? false;
}

/** U5. */
function hostMatches(host: HostAtom, other: Atom, trail: Trail): boolean {
  const match = (): Iterable<MatchSolution> =>
    host.behavior.match?.(host.value, resolve(other)) ?? [];
  const solution = trail.isNoting ? trail.solutions.next(match) : firstOf(match());
  if (solution === null) return false;
  for (const [left, right] of solution) if (!unify(left, right, trail)) return false;
  return true;
}

/** Whoever unifies with a space asks for what is in it (only where all ways are tried). */
function spaceMatches(space: SpaceAtom, other: Atom, trail: Trail): boolean {
  const ask = trail.spaceMatches;
  if (ask === null || !trail.isNoting) return false;
  const solution = trail.solutions.next(() => ask(space, other));
  if (solution === null) return false;
  for (const [left, right] of solution) if (!unify(left, right, trail)) return false;
  return true;
}

function firstOf(solutions: Iterable<MatchSolution>): MatchSolution | null {
  for (const solution of solutions) return solution;
  return null;
}

/** Binds the newer side (U3). At least one side is an unbound variable; the two differ. */
function bindEither(first: Atom, second: Atom, trail: Trail): boolean {
  if (first.tag === VARIABLE && (second.tag !== VARIABLE || first.id > second.id)) {
    return bindTo(first, second, trail);
  }
  return second.tag === VARIABLE && bindTo(second, first, trail);
}

/** False if the term would be cyclic (U2). */
function bindTo(variable: Variable, value: Atom, trail: Trail): boolean {
  if (value.tag === EXPRESSION && !value.ground && occurs(variable, value)) return false;
  trail.bind(variable, value);
  return true;
}

/** True when the unbound `variable` occurs in `atom` under the current bindings. */
function occurs(variable: Variable, atom: Atom): boolean {
  let seen: Seen | null = null;
  let visits = 0;
  const pending: Atom[] = [atom];
  while (pending.length > 0) {
    const next = dereference(pending.pop()!);
    if (next === variable) return true;
    if (next.tag !== EXPRESSION || next.ground) continue;
    visits += next.children.length;
    if (visits > SMALL_VISITS) {
      countWork(visits);
      visits = 0;
      seen ??= new Seen();
    }
    if (seen?.has(next) === true) continue;
    for (const child of next.children) {
      if (child.tag === VARIABLE || (child.tag === EXPRESSION && !child.ground)) {
        pending.push(child);
      }
    }
  }
  return false;
}

/** The same over a stack of its own, for deep atoms and for large ones. */
function unifyLarge(left: Expression, right: Expression, trail: Trail): boolean {
  const mayKnow = !trail.isNoting || !(asksOthers(left) || asksOthers(right));
  let visits = 0;
  const pending: Atom[] = [left, right];
  while (pending.length > 0) {
    const second = dereference(pending.pop()!);
    const first = dereference(pending.pop()!);
    if (first === second) continue;
    if (first.tag === VARIABLE || second.tag === VARIABLE) {
      if (!bindEither(first, second, trail)) return false;
    } else if (first.tag !== EXPRESSION) {
      if (!leavesUnify(first, second, trail)) return false;
    } else if (second.tag === HOST || second.tag === SPACE) {
      if (!leavesUnify(second, first, trail)) return false;
    } else {
      if (second.tag !== EXPRESSION || first.children.length !== second.children.length) {
        return false;
      }
      visits += first.children.length;
      if (visits > SMALL_VISITS) {
        countWork(visits);
        visits = 0;
        trail.visitsLeft = -1;
      }
      if (mayKnow && trail.visitsLeft < 0) {
        trail.known ??= new Classes(true);
        if (trail.known.unite(first, second)) continue;
      }
      for (let index = first.children.length - 1; index >= 0; index--) {
        pending.push(first.children[index]!, second.children[index]!);
      }
    }
  }
  return true;
}

/** Whether somebody is asked (U5) about a part of the atom, who may say something else the next time. */
function asksOthers(atom: Atom): boolean {
  const seen = new Set<Atom>();
  const pending: Atom[] = [atom];
  while (pending.length > 0) {
    const next = dereference(pending.pop()!);
    if (next.tag === HOST || next.tag === SPACE) return true;
    if (next.tag !== EXPRESSION || seen.has(next)) continue;
    countWork(next.children.length);
    seen.add(next);
    for (const child of next.children) pending.push(child);
  }
  return false;
}
