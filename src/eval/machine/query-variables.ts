/**
 * The variables of a query: what the user wrote as `$x` is `$x` in results, errors and output.
 *
 *     (foo $x)  ── own ──▶  (foo $x')  ── evaluation ──▶  (bar $x' $y#7)  ── giveBack ──▶  (bar $x $y#7)
 *
 * An evaluation binds variables, so it works on objects of its own. One that stands for a variable as
 * a user writes it has the same name and no number, so it prints the same; one with a number, which
 * comes from an earlier result, gets a new number, since another thread may have given out the old one.
 *
 * So the evaluation never binds a variable of the query itself: the user's atoms stay as they are.
 *
 * Invariants
 *   QV1  A result holds no variable that the evaluation may still bind: those of the query are the user's
 *        objects again, all others are copies.
 */
import { type Atom, EXPRESSION, isGround, VARIABLE, Variable } from "../../term/atom.js";
import { freshVariable, mapLeaves, renameFresh, resolve } from "../../term/resolve.js";

const NONE: ReadonlyMap<Variable, Variable> = new Map();

export class Query {
  /** What is to be evaluated. */
  readonly atom: Atom;
  readonly #users: ReadonlyMap<Variable, Variable>;

  constructor(atom: Atom) {
    if (isGround(atom)) {
      this.atom = atom;
      this.#users = NONE;
      return;
    }
    const users = new Map<Variable, Variable>();
    this.atom = renameFresh(atom, new Map(), (leaf) => {
      const own = leaf.id === 0 ? new Variable(leaf.name, 0) : freshVariable(leaf.name);
      users.set(own, leaf);
      return own;
    });
    this.#users = users;
  }

  /** A value of the evaluation under its current bindings, with the user's variables (QV1). */
  giveBack(value: Atom): Atom {
    const result = resolve(value);
    if (result.tag === VARIABLE) return this.#usersOrCopy(new Map(), result);
    if (result.tag !== EXPRESSION || result.ground) return result;
    const copies = new Map<Variable, Variable>();
    return mapLeaves(result, (leaf) =>
      leaf.tag === VARIABLE ? this.#usersOrCopy(copies, leaf) : leaf,
    );
  }

  #usersOrCopy(copies: Map<Variable, Variable>, leaf: Variable): Variable {
    let given = this.#users.get(leaf) ?? copies.get(leaf);
    if (given === undefined) {
      given = new Variable(leaf.name, leaf.id);
      copies.set(leaf, given);
    }
    return given;
  }
}
