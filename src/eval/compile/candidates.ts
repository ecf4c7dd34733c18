/**
 * Candidates: rules whose left-hand sides a call may match, as found by generated code. What it could
 * not decide, because the call has a variable there, is noted as pairs that are still to be unified.
 */
import type { Atom } from "../../term/atom.js";
import { unify } from "../../term/unify.js";
import { ChoicePoint, type Frame, leave, type Machine, type Pending } from "../machine/machine.js";
import { LEVELS } from "./saved-frame.js";

type Body = (machine: Machine, levels: number, ...slots: readonly Atom[]) => Atom | null;

/** Two atoms that are to be unified, and those before. */
interface Unknown {
  readonly before: Unknown | null;
  readonly one: Atom;
  readonly other: Atom;
}

export function unknown(before: Unknown | null, one: Atom, other: Atom): Unknown {
  return { before, one, other };
}

/** A rule that may match, and those found before it. */
export interface Candidate {
  readonly before: Candidate | null;
  /** How many there are, this one included. */
  readonly count: number;
  readonly undecided: Unknown | null;
  readonly body: Body;
  readonly slots: readonly Atom[];
}

export function candidate(
  before: Candidate | null,
  undecided: Unknown | null,
  body: Body,
  ...slots: readonly Atom[]
): Candidate {
  return { before, count: before === null ? 1 : before.count + 1, undecided, body, slots };
}

/** Unifies the pairs that were left undecided, in order. */
function unifyUndecided(machine: Machine, undecided: Unknown | null): boolean {
  if (undecided === null) return true;
  if (!unifyUndecided(machine, undecided.before)) return false;
  return unify(undecided.one, undecided.other, machine.trail);
}

function run(machine: Machine, levels: number, { body, slots }: Candidate): Atom | null {
  switch (slots.length) {
    case 1:
      return body(machine, levels, slots[0]!);
    case 2:
      return body(machine, levels, slots[0]!, slots[1]!);
    case 3:
      return body(machine, levels, slots[0]!, slots[1]!, slots[2]!);
    default:
      return body(machine, levels, ...slots);
  }
}

/** Continues with the candidates; `unreduced` is the call's value if none of them matches. */
export function choose(
  machine: Machine,
  levels: number,
  last: Candidate,
  unreduced: () => Atom,
): Atom | null {
  if (last.before !== null) return machine.suspend(new Candidates(last, unreduced));
  const { trail } = machine;
  const mark = trail.mark();
  if (!unifyUndecided(machine, last.undecided)) {
    trail.undoTo(mark);
    return unreduced();
  }
  machine.tidy(mark);
  return run(machine, levels, last);
}

/** Several candidates, to be tried one after another. */
class Candidates implements Pending {
  readonly #last: Candidate;
  readonly #unreduced: () => Atom;

  constructor(last: Candidate, unreduced: () => Atom) {
    this.#last = last;
    this.#unreduced = unreduced;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const all = new Array<Candidate>(this.#last.count);
    let index = 0;
    for (let each: Candidate | null = this.#last; each !== null; each = each.before) {
      all[index++] = each;
    }
    machine.push(new CandidateChoice(all, this.#unreduced, frame));
    machine.fail();
  }
}

class CandidateChoice extends ChoicePoint {
  /** The remaining ones, the next one last. */
  readonly #left: Candidate[];
  readonly #unreduced: () => Atom;
  readonly #frame: Frame | null;
  #matched = false;

  constructor(left: Candidate[], unreduced: () => Atom, frame: Frame | null) {
    super();
    this.#left = left;
    this.#unreduced = unreduced;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const left = this.#left;
    const { trail } = machine;
    const mark = trail.mark();
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (!unifyUndecided(machine, next.undecided)) {
        trail.undoTo(mark);
        continue;
      }
      this.#matched = true;
      if (left.length === 0) leave(machine, this, mark);
      machine.finish(run(machine, LEVELS, next), this.#frame);
      return true;
    }
    machine.drop(this);
    if (this.#matched) return false;
    machine.give(this.#unreduced(), this.#frame);
    return true;
  }
}
