/** `(Error subject reason)`: how a failure shows among the values of a program. */
import { asAtom } from "../../term/arguments.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  string,
  symbol,
} from "../../term/atom.js";

const ERROR = symbol("Error");

/** `(Error subject reason)`; a string becomes a string atom. */
export function errorAtom(subject: Atom, reason: Atom | string): Expression {
  const act = "make an error";
  const said = typeof reason === "string" ? string(reason) : asAtom(act, reason);
  return expression([ERROR, asAtom(act, subject), said]);
}

/** Whether the atom is an `(Error …)`: what a program says of a failure. */
export function isError(atom: Atom): boolean {
  return atom.tag === EXPRESSION && atom.children.length > 0 && atom.children[0] === ERROR;
}
