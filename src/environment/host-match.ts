/**
 * Host values in patterns: one with a `match` of its own stands for whatever is found in its place, and is asked
 * about that afterwards. It may answer in several ways: each is a match.
 *
 *     (age $who ≥18)      searched as (age $who $host), then ≥18 is asked about what $host is
 *
 *   HM1  The last host value of a pattern varies slowest, as if it had been asked first.
 *   HM2  Before another way is tried the bindings of the match stand again. The caller takes all bindings back
 *        between results, so a note is kept of them.
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  HOST,
  type Variable,
} from "../term/atom.js";
import { dereference, freshVariable, mapLeaves, resolve } from "../term/resolve.js";
import { Solutions } from "../term/solutions.js";
import type { Trail } from "../term/trail.js";
import { unify } from "../term/unify.js";
import type { MatchCursor } from "./match-cursor.js";

/** From so many expressions on those that were met are remembered: they may be shared many times. */
const MANY = 64;
/** Matches that were refused between two questions whether the search is to end (`Trail.isInterrupted`). */
const TURNS_UNATTENDED = 256;

/** Whether a value has a host value in it that wants to decide itself what it matches. */
export function asksHost(value: Atom): boolean {
  const top = dereference(value);
  if (top.tag === HOST) return top.behavior.match !== undefined;
  return top.tag === EXPRESSION && !top.ground && holdsHost(top);
}

function holdsHost(top: Expression): boolean {
  // Most patterns are flat, and are looked through without anything being made.
  let pending: Expression[] | null = null;
  let met: Set<Atom> | null = null;
  let count = 0;
  for (let next: Expression | undefined = top; next !== undefined; next = pending?.pop()) {
    if (++count > MANY) {
      met ??= new Set();
      if (met.has(next)) continue;
      met.add(next);
    }
    for (const child of next.children) {
      const atom = dereference(child);
      if (atom.tag === HOST && atom.behavior.match !== undefined) return true;
      if (atom.tag !== EXPRESSION || atom.ground) continue;
      pending ??= [];
      pending.push(atom);
    }
  }
  return false;
}

/** The matches of a pattern with host values in it: of what `matchesOf` finds for it with their places free. */
export function matchHosts(
  pattern: Atom,
  trail: Trail,
  matchesOf: (pattern: Atom) => MatchCursor,
): MatchCursor {
  const hosts: Atom[] = [];
  const places: Atom[] = [];
  const bare = mapLeaves(resolve(pattern), (leaf) => {
    if (leaf.tag !== HOST || leaf.behavior.match === undefined) return leaf;
    const place = freshVariable("host");
    hosts.unshift(leaf); // HM1
    places.unshift(place);
    return place;
  });
  return new HostMatch(matchesOf(bare), expression(hosts), expression(places), trail);
}

class HostMatch implements MatchCursor {
  readonly #cursor: MatchCursor;
  readonly #hosts: Atom;
  readonly #places: Atom;
  readonly #trail: Trail;
  /** The ways of the present match; null before the first and after the last. */
  #ways: Solutions | null = null;
  /** What the present match bound (HM2). */
  readonly #variables: Variable[] = [];
  readonly #values: Atom[] = [];

  constructor(cursor: MatchCursor, hosts: Atom, places: Atom, trail: Trail) {
    this.#cursor = cursor;
    this.#hosts = hosts;
    this.#places = places;
    this.#trail = trail;
  }

  next(): boolean {
    const trail = this.#trail;
    const start = trail.mark();
    for (let turn = 1; this.#nextWay(); turn++) {
      if (this.#unifies()) return true;
      trail.undoTo(start);
      if (turn % TURNS_UNATTENDED === 0 && trail.isInterrupted?.() === true) break;
    }
    this.close();
    return false;
  }

  /** Binds the present match again for its next way, or the next match for its first. */
  #nextWay(): boolean {
    const trail = this.#trail;
    if (this.#ways?.advance() === true) {
      for (const [index, variable] of this.#variables.entries()) {
        trail.bind(variable, this.#values[index]!);
      }
      return true;
    }
    this.#ways = null;
    const mark = trail.mark();
    if (!this.#cursor.next()) return false;
    this.#variables.length = 0;
    this.#values.length = 0;
    for (let index = mark; index < trail.mark(); index++) {
      const variable = trail.at(index);
      this.#variables.push(variable);
      this.#values.push(variable.value!);
    }
    this.#ways = new Solutions();
    return true;
  }

  #unifies(): boolean {
    const trail = this.#trail;
    const { solutions, isNoting } = trail;
    trail.solutions = this.#ways!;
    trail.isNoting = true;
    try {
      return unify(this.#hosts, this.#places, trail);
    } finally {
      trail.solutions = solutions;
      trail.isNoting = isNoting;
    }
  }

  /** A host value is not asked before its turn. */
  isLast(): boolean {
    return false;
  }

  close(): void {
    this.#ways?.close();
    this.#ways = null;
    this.#cursor.close();
  }
}
