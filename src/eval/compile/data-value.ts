/** Data as values: expressions in which nothing is reduced, as generated code builds and recognises them. */
import { countWork } from "../../base/work.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  FLOAT,
  INTEGER,
  STRING,
  SYMBOL,
  symbol,
} from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import type { Machine } from "../machine/machine.js";

const EMPTY = symbol("Empty");

/** How deep data is followed by recursion; what lies deeper is walked with a stack. */
const RECURSION_LIMIT = 60;

/** A value that the evaluation has built: marked, if it may be, so that it is not evaluated again. */
export function value(children: readonly Atom[]): Expression {
  const made = new Expression(children);
  made.evaluated = made.ground;
  return made;
}

/** Whether a tuple with this head is a value whatever its other parts are: nothing reduces or types it. */
export function isPlainTuple({ context }: Machine, head: Atom, arity: number): boolean {
  if (head.tag === SYMBOL) return context.isData(head, arity);
  const isLiteral =
    head.tag === INTEGER || head.tag === FLOAT || head.tag === STRING || head.tag === BOOLEAN;
  return isLiteral && !context.rules.hasHeadlessRules;
}

/** Whether a tuple of evaluated parts is a value, where no rule has a left-hand side without a symbol first. */
export function isUnreduced(machine: Machine, head: Atom, arity: number): boolean {
  return head.tag !== SYMBOL || machine.context.isData(head, arity);
}

/** Whether nothing has to be looked at inside of an expression to know that it is a value. */
function isKnown(atom: Expression): boolean {
  return atom.evaluated || atom.children.length === 0;
}

function isPlain(machine: Machine, { children }: Expression): boolean {
  return isPlainTuple(machine, dereference(children[0]!), children.length - 1);
}

/** The value of an expression that is data all through; null if something in it may be reduced. */
export function dataValue(machine: Machine, atom: Expression, depth = 0): Expression | null {
  if (isKnown(atom)) return atom;
  if (!isPlain(machine, atom)) return null;
  if (depth > RECURSION_LIMIT) return deepValue(machine, atom);
  const { children } = atom;
  const values = new Array<Atom>(children.length);
  for (let index = 0; index < children.length; index++) {
    let child: Atom | null = dereference(children[index]!);
    if (child === EMPTY) return null;
    if (child.tag === EXPRESSION) child = dataValue(machine, child, depth + 1);
    if (child === null) return null;
    values[index] = child;
  }
  return value(values);
}

/**
 * The value of an expression that is data and in which nothing has to be looked at further: whoever asks again for each
 * part does not look at anything twice. Null if the machine has to find out.
 */
export function flatValue(machine: Machine, atom: Expression): Expression | null {
  if (!isPlain(machine, atom)) return null;
  const { children } = atom;
  const values = new Array<Atom>(children.length);
  for (let index = 0; index < children.length; index++) {
    const child = dereference(children[index]!);
    if (child === EMPTY || (child.tag === EXPRESSION && !isKnown(child))) return null;
    values[index] = child;
  }
  return value(values);
}

/** An expression whose parts are being looked at. */
class Building {
  readonly children: readonly Atom[];
  readonly values: Atom[];
  count = 0;

  constructor({ children }: Expression) {
    this.children = children;
    this.values = new Array<Atom>(children.length);
  }

  /** Takes the value of the next part. */
  take(part: Atom): void {
    this.values[this.count++] = part;
  }
}

/** The same for an expression whose head is known to be plain, however deep it is. */
function deepValue(machine: Machine, atom: Expression): Expression | null {
  const outer: Building[] = [];
  let current = new Building(atom);
  for (;;) {
    if (current.count === current.children.length) {
      countWork(current.count);
      const made = value(current.values);
      const around = outer.pop();
      if (around === undefined) return made;
      around.take(made);
      current = around;
      continue;
    }
    const child = dereference(current.children[current.count]!);
    if (child === EMPTY) return null;
    if (child.tag !== EXPRESSION || isKnown(child)) {
      current.take(child);
      continue;
    }
    if (!isPlain(machine, child)) return null;
    outer.push(current);
    current = new Building(child);
  }
}
