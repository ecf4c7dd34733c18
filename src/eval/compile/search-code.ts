/**
 * Searches that generated code begins: the template is code that runs for each match, and takes what the match
 * found in the free places of the pattern as parameters.
 */
import { isAlone } from "../../environment/dependencies.js";
import type { MatchCursor } from "../../environment/match-cursor.js";
import { type PreparedMatch, PreparedPattern } from "../../environment/prepared-pattern.js";
import { matchThrough } from "../../environment/search.js";
import type { Store } from "../../environment/workspace.js";
import { type Atom, type SpaceAtom, VARIABLE, type Variable } from "../../term/atom.js";
import { freshVariable, mapLeaves } from "../../term/resolve.js";
import { ChoicePoint, type Frame, leave, type Machine, type Pending } from "../machine.js";
import { spaceOf } from "../space-scope.js";
import { LEVELS } from "./saved-frame.js";
import { slotsOf } from "./slots.js";

/** The template: what was found in the free places, then the locals that it needs. */
type Template = (machine: Machine, levels: number, ...atoms: readonly Atom[]) => Atom | null;

/** A pattern that is in a rule, in a space that is there too. */
export class SearchSite {
  readonly space: Atom;
  readonly pattern: Atom;
  readonly slots: readonly Variable[];
  /** The indexes of the slots that are to be found. */
  readonly free: readonly number[];
  readonly #canPrepare: boolean;
  #prepared: PreparedPattern | null = null;

  constructor(space: Atom, pattern: Atom, free: readonly Variable[]) {
    this.space = space;
    this.pattern = pattern;
    this.slots = slotsOf(pattern);
    this.free = free.map((slot) => this.slots.indexOf(slot));
    this.#canPrepare = PreparedPattern.canPrepare(pattern);
  }

  /** The pattern as the store can match it at once, if it can. */
  preparedFor(store: Store): PreparedPattern | null {
    if (!this.#canPrepare) return null;
    this.#prepared ??= new PreparedPattern(store, this.pattern);
    return this.#prepared;
  }
}

/** Leaves a search to the machine, with a value for each slot of the pattern; null: it is to be found. */
export function searchLater(
  machine: Machine,
  site: SearchSite,
  values: readonly (Atom | null)[],
  template: Template,
  ...locals: readonly Atom[]
): null {
  return machine.suspend(new Search(site, values, template, locals));
}

class Search implements Pending {
  readonly #site: SearchSite;
  readonly #values: readonly (Atom | null)[];
  readonly #template: Template;
  readonly #locals: readonly Atom[];

  constructor(
    site: SearchSite,
    values: readonly (Atom | null)[],
    template: Template,
    locals: readonly Atom[],
  ) {
    this.#site = site;
    this.#values = values;
    this.#template = template;
    this.#locals = locals;
  }

  begin(machine: Machine, frame: Frame | null): void {
    // The generated code has checked that it is a space.
    const space = spaceOf(this.#site.space, machine.self)!;
    const match = this.#matchPrepared(machine, space);
    machine.push(
      match === null
        ? this.#matchUnified(machine, space, frame)
        : new PreparedChoice(match, this.#site.free, this.#template, this.#locals, frame),
    );
    machine.fail();
  }

  #matchPrepared(machine: Machine, space: SpaceAtom | null): PreparedMatch | null {
    const { environment } = machine;
    if (!isAlone(environment, space)) return null;
    const prepared = this.#site.preparedFor(environment.store);
    return prepared === null
      ? null
      : prepared.matches(environment, space, this.#values, machine.trail);
  }

  #matchUnified(machine: Machine, space: SpaceAtom | null, frame: Frame | null): UnifiedChoice {
    const site = this.#site;
    const values = this.#values;
    const filled = values.map((value, index) => value ?? freshVariable(site.slots[index]!.name));
    const pattern = mapLeaves(site.pattern, (leaf) => {
      const slot = leaf.tag === VARIABLE ? site.slots.indexOf(leaf) : -1;
      return slot < 0 ? leaf : filled[slot]!;
    });
    const cursor = matchThrough(machine.environment, space, pattern, machine.trail);
    const found = site.free.map((place) => filled[place]!);
    return new UnifiedChoice(cursor, [...found, ...this.#locals], this.#template, frame);
  }
}

/** Matches whose free places are read from the rows. */
class PreparedChoice extends ChoicePoint {
  readonly #match: PreparedMatch;
  readonly #places: readonly number[];
  readonly #template: Template;
  readonly #locals: readonly Atom[];
  readonly #frame: Frame | null;

  constructor(
    match: PreparedMatch,
    places: readonly number[],
    template: Template,
    locals: readonly Atom[],
    frame: Frame | null,
  ) {
    super();
    this.#match = match;
    this.#places = places;
    this.#template = template;
    this.#locals = locals;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const match = this.#match;
    const places = this.#places;
    const template = this.#template;
    const locals = this.#locals;
    const mark = machine.trail.mark();
    if (!match.next()) return false;
    const atoms: Atom[] = [];
    for (const place of places) atoms.push(match.part(place));
    if (match.isLast()) leave(machine, this, mark);
    for (const local of locals) atoms.push(local);
    machine.finish(template(machine, LEVELS, ...atoms), this.#frame);
    return true;
  }

  override close(): void {
    this.#match.close();
  }
}

/** Matches that bind variables. */
class UnifiedChoice extends ChoicePoint {
  readonly #cursor: MatchCursor;
  readonly #locals: readonly Atom[];
  readonly #template: Template;
  readonly #frame: Frame | null;

  constructor(
    cursor: MatchCursor,
    locals: readonly Atom[],
    template: Template,
    frame: Frame | null,
  ) {
    super();
    this.#cursor = cursor;
    this.#locals = locals;
    this.#template = template;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const mark = machine.trail.mark();
    if (!this.#cursor.next()) return false;
    if (this.#cursor.isLast()) leave(machine, this, mark);
    machine.finish(this.#template(machine, LEVELS, ...this.#locals), this.#frame);
    return true;
  }

  override close(): void {
    this.#cursor.close();
  }
}
