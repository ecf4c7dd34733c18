/**
 * Unifying and continuing, once for every way in which the two atoms unify. There is one way, or none,
 * unless a host value with a `match` of its own is met.
 */
import type { Atom } from "../../term/atom.js";
import { Solutions } from "../../term/solutions.js";
import { unify } from "../../term/unify.js";
import { ChoicePoint, type Machine } from "./machine.js";

/** Continues with `then` under each of the ways, or with `otherwise` if there is none. */
export function unifyEach(
  machine: Machine,
  left: Atom,
  right: Atom,
  then: () => void,
  otherwise: () => void,
): void {
  const { trail } = machine;
  const mark = trail.mark();
  const { solutions } = trail;
  trail.isNoting = true;
  const unified = unify(left, right, trail);
  trail.isNoting = false;
  if (unified && !solutions.isUsed) {
    machine.tidy(mark);
    then();
    return;
  }
  trail.undoTo(mark);
  if (!solutions.isUsed) {
    otherwise();
    return;
  }
  trail.solutions = new Solutions();
  machine.push(new SolutionChoice(left, right, solutions, then, otherwise));
  machine.fail();
}

/** The ways in which two atoms unify, tried one after another. */
class SolutionChoice extends ChoicePoint {
  readonly #left: Atom;
  readonly #right: Atom;
  readonly #solutions: Solutions;
  readonly #then: () => void;
  readonly #otherwise: () => void;
  #isFirst = true;
  #found = false;

  constructor(
    left: Atom,
    right: Atom,
    solutions: Solutions,
    then: () => void,
    otherwise: () => void,
  ) {
    super();
    this.#left = left;
    this.#right = right;
    this.#solutions = solutions;
    this.#then = then;
    this.#otherwise = otherwise;
  }

  retry(machine: Machine): boolean {
    while (this.#advance()) {
      if (!this.#unify(machine)) continue;
      this.#found = true;
      this.#then();
      return true;
    }
    machine.drop(this);
    if (this.#found) return false;
    this.#otherwise();
    return true;
  }

  /** The first walk has been done, to find out that there are host values; it is done again. */
  #advance(): boolean {
    if (!this.#isFirst) return this.#solutions.advance();
    this.#isFirst = false;
    this.#solutions.rewind();
    return true;
  }

  #unify({ trail }: Machine): boolean {
    const others = trail.solutions;
    trail.solutions = this.#solutions;
    trail.isNoting = true;
    const unified = unify(this.#left, this.#right, trail);
    trail.isNoting = false;
    trail.solutions = others;
    if (!unified) trail.undoTo(this.trailMark);
    return unified;
  }

  override close(): void {
    this.#solutions.close();
  }
}
