/**
 * The `metta` interpreter: evaluates one atom for an expected type and a waiting frame.
 *
 *     symbol, grounded atom, ()      cast to the type
 *     variable, Error, evaluated     itself
 *     (head …) with a function type  arguments by their declared types, then the call
 *     (head …) otherwise             every part evaluated, then the call
 *
 * A call is reduced by the operation or the rules of its head. What reduces is evaluated in turn (a
 * tail call); what does not is its own value, and is marked, so that it is not evaluated again.
 *
 *   IN1  Only ground expressions are marked, and only ones that the evaluation built itself: an
 *        expression that is in a rule or a program is never marked.
 */

import {
  type Atom,
  EXPRESSION,
  type Expression,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { isError } from "../language/error-atom.js";
import { ATOM, EXPRESSION_TYPE, SYMBOL_TYPE } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { ChoicePoint, type Frame, type Interpreter, type Machine } from "../machine/machine.js";
import { fitsAtOnce } from "../types/run-evidence.js";
import { isFunctionType } from "../types/type-cache.js";
import { fitsMetaType } from "../types/type-source.js";
import { startCall, startPlanned, startTuple } from "./call-arguments.js";

const EMPTY: SymbolAtom = symbol("Empty");

/** Evaluates a dereferenced atom. */
export function interpret(machine: Machine, atom: Atom, type: Atom, frame: Frame | null): void {
  if (atom.tag === EXPRESSION) {
    interpretExpression(machine, atom, type, frame);
  } else if (atom === EMPTY && type !== ATOM && type !== SYMBOL_TYPE) {
    machine.fail();
  } else if (atom.tag === VARIABLE || (machine.shortcuts !== "none" && fitsAtOnce(atom, type))) {
    machine.give(atom, frame);
  } else {
    castTo(machine, atom, type, frame);
  }
}

/** The interpreter of programs that set no pragma. */
export const INTERPRETER: Interpreter = { interpret, shortcuts: "code" };

function castTo(machine: Machine, atom: Atom, type: Atom, frame: Frame | null): void {
  const isKnown = machine.shortcuts !== "none" && machine.context.evidence.has(atom, type);
  if (isKnown || fitsMetaType(type, atom, machine.context)) {
    machine.give(atom, frame);
    return;
  }
  const errors = machine.context.types.cast(atom, type);
  giveEach(machine, errors ?? [atom], frame);
}

function interpretExpression(
  machine: Machine,
  atom: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  if (atom.evaluated || type === ATOM || type === EXPRESSION_TYPE || isError(atom)) {
    machine.give(atom, frame);
  } else if (atom.children.length === 0) {
    castTo(machine, atom, type, frame);
  } else {
    const head = dereference(atom.children[0]!);
    if (head.tag === SYMBOL) interpretNamed(machine, head, atom, type, frame);
    else if (head.tag === EXPRESSION) interpretUnnamed(machine, head, atom, type, frame);
    else startTuple(machine, atom, type, frame);
  }
}

/** A call whose head is a symbol: by its function types, as a tuple, or both. */
function interpretNamed(
  machine: Machine,
  head: SymbolAtom,
  atom: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const { plan, functionTypes, valueTypes } = machine.context.types.declaredFor(head);
  if (plan !== null) {
    startPlanned(machine, atom, plan, type, frame);
  } else if (functionTypes.length === 0) {
    startTuple(machine, atom, type, frame);
  } else if (valueTypes.length === 0) {
    startCall(machine, atom, functionTypes, type, frame);
  } else {
    interpretBoth(machine, atom, functionTypes, type, frame);
  }
}

/** A call whose head is itself an expression, which may have a function type by application. */
function interpretUnnamed(
  machine: Machine,
  head: Expression,
  atom: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const found = machine.context.types.typesOf(head);
  const valid = found.filter(({ error }) => error === null).map((each) => each.type);
  if (found.length > 0 && valid.length === 0) {
    giveEach(
      machine,
      found.map(({ error }) => error!),
      frame,
    );
    return;
  }
  const functionTypes = valid.filter(isFunctionType);
  const isCall = valid.length === functionTypes.length;
  if (functionTypes.length === 0) startTuple(machine, atom, type, frame);
  else if (isCall) startCall(machine, atom, functionTypes, type, frame);
  else interpretBoth(machine, atom, functionTypes, type, frame);
}

/** As a tuple, and as a call. */
function interpretBoth(
  machine: Machine,
  atom: Expression,
  functionTypes: readonly Expression[],
  type: Atom,
  frame: Frame | null,
): void {
  machine.push(new OtherReading(() => startCall(machine, atom, functionTypes, type, frame)));
  startTuple(machine, atom, type, frame);
}

/** The second way to read an expression. */
class OtherReading extends ChoicePoint {
  readonly #read: () => void;

  constructor(read: () => void) {
    super();
    this.#read = read;
  }

  retry(machine: Machine): boolean {
    machine.drop(this);
    this.#read();
    return true;
  }
}
