/**
 * Searches that generated code begins: the template is code that runs for each match, and takes what the match
 * found in the free places of the pattern as parameters.
 */
import { isAlone } from "../../environment/dependencies.js";
import type { MatchCursor } from "../../environment/match-cursor.js";
import { PreparedMatch, PreparedPattern } from "../../environment/prepared-pattern.js";
import type { RememberedMatch } from "../../environment/remembered.js";
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
import type { Frame, Machine, Marks, Pending } from "../machine/machine.js";
import { type ForEachMatch, MatchChoice } from "../machine/match-choice.js";
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
  const marks = { trailMark: trail.mark(), variableMark: variableMark() };
  // The generated code has checked that it is a space.
  const space = spaceOf(where, machine.self)!;
  const restrict = site.restricting(machine.context, values);
  const prepared = site.preparedFor(handle.store);
  if (prepared !== null && restrict === null) {
    const known = prepared.remembered(handle, space, values, trail);
    if (known !== null) {
      const each = new TemplateCode(template, known, site, locals);
      return firstOf(machine, levels, known, each, marks);
    }
  }
  const alone = prepared !== null && isAlone(handle, space) ? prepared : null;
  const match = alone?.matches(handle, space, values, trail, restrict) ?? null;
  const filled = match === null ? new Filled(site, values) : null;
  const cursor = match ?? filled!.search(machine, space);
  const each = new TemplateCode(template, match ?? filled!, site, locals);
  if (!findFirst(cursor)) {
    if (match !== null) alone!.giveBack(match);
    return null;
  }
  const taken = each.take();
  if (!cursor.isLast()) return machine.suspend(new FoundSearch(cursor, each, taken, marks));
  if (match !== null) alone!.giveBack(match);
  machine.tidy(marks.trailMark);
  return each.run(machine, levels - SEARCH_LEVELS, taken);
}

/** Goes on with the first match, if there is one; what comes behind it is left to the machine. */
function firstOf(
  machine: Machine,
  levels: number,
  known: RememberedMatch,
  each: TemplateCode,
  marks: Marks,
): Atom | null {
  if (!known.next()) return null;
  const taken = each.take();
  if (!known.isLast()) return machine.suspend(new FoundSearch(known, each, taken, marks));
  machine.tidy(marks.trailMark);
  return each.run(machine, levels - SEARCH_LEVELS, taken);
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

/** A search whose first match was found. Nothing is written before the machine goes on with it. */
class FoundSearch implements Pending {
  readonly #cursor: MatchCursor;
  readonly #each: TemplateCode;
  readonly #first: readonly Atom[];
  readonly #marks: Marks;

  /** `marks` are those of before the match, which may have bound variables. */
  constructor(cursor: MatchCursor, each: TemplateCode, first: readonly Atom[], marks: Marks) {
    this.#cursor = cursor;
    this.#each = each;
    this.#first = first;
    this.#marks = marks;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const cursor = this.#cursor;
    if (cursor instanceof PreparedMatch) cursor.keep(machine.handle); // PP2
    const choice = new MatchChoice(cursor, this.#each, frame);
    machine.push(choice);
    choice.trailMark = this.#marks.trailMark;
    choice.variableMark = this.#marks.variableMark;
    choice.hasMatched = true;
    this.#each.goOn(machine, this.#first, frame);
  }

  close(): void {
    this.#cursor.close();
  }
}

/** What a match gives for the places of a pattern. */
interface Places {
  part(place: number): Atom;
}

/** The code of a template, which takes what a match has in the free places, and locals. */
class TemplateCode implements ForEachMatch {
  readonly #template: Template;
  readonly #places: Places;
  readonly #free: readonly number[];
  readonly #locals: readonly Atom[];

  constructor(template: Template, places: Places, { free }: SearchSite, locals: readonly Atom[]) {
    this.#template = template;
    this.#places = places;
    this.#free = free;
    this.#locals = locals;
  }

  take(): readonly Atom[] {
    const free = this.#free;
    const locals = this.#locals;
    // Of its own length: one that grows takes many words for a few atoms, once for each row.
    const atoms = new Array<Atom>(free.length + locals.length);
    for (let index = 0; index < free.length; index++)
      atoms[index] = this.#places.part(free[index]!);
    for (let index = 0; index < locals.length; index++) atoms[free.length + index] = locals[index]!;
    return atoms;
  }

  goOn(machine: Machine, taken: readonly Atom[], frame: Frame | null): void {
    machine.finish(this.run(machine, LEVELS, taken), frame);
  }

  run(machine: Machine, levels: number, taken: readonly Atom[]): Atom | null {
    const template = this.#template;
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
}

/** A pattern whose places are filled, the free ones with variables, which a match binds. */
class Filled implements Places {
  readonly pattern: Atom;
  readonly #site: SearchSite;
  readonly #values: readonly (Atom | null)[];
  readonly #atoms: readonly Atom[];

  constructor(site: SearchSite, values: readonly (Atom | null)[]) {
    const { pattern, slots } = site;
    const atoms = slots.map(({ name }, index) => values[index] ?? freshVariable(name));
    this.#site = site;
    this.#values = values;
    this.#atoms = atoms;
    this.pattern = mapLeaves(pattern, (leaf) => {
      const slot = leaf.tag === VARIABLE ? slots.indexOf(leaf) : -1;
      return slot < 0 ? leaf : atoms[slot]!;
    });
  }

  search({ context, handle, trail }: Machine, space: SpaceAtom | null): MatchCursor {
    const restrict = this.#site.restricting(context, this.#values, this.#atoms);
    const restriction = restrict?.(Number.POSITIVE_INFINITY) ?? null;
    return matchThrough(handle, space, this.pattern, trail, {
      tallies: null,
      restriction,
      wanted: null,
    });
  }

  part(place: number): Atom {
    return this.#atoms[place]!;
  }
}
