/**
 * Searches that generated code begins: the template is code that runs for each match, and takes what the match
 * found in the free places of the pattern as parameters.
 */
import { isAlone } from "../../environment/dependencies.js";
import type { MatchCursor } from "../../environment/match-cursor.js";
import { PreparedMatch, PreparedPattern } from "../../environment/prepared-pattern.js";
import type { Restriction } from "../../environment/restriction.js";
import { matchThrough } from "../../environment/search.js";
import type { Store } from "../../environment/workspace.js";
import {
  type Atom,
  type Expression,
  type SpaceAtom,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { dereference, freshVariable, mapLeaves, variableMark } from "../../term/resolve.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { ChoicePoint, type Frame, leave, type Machine, type Pending } from "../machine/machine.js";
import { spaceOf } from "../machine/space-scope.js";
import { LEVELS } from "./saved-frame.js";
import { slotsOf } from "./slots.js";

/** The template: what was found in the free places, then the locals that it needs. */
type Template = (machine: Machine, levels: number, ...atoms: readonly Atom[]) => Atom | null;

/** Levels of the JavaScript stack that a search takes from its template (saved-frame.ts). */
const SEARCH_LEVELS = 8;

/** What the template asks of the numbers in a match, by what variables of the rule stand for (restriction.ts). */
export type Restrict = (
  context: EvaluationContext,
  look: (atom: Atom) => Atom,
) => Restriction | null;

/** What a rule has of a search. */
interface SiteParts {
  readonly pattern: Atom;
  /** The variables that are to be found. */
  readonly free: readonly Variable[];
  /** Those with values that conditions of the template compare with. */
  readonly compared: readonly Variable[];
  readonly restrict: Restrict | null;
}

/** Relations with fewer rows are looked through sooner than it is found out what their rows need not be. */
const WORTH_ASKING = 64;

/** A pattern that is in a rule. */
export class SearchSite {
  readonly pattern: Atom;
  readonly slots: readonly Variable[];
  /** Variables besides the slots that conditions of the template compare with. */
  readonly limits: readonly Variable[];
  /** The indexes of the slots that are to be found. */
  readonly free: readonly number[];
  readonly #restrict: Restrict | null;
  readonly #preparable: Expression | null;
  #prepared: PreparedPattern | null = null;

  constructor({ pattern, free, compared, restrict }: SiteParts) {
    this.pattern = pattern;
    this.slots = slotsOf(pattern);
    this.limits = compared.filter((slot) => !this.slots.includes(slot));
    this.#restrict = restrict;
    this.free = free.map((slot) => this.slots.indexOf(slot));
    this.#preparable = PreparedPattern.canPrepare(pattern) ? pattern : null;
  }

  /** The pattern as the store can match it at once, if it can. */
  preparedFor(store: Store): PreparedPattern | null {
    if (this.#preparable === null) return null;
    this.#prepared ??= new PreparedPattern(store, this.#preparable, true);
    return this.#prepared;
  }

  /**
   * What the template asks, where the slots and the limits have `values`, and those without one stand for `places`; null
   * if it asks nothing.
   */
  restricting(
    context: EvaluationContext,
    values: readonly (Atom | null)[],
    places: readonly Atom[] = this.slots,
  ): ((rows: number) => Restriction | null) | null {
    const restrict = this.#restrict;
    if (restrict === null) return null;
    const look = (atom: Atom): Atom => {
      const top = dereference(atom);
      if (top.tag !== VARIABLE) return top;
      const slot = this.slots.indexOf(top);
      if (slot >= 0) return dereference(values[slot] ?? places[slot]!);
      const limit = this.limits.indexOf(top);
      return limit < 0 ? top : dereference(values[this.slots.length + limit]!);
    };
    return (rows) => (rows < WORTH_ASKING ? null : restrict(context, look));
  }
}

/**
 * Searches with a value for each slot of the pattern (null: it is to be found), and each limit. Gives the template's value for a match
 * that is known to be the only one, null if there is none; otherwise leaves the first match, and what comes behind it,
 * to the machine.
 */
export function search(
  machine: Machine,
  levels: number,
  site: SearchSite,
  where: SpaceAtom,
  values: readonly (Atom | null)[],
  template: Template,
  ...locals: readonly Atom[]
): Atom | null {
  if (levels <= 0) return machine.suspend(new Search(site, where, values, template, locals));
  const { handle, trail } = machine;
  const trailMark = trail.mark();
  const mark = variableMark();
  // The generated code has checked that it is a space.
  const space = spaceOf(where, machine.self)!;
  const restrict = site.restricting(machine.context, values);
  const prepared = site.preparedFor(handle.store);
  let cursor: FoundMatches | null = null;
  let match: PreparedMatch | null = null;
  if (prepared !== null && restrict === null) {
    cursor = prepared.remembered(handle, space, values, trail);
  }
  if (cursor === null) {
    if (prepared !== null && isAlone(handle, space)) {
      match = prepared.matches(handle, space, values, trail, restrict);
    }
    cursor = match ?? new Filled(site, values).search(machine, space);
  }
  if (!findFirst(cursor)) {
    if (match !== null) prepared!.giveBack(match);
    return null;
  }
  const taken = take(cursor, site, locals);
  if (!cursor.isLast()) {
    const choice = new SearchChoice(cursor, site, template, locals, taken);
    choice.trailMark = trailMark;
    choice.variableMark = mark;
    return machine.suspend(choice);
  }
  if (match !== null) prepared!.giveBack(match);
  machine.tidy(trailMark);
  return run(template, machine, levels - SEARCH_LEVELS, taken);
}

/** An exception leaves nothing behind: nobody else knows the cursor. */
function findFirst(cursor: MatchCursor): boolean {
  try {
    return cursor.next();
  } catch (error) {
    cursor.close();
    throw error;
  }
}

/** A search that is left to the machine before it has begun. */
class Search implements Pending {
  readonly #site: SearchSite;
  readonly #where: SpaceAtom;
  readonly #values: readonly (Atom | null)[];
  readonly #template: Template;
  readonly #locals: readonly Atom[];

  constructor(
    site: SearchSite,
    where: SpaceAtom,
    values: readonly (Atom | null)[],
    template: Template,
    locals: readonly Atom[],
  ) {
    this.#site = site;
    this.#where = where;
    this.#values = values;
    this.#template = template;
    this.#locals = locals;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const site = this.#site;
    const values = this.#values;
    const locals = this.#locals;
    const found = search(machine, LEVELS, site, this.#where, values, this.#template, ...locals);
    machine.finish(found, frame);
  }
}

/** What a match gives for the places of a pattern. */
interface FoundMatches extends MatchCursor {
  part(place: number): Atom;
}

/** What a match has in the free places, and locals: what the template takes. */
function take(match: FoundMatches, { free }: SearchSite, locals: readonly Atom[]): readonly Atom[] {
  // Of its own length: one that grows takes many words for a few atoms, once for each row.
  const atoms = new Array<Atom>(free.length + locals.length);
  for (let index = 0; index < free.length; index++) atoms[index] = match.part(free[index]!);
  for (let index = 0; index < locals.length; index++) atoms[free.length + index] = locals[index]!;
  return atoms;
}

function run(
  template: Template,
  machine: Machine,
  levels: number,
  taken: readonly Atom[],
): Atom | null {
  switch (taken.length) {
    case 1:
      return template(machine, levels, taken[0]!);
    case 2:
      return template(machine, levels, taken[0]!, taken[1]!);
    case 3:
      return template(machine, levels, taken[0]!, taken[1]!, taken[2]!);
    default:
      return template(machine, levels, ...taken);
  }
}

/**
 * A search whose first match was found, and then the choice among all. Its marks are those of before the first match,
 * which may have bound variables. Nothing is written before the machine begins it.
 */
class SearchChoice extends ChoicePoint implements Pending {
  readonly #cursor: FoundMatches;
  readonly #site: SearchSite;
  readonly #template: Template;
  readonly #locals: readonly Atom[];
  #first: readonly Atom[];
  #frame: Frame | null = null;

  constructor(
    cursor: FoundMatches,
    site: SearchSite,
    template: Template,
    locals: readonly Atom[],
    first: readonly Atom[],
  ) {
    super();
    this.#cursor = cursor;
    this.#site = site;
    this.#template = template;
    this.#locals = locals;
    this.#first = first;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const cursor = this.#cursor;
    if (cursor instanceof PreparedMatch) cursor.keep(machine.handle); // PP2
    this.#frame = frame;
    const { trailMark, variableMark: mark } = this;
    machine.push(this);
    this.trailMark = trailMark;
    this.variableMark = mark;
    const first = this.#first;
    this.#first = NOTHING;
    machine.finish(run(this.#template, machine, LEVELS, first), frame);
  }

  retry(machine: Machine): boolean {
    const mark = machine.trail.mark();
    if (!this.#cursor.next()) return false;
    const taken = take(this.#cursor, this.#site, this.#locals);
    if (this.#cursor.isLast()) leave(machine, this, mark);
    machine.finish(run(this.#template, machine, LEVELS, taken), this.#frame);
    return true;
  }

  override close(): void {
    this.#cursor.close();
  }
}

const NOTHING: readonly Atom[] = [];

/** A pattern whose places are filled, the free ones with variables, which a match binds. */
class Filled {
  readonly #pattern: Atom;
  readonly #site: SearchSite;
  readonly #values: readonly (Atom | null)[];
  readonly #atoms: readonly Atom[];

  constructor(site: SearchSite, values: readonly (Atom | null)[]) {
    const { pattern, slots } = site;
    const atoms = slots.map(({ name }, index) => values[index] ?? freshVariable(name));
    this.#site = site;
    this.#values = values;
    this.#atoms = atoms;
    this.#pattern = mapLeaves(pattern, (leaf) => {
      const slot = leaf.tag === VARIABLE ? slots.indexOf(leaf) : -1;
      return slot < 0 ? leaf : atoms[slot]!;
    });
  }

  search({ context, handle, trail }: Machine, space: SpaceAtom | null): FoundMatches {
    const restrict = this.#site.restricting(context, this.#values, this.#atoms);
    const restriction = restrict?.(Number.POSITIVE_INFINITY) ?? null;
    const besides = { tallies: null, restriction, wanted: null };
    return new FilledMatches(
      matchThrough(handle, space, this.#pattern, trail, besides),
      this.#atoms,
    );
  }
}

/** The matches of a filled pattern: what they have in a place is what they bind its variable to. */
class FilledMatches implements FoundMatches {
  readonly #cursor: MatchCursor;
  readonly #atoms: readonly Atom[];

  constructor(cursor: MatchCursor, atoms: readonly Atom[]) {
    this.#cursor = cursor;
    this.#atoms = atoms;
  }

  next(): boolean {
    return this.#cursor.next();
  }

  isLast(): boolean {
    return this.#cursor.isLast();
  }

  close(): void {
    this.#cursor.close();
  }

  part(place: number): Atom {
    return this.#atoms[place]!;
  }
}
