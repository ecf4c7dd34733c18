/** Searches that generated code begins: the template is code that runs for each match. */
import type { MatchCursor } from "../../environment/match-cursor.js";
import { type Atom, EXPRESSION, HOST } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { spaceOf } from "../forms/spaces.js";
import { ChoicePoint, type Frame, type Machine, type Pending } from "../machine.js";
import { openContentMatch } from "../states.js";
import { LEVELS } from "./saved-frame.js";

/** The template, with the locals that it needs. */
type Template = (machine: Machine, levels: number, ...locals: readonly Atom[]) => Atom | null;

/** Whether a pattern has a host value in it that wants to decide itself what it matches. */
export function asksHost(pattern: Atom): boolean {
  const atom = dereference(pattern);
  if (atom.tag === HOST) return atom.behavior.match !== undefined;
  return atom.tag === EXPRESSION && !atom.ground && atom.children.some(asksHost);
}

/** Leaves a search of a space for a pattern: for each match the template. */
export function searchLater(
  machine: Machine,
  space: Atom,
  pattern: Atom,
  template: Template,
  ...locals: readonly Atom[]
): null {
  return machine.suspend(new Search(space, pattern, template, locals));
}

class Search implements Pending {
  private readonly space: Atom;
  private readonly pattern: Atom;
  private readonly template: Template;
  private readonly locals: readonly Atom[];

  constructor(space: Atom, pattern: Atom, template: Template, locals: readonly Atom[]) {
    this.space = space;
    this.pattern = pattern;
    this.template = template;
    this.locals = locals;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const { environment, trail } = machine;
    // The code has seen that it is a space.
    const space = spaceOf(this.space, machine.self)!;
    const cursor = openContentMatch(environment, space, this.pattern, trail);
    machine.push(new SearchChoice(cursor, this.template, this.locals, frame));
    machine.fail();
  }
}

class SearchChoice extends ChoicePoint {
  private readonly cursor: MatchCursor;
  private readonly template: Template;
  private readonly locals: readonly Atom[];
  private readonly frame: Frame | null;

  constructor(
    cursor: MatchCursor,
    template: Template,
    locals: readonly Atom[],
    frame: Frame | null,
  ) {
    super();
    this.cursor = cursor;
    this.template = template;
    this.locals = locals;
    this.frame = frame;
  }

  retry(machine: Machine): boolean {
    if (!this.cursor.next()) return false;
    machine.finish(this.template(machine, LEVELS, ...this.locals), this.frame);
    return true;
  }

  override close(): void {
    this.cursor.close();
  }
}
