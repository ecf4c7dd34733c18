/**
 * Searches that generated code begins: the template is code that runs for each match, and takes what the match
 * found in the free places of the pattern as parameters.
 */
import { isAlone } from "../../environment/dependencies.js";
import { type PreparedMatch, PreparedPattern } from "../../environment/prepared-pattern.js";
import { matchThrough } from "../../environment/search.js";
import type { Store } from "../../environment/workspace.js";
import {
  type Atom,
  type Expression,
  type SpaceAtom,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { dereference, freshVariable, mapLeaves } from "../../term/resolve.js";
import type { Frame, Machine, Pending } from "../machine/machine.js";
import { type ForEachMatch, MatchChoice } from "../machine/match-choice.js";
import { spaceOf } from "../machine/space-scope.js";
import { LEVELS } from "./saved-frame.js";
import { slotsOf } from "./slots.js";

/** The template: what was found in the free places, then the locals that it needs. */
type Template = (machine: Machine, levels: number, ...atoms: readonly Atom[]) => Atom | null;

/** Levels of the JavaScript stack that a search takes from its template (saved-frame.ts). */
const SEARCH_LEVELS = 8;

/** A pattern that is in a rule. */
export class SearchSite {
  readonly pattern: Atom;
  readonly slots: readonly Variable[];
  /** The indexes of the slots that are to be found. */
  readonly free: readonly number[];
  readonly #preparable: Expression | null;
  #prepared: PreparedPattern | null = null;

  constructor(pattern: Atom, free: readonly Variable[]) {
    this.pattern = pattern;
    this.slots = slotsOf(pattern);
    this.free = free.map((slot) => this.slots.indexOf(slot));
    this.#preparable = PreparedPattern.canPrepare(pattern) ? pattern : null;
  }

  /** The pattern as the store can match it at once, if it can. */
  preparedFor(store: Store): PreparedPattern | null {
    if (this.#preparable === null) return null;
    this.#prepared ??= new PreparedPattern(store, this.#preparable);
    return this.#prepared;
  }
}

/**
 * Searches with a value for each slot of the pattern; null: it is to be found. Gives the template's value for a match
 * that is known to be the only one, null if there is none; otherwise leaves the search to the machine.
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
  const { handle } = machine;
  // The generated code has checked that it is a space.
  const space = spaceOf(where, machine.self)!;
  const prepared = isAlone(handle, space) ? site.preparedFor(handle.store) : null;
  if (prepared === null || levels <= 0 || values.some(isVariable)) {
    return machine.suspend(new Search(site, space, prepared, values, template, locals));
  }
  const match = prepared.matches(handle, space, values, machine.trail);
  if (match === null) {
    return machine.suspend(new Search(site, space, null, values, template, locals));
  }
  if (!match.next()) {
    prepared.giveBack(match);
    return null;
  }
  const atoms = partsOf(match, site, locals);
  if (!match.isLast())
    return machine.suspend(new PreparedSearch(site, match, atoms, template, locals));
  prepared.giveBack(match);
  return run(template, machine, levels - SEARCH_LEVELS, atoms);
}

function isVariable(value: Atom | null): boolean {
  return value !== null && dereference(value).tag === VARIABLE;
}

/** What a match has in the free places, and the locals of the template. */
function partsOf(match: PreparedMatch, { free }: SearchSite, locals: readonly Atom[]): Atom[] {
  const atoms: Atom[] = [];
  for (const place of free) atoms.push(match.part(place));
  for (const local of locals) atoms.push(local);
  return atoms;
}

function run(
  template: Template,
  machine: Machine,
  levels: number,
  atoms: readonly Atom[],
): Atom | null {
  switch (atoms.length) {
    case 1:
      return template(machine, levels, atoms[0]!);
    case 2:
      return template(machine, levels, atoms[0]!, atoms[1]!);
    case 3:
      return template(machine, levels, atoms[0]!, atoms[1]!, atoms[2]!);
    default:
      return template(machine, levels, ...atoms);
  }
}

/** A search that is left to the machine before it has begun. */
class Search implements Pending {
  readonly #site: SearchSite;
  readonly #space: SpaceAtom | null;
  readonly #prepared: PreparedPattern | null;
  readonly #values: readonly (Atom | null)[];
  readonly #template: Template;
  readonly #locals: readonly Atom[];

  /** `prepared` is null if the pattern is to be unified. */
  constructor(
    site: SearchSite,
    space: SpaceAtom | null,
    prepared: PreparedPattern | null,
    values: readonly (Atom | null)[],
    template: Template,
    locals: readonly Atom[],
  ) {
    this.#site = site;
    this.#space = space;
    this.#prepared = prepared;
    this.#values = values;
    this.#template = template;
    this.#locals = locals;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const match =
      this.#prepared?.matches(machine.handle, this.#space, this.#values, machine.trail) ?? null;
    if (match === null) {
      machine.push(this.#unified(machine, frame));
      machine.fail();
    } else {
      new PreparedSearch(this.#site, match, null, this.#template, this.#locals).begin(
        machine,
        frame,
      );
    }
  }

  #unified(machine: Machine, frame: Frame | null): MatchChoice {
    const site = this.#site;
    const values = this.#values;
    const filled = values.map((value, index) => value ?? freshVariable(site.slots[index]!.name));
    const pattern = mapLeaves(site.pattern, (leaf) => {
      const slot = leaf.tag === VARIABLE ? site.slots.indexOf(leaf) : -1;
      return slot < 0 ? leaf : filled[slot]!;
    });
    const cursor = matchThrough(machine.handle, this.#space, pattern, machine.trail);
    const found = site.free.map((place) => filled[place]!);
    const each = new UnifiedTemplate([...found, ...this.#locals], this.#template);
    return new MatchChoice(cursor, each, frame);
  }
}

/** A search that is matched by the store at once: what is in the free places is read from the rows. */
class PreparedSearch implements Pending, ForEachMatch {
  readonly #site: SearchSite;
  readonly #match: PreparedMatch;
  readonly #first: readonly Atom[] | null;
  readonly #template: Template;
  readonly #locals: readonly Atom[];

  /** `first`: what was taken from the first match, if that was found before; nothing has been written since. */
  constructor(
    site: SearchSite,
    match: PreparedMatch,
    first: readonly Atom[] | null,
    template: Template,
    locals: readonly Atom[],
  ) {
    this.#site = site;
    this.#match = match;
    this.#first = first;
    this.#template = template;
    this.#locals = locals;
  }

  begin(machine: Machine, frame: Frame | null): void {
    this.#match.keep(machine.handle); // PP2
    machine.push(new MatchChoice(this.#match, this, frame, this.#first));
    machine.fail();
  }

  take(): readonly Atom[] {
    return partsOf(this.#match, this.#site, this.#locals);
  }

  goOn(machine: Machine, taken: readonly Atom[], frame: Frame | null): void {
    machine.finish(run(this.#template, machine, LEVELS, taken), frame);
  }
}

/** The template of a search that binds variables: it takes the same atoms for each match. */
class UnifiedTemplate implements ForEachMatch {
  readonly #atoms: readonly Atom[];
  readonly #template: Template;

  constructor(atoms: readonly Atom[], template: Template) {
    this.#atoms = atoms;
    this.#template = template;
  }

  take(): readonly Atom[] {
    return this.#atoms;
  }

  goOn(machine: Machine, taken: readonly Atom[], frame: Frame | null): void {
    machine.finish(run(this.#template, machine, LEVELS, taken), frame);
  }
}
