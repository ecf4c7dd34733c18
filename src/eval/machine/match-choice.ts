/** The choice among matches: what a search is for is done for each match that a cursor comes to, in turn. */
import type { MatchCursor } from "../../environment/match-cursor.js";
import type { Atom } from "../../term/atom.js";
import { ChoicePoint, type Frame, leave, type Machine } from "./machine.js";

/** What a search is for. */
interface ForEachMatch {
  /** What it takes from the match that the cursor has come to, before the cursor looks further (LM1). */
  take(): readonly Atom[];
  /** Tells the machine to go on with what was taken; its values go to `frame`. */
  goOn(machine: Machine, taken: readonly Atom[], frame: Frame | null): void;
}

/** The matches of a cursor, one after another. */
export class MatchChoice extends ChoicePoint {
  readonly #cursor: MatchCursor;
  readonly #each: ForEachMatch;
  readonly #frame: Frame | null;
  hasMatched = false;

  constructor(cursor: MatchCursor, each: ForEachMatch, frame: Frame | null) {
    super();
    this.#cursor = cursor;
    this.#each = each;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const mark = machine.trail.mark();
    if (!this.#cursor.next()) return false;
    const taken = this.#each.take();
    if (this.#cursor.isLast()) leave(machine, this, mark);
    this.hasMatched = true;
    this.#each.goOn(machine, taken, this.#frame);
    return true;
  }

  override close(): void {
    this.#cursor.close();
  }
}

const NOTHING: readonly Atom[] = [];

/** Evaluates an atom, whose variables the match has bound. */
export class EvaluateTemplate implements ForEachMatch {
  readonly #template: Atom;
  readonly #type: Atom;

  constructor(template: Atom, type: Atom) {
    this.#template = template;
    this.#type = type;
  }

  take(): readonly Atom[] {
    return NOTHING;
  }

  goOn(machine: Machine, _taken: readonly Atom[], frame: Frame | null): void {
    machine.evaluate(this.#template, this.#type, frame);
  }
}
