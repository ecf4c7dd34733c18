/** Questions: what an embedder asks an environment, with its options looked at. */
import { asOptions, type Checks, refuse } from "../base/arguments.js";
import { asAtom, asSpace } from "../term/arguments.js";
import type { Atom, SpaceAtom, Variable } from "../term/atom.js";
import { variablesOf } from "../term/resolve.js";
import { asLimit, type Bounds, Interval } from "./interval.js";
import { Restriction } from "./restriction.js";

/** In which space; the environment's own, `&self`, unless given. */
export interface InSpace {
  /** A space of the environment; `&self` if none is given. */
  readonly space?: SpaceAtom | null | undefined;
}

/** What is searched, and which matches are wanted. */
export interface SearchOptions extends InSpace {
  /**
   * By the names of variables of the pattern: only matches in which each is a number between its limits. Comparisons are
   * exact, also between whole numbers of any size and floats; NaN is in no interval. Rows that are not are found by an
   * index where they are most.
   *
   * ```ts
   * env.match(parseAtom("(reading $sensor $value)"), { bounds: { value: { gte: 20, lt: 25 } } });
   * ```
   */
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined;
}

/** A pattern that is searched in a space (null is `&self`), and which numbers its variables may be. */
export interface Question {
  readonly pattern: Atom;
  readonly space: SpaceAtom | null;
  /** By the names of variables; null if they may be anything. */
  readonly intervals: Intervals | null;
}

/** Which numbers variables may be, by their names. */
export type Intervals = ReadonlyMap<string, Interval>;

export const SEARCH_CHECKS: Checks<SearchOptions> = { space: asSpace, bounds: asBounds };
const BOUNDS_CHECKS: Checks<Bounds> = { gte: asLimit, gt: asLimit, lte: asLimit, lt: asLimit };

function asBounds(act: string, bounds: Readonly<Record<string, Bounds>>): void {
  if (typeof bounds !== "object" || bounds === null) {
    refuse(act, "an object of limits by the names of variables", bounds);
  }
  for (const [name, each] of Object.entries(bounds))
    asOptions(`${act}.${name}`, each, BOUNDS_CHECKS);
}

/** What is asked with options that were looked at. Throws ERR_INVALID_ARGUMENT for bounds of what is no variable of the pattern. */
export function questionOf(act: string, given: Atom, { space, bounds }: SearchOptions): Question {
  const pattern = asAtom(act, given);
  const intervals = bounds === undefined ? null : intervalsOf(act, pattern, bounds);
  return { pattern, space: space ?? null, intervals };
}

function intervalsOf(
  act: string,
  pattern: Atom,
  bounds: Readonly<Record<string, Bounds>>,
): Intervals | null {
  const intervals = new Map<string, Interval>();
  const names = new Set([...variablesOf(pattern)].map(({ name }) => name));
  for (const [name, each] of Object.entries(bounds)) {
    if (!names.has(name)) refuse(`${act} with option bounds`, "a variable of the pattern", name);
    intervals.set(name, Interval.of(each));
  }
  return intervals.size === 0 ? null : intervals;
}

/** The restriction of a question, by the variables that stand for those of its pattern. */
export function restrictionOf(
  intervals: Intervals | null,
  variables: Iterable<readonly [Variable | null, Variable]>,
): Restriction | null {
  if (intervals === null) return null;
  const stages = [];
  for (const [original, variable] of variables) {
    const interval = original === null ? undefined : intervals.get(original.name);
    if (interval !== undefined) stages.push([{ variable, interval }]);
  }
  return new Restriction(stages, true);
}
