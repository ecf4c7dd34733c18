/**
 * The instructions of minimal MeTTa (the reference's `docs/minimal-metta.md`), on which other evaluation is
 * built there, and which programs may use themselves.
 *
 *     (eval a)            one step: what a's operation or rules make of it, not evaluated further
 *     (chain a $v t)      what executing a gives, put in t, which is executed
 *     (function b)        b executed again and again until it is (return v)
 *     (metta a type s)    full evaluation
 *
 * Executing an atom carries an instruction out and leaves anything else as it is. A program's call of an
 * instruction is executed, and the outcome is evaluated as the instruction's type says.
 *
 *   MI1  `Empty` and `NotReducible` are values here; full evaluation ends the branch on the former, and takes
 *        the call as its own value on the latter.
 *   MI2  An instruction with wrong arguments gives an error that says what is expected.
 */

import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  HostAtom,
  SELF,
  SPACE,
  SYMBOL,
  type SymbolAtom,
  symbol,
  UNIT,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { print } from "../../term/printer.js";
import { dereference, freshVariable, mapLeaves, resolve } from "../../term/resolve.js";
import { unify } from "../../term/unify.js";
import { errorAtom, isError } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { collectEach, evaluateGood, ThenFrame } from "../machine/collecting.js";
import { ChoicePoint, Frame, leave, type Machine } from "../machine/machine.js";
import { enterSpace, spaceOf } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { unifyEach } from "../machine/unify-each.js";
import { giveUnreduced } from "../machine/unreduced.js";
import { matchTypes } from "../types/type-match.js";
import { step } from "./single-step.js";

const EMPTY = symbol("Empty");
const NOT_REDUCIBLE_ATOM = symbol("NotReducible");
const NO_RETURN = symbol("NoReturn");
const RETURN = symbol("return");
const FUNCTION = symbol("function");

/** Carries out an instruction, whose parts are dereferenced where it looks at them. */
type Instruction = (machine: Machine, call: Expression, frame: Frame | null) => void;

/** Executes an atom: an instruction is carried out, anything else is its own value. */
export function execute(machine: Machine, atom: Atom, frame: Frame | null): void {
  const top = dereference(atom);
  // Through the machine, so that nesting uses frames instead of the JavaScript stack.
  if (isInstruction(top)) machine.give(UNIT, new ExecuteFrame(frame, top));
  else machine.give(top, frame);
}

function isInstruction(atom: Atom): atom is Expression {
  if (atom.tag !== EXPRESSION || atom.children.length === 0) return false;
  const head = dereference(atom.children[0]!);
  return head.tag === SYMBOL && INSTRUCTIONS.has(head);
}

class ExecuteFrame extends Frame {
  readonly #call: Expression;

  constructor(parent: Frame | null, call: Expression) {
    super(parent);
    this.#call = call;
  }

  resume(machine: Machine): void {
    const head = dereference(this.#call.children[0]!) as SymbolAtom;
    INSTRUCTIONS.get(head)!(machine, this.#call, this.parent);
  }
}

/** Gives the error for an instruction with wrong arguments (MI2). */
function giveMisuse(machine: Machine, call: Expression, shape: string, frame: Frame | null): void {
  const atom = resolve(call);
  const message = `expected: ${shape}, found: ${print(atom)}`;
  machine.give(errorAtom(atom, symbol(message)), frame);
}

function evalOne(machine: Machine, call: Expression, frame: Frame | null): void {
  if (call.children.length !== 2) {
    giveMisuse(machine, call, "(eval <atom>)", frame);
    return;
  }
  stepInto(machine, call.children[1]!, frame);
}

function evalIn(machine: Machine, call: Expression, frame: Frame | null): void {
  const [, atom, where] = call.children;
  const space = where === undefined ? undefined : spaceOf(dereference(where), machine.self);
  if (call.children.length !== 3 || space === undefined) {
    giveMisuse(machine, call, "(evalc <atom> <space>)", frame);
    return;
  }
  stepInto(machine, atom!, enterSpace(machine, space, frame));
}

/** One step; what it gives is executed if it is the body of a function. */
function stepInto(machine: Machine, atom: Atom, frame: Frame | null): void {
  const top = dereference(atom);
  if (isInstruction(top)) {
    execute(machine, top, frame);
    return;
  }
  const into = new ThenFrame(frame, (_machine, value, parent) => {
    const body = functionBody(value);
    if (body === null) machine.give(value, parent);
    else runFunction(machine, body, top, parent);
  });
  step(machine, top, into);
}

function functionBody(atom: Atom): Atom | null {
  if (atom.tag !== EXPRESSION || atom.children.length !== 2) return null;
  return dereference(atom.children[0]!) === FUNCTION ? dereference(atom.children[1]!) : null;
}

function chain(machine: Machine, call: Expression, frame: Frame | null): void {
  const [, nested, name, template] = call.children;
  const variable = name === undefined ? undefined : dereference(name);
  if (call.children.length !== 4 || variable?.tag !== VARIABLE) {
    giveMisuse(machine, call, "(chain <nested> (: <var> Variable) <templ>)", frame);
    return;
  }
  const bind = new ThenFrame(frame, (_machine, value, parent) =>
    execute(machine, withValue(machine, template!, variable, value), parent),
  );
  execute(machine, nested!, bind);
}

/**
 * The template with the variable replaced by the value. The variable itself is not bound: it may stand
 * outside, where it means something else.
 */
function withValue(machine: Machine, template: Atom, variable: Variable, value: Atom): Atom {
  const found = resolve(value);
  const hasVariables = found.tag === VARIABLE || (found.tag === EXPRESSION && !found.ground);
  const place = hasVariables ? freshVariable(variable.name) : found;
  const replaced = mapLeaves(resolve(template), (leaf) => (leaf === variable ? place : leaf));
  // A value that holds variables is bound, since replacing would continue inside of it.
  if (hasVariables && place.tag === VARIABLE) machine.trail.bind(place, found);
  return replaced;
}

function unifyOnce(machine: Machine, call: Expression, frame: Frame | null): void {
  if (call.children.length !== 5) {
    giveMisuse(machine, call, "(unify <atom> <pattern> <then> <else>)", frame);
    return;
  }
  const [, left, right, then, otherwise] = call.children;
  unifyEach(
    machine,
    left!,
    right!,
    () => machine.give(then!, frame),
    () => machine.give(otherwise!, frame),
  );
}

function functionCall(machine: Machine, call: Expression, frame: Frame | null): void {
  const body = call.children.length === 2 ? dereference(call.children[1]!) : UNIT;
  if (call.children.length !== 2 || body.tag !== EXPRESSION) {
    giveMisuse(machine, call, "(function (: <body> Expression))", frame);
    return;
  }
  runFunction(machine, body, null, frame);
}

/** Executes a function's body until it returns. `call` is what it is the body of, if it is called. */
function runFunction(machine: Machine, body: Atom, call: Atom | null, frame: Frame | null): void {
  const finish = new ThenFrame(frame, (_machine, value, parent) => {
    const returned = returnedValue(value);
    if (returned !== null) machine.give(returned, parent);
    else if (isInstruction(value)) runFunction(machine, value, call, parent);
    else machine.give(errorAtom(resolve(call ?? value), NO_RETURN), parent);
  });
  execute(machine, body, finish);
}

function returnedValue(atom: Atom): Atom | null {
  if (atom.tag !== EXPRESSION || atom.children.length !== 2) return null;
  return dereference(atom.children[0]!) === RETURN ? dereference(atom.children[1]!) : null;
}

/** What a value that was found among alternatives bound. */
class FoundBindings {
  readonly pairs: readonly (readonly [variable: Variable, value: Atom])[];

  constructor(pairs: readonly (readonly [variable: Variable, value: Atom])[]) {
    this.pairs = pairs;
  }
}

/** A value and what was bound since a choice point of variables older than it, in a pair. */
function withBindings(machine: Machine, value: Atom, since: ChoicePoint): Atom | null {
  if (value === EMPTY) return null;
  const { trail } = machine;
  const pairs: (readonly [Variable, Atom])[] = [];
  for (let index = since.trailMark; index < trail.mark(); index++) {
    const variable = trail.at(index);
    if (variable.id < since.variableMark) pairs.push([variable, resolve(variable)]);
  }
  return expression([resolve(value), new HostAtom(new FoundBindings(pairs), "Bindings")]);
}

function collapseBind(machine: Machine, call: Expression, frame: Frame | null): void {
  if (call.children.length !== 2) {
    giveMisuse(machine, call, "(collapse-bind <atom>)", frame);
    return;
  }
  collectEach(
    machine,
    (collecting) => execute(machine, call.children[1]!, collecting),
    (value, since) => withBindings(machine, value, since),
    (found) => machine.give(expression(found), frame),
  );
}

/** A list with the value of a `collapse-bind` pair appended, its bindings applied. */
const addFromPair = form({
  name: "_collapse-add-next-atom-from-collapse-bind-result",
  type: "(-> Expression Expression Atom)",
  summary: "A list with the atom of a pair behind it that collapse-bind made.",
  run: (machine, call, _type, frame) => {
    const [list, pair] = call.children.slice(1).map(resolve);
    if (list?.tag !== EXPRESSION || pair?.tag !== EXPRESSION || !isPair(pair)) {
      const message = "(Atom Bindings) pair is expected as a second argument";
      machine.give(errorAtom(resolve(call), symbol(message)), frame);
      return;
    }
    const mark = machine.trail.mark();
    rebind(machine, pair.children[1]!);
    const atom = resolve(pair.children[0]!);
    machine.trail.undoTo(mark);
    machine.give(expression([...list.children, atom]), frame);
  },
});

/** The pairs that `collapse-bind` made, one after another. */
class PairsChoice extends ChoicePoint {
  readonly #pairs: readonly Atom[];
  readonly #frame: Frame | null;
  #next = 0;

  constructor(pairs: readonly Atom[], frame: Frame | null) {
    super();
    this.#pairs = pairs;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    while (this.#next < this.#pairs.length) {
      const pair = dereference(this.#pairs[this.#next++]!) as Expression;
      const mark = machine.trail.mark();
      if (rebind(machine, dereference(pair.children[1]!))) {
        if (this.#next === this.#pairs.length) leave(machine, this, mark);
        machine.give(pair.children[0]!, this.#frame);
        return true;
      }
      machine.trail.undoTo(mark);
    }
    return false;
  }
}

function rebind(machine: Machine, bindings: Atom): boolean {
  const found = "value" in bindings ? bindings.value : null;
  if (!(found instanceof FoundBindings)) return true;
  return found.pairs.every(([variable, value]) => unify(variable, value, machine.trail));
}

function superposeBind(machine: Machine, call: Expression, frame: Frame | null): void {
  const pairs = call.children.length === 2 ? dereference(call.children[1]!) : UNIT;
  const isList = pairs.tag === EXPRESSION && pairs.children.every(isPair);
  if (call.children.length !== 2 || !isList) {
    giveMisuse(machine, call, "(superpose-bind (: <collapsed> Expression))", frame);
    return;
  }
  machine.push(new PairsChoice(pairs.children, frame));
  machine.fail();
}

function isPair(atom: Atom): boolean {
  const pair = dereference(atom);
  return pair.tag === EXPRESSION && pair.children.length === 2;
}

function mettaCall(machine: Machine, call: Expression, frame: Frame | null): void {
  const [, atom, type, where] = call.children;
  const space = where === undefined ? undefined : spaceOf(dereference(where), machine.self);
  if (call.children.length !== 4 || space === undefined) {
    giveMisuse(machine, call, "(metta atom type space)", frame);
    return;
  }
  const back = enterSpace(machine, space, frame);
  const wanted = dereference(type!);
  if (wanted.tag === VARIABLE) bindToType(machine, wanted, dereference(atom!));
  const give = (value: Atom, parent: Frame | null): void => machine.give(value, parent);
  evaluateGood(machine, atom!, wanted, back, { each: give, none: null });
}

/** A caller's type variable becomes the first type of the atom that is cast to it. */
function bindToType(machine: Machine, variable: Variable, atom: Atom): void {
  if (atom.tag === VARIABLE || atom.tag === EXPRESSION) return;
  const found = machine.context.types.typesOf(atom).find(({ error }) => error === null);
  if (found !== undefined) matchTypes(variable, found.type, machine.trail);
}

function contextSpace(machine: Machine, call: Expression, frame: Frame | null): void {
  if (call.children.length === 1) machine.give(machine.context.space ?? SELF, frame);
  else giveMisuse(machine, call, "(context-space)", frame);
}

function consAtom(machine: Machine, call: Expression, frame: Frame | null): void {
  const [, head, tail] = call.children;
  const rest = tail === undefined ? null : dereference(tail);
  if (call.children.length !== 3 || rest?.tag !== EXPRESSION) {
    giveMisuse(machine, call, "(cons-atom <head> (: <tail> Expression))", frame);
    return;
  }
  machine.give(expression([head!, ...rest.children]), frame);
}

function deconsAtom(machine: Machine, call: Expression, frame: Frame | null): void {
  const list = call.children.length === 2 ? dereference(call.children[1]!) : UNIT;
  if (list.tag !== EXPRESSION || list.children.length === 0) {
    giveMisuse(machine, call, "(decons-atom (: <expr> Expression))", frame);
    return;
  }
  const [head, ...tail] = list.children;
  machine.give(expression([head!, expression(tail)]), frame);
}

/** Only the reference's own evaluator makes such calls, with code of the host in them. */
function callNative(machine: Machine, call: Expression, frame: Frame | null): void {
  giveMisuse(machine, call, "(call-native func args)", frame);
}

const INSTRUCTIONS: ReadonlyMap<SymbolAtom, Instruction> = new Map([
  [symbol("eval"), evalOne],
  [symbol("evalc"), evalIn],
  [symbol("chain"), chain],
  [symbol("unify"), unifyOnce],
  [symbol("cons-atom"), consAtom],
  [symbol("decons-atom"), deconsAtom],
  [FUNCTION, functionCall],
  [symbol("collapse-bind"), collapseBind],
  [symbol("superpose-bind"), superposeBind],
  [symbol("metta"), mettaCall],
  [symbol("context-space"), contextSpace],
  [symbol("call-native"), callNative],
]);

/** Evaluates what an instruction gave (MI1). */
class OutcomeFrame extends Frame {
  readonly #call: Expression;
  readonly #type: Atom;

  constructor(parent: Frame | null, call: Expression, type: Atom) {
    super(parent);
    this.#call = call;
    this.#type = type;
  }

  resume(machine: Machine, value: Atom): void {
    if (value === EMPTY) machine.fail();
    else if (value === NOT_REDUCIBLE_ATOM) giveUnreduced(machine, this.#call, false, this.parent);
    else if (isError(value)) machine.give(value, this.parent);
    else machine.evaluate(value, this.#type, this.parent);
  }
}

/** Reduces a call by a rule whose body is `(function …)` (RD2). */
export function callFunction(
  machine: Machine,
  body: Atom,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const inside = functionBody(body);
  const outcome = new OutcomeFrame(frame, call, type);
  if (inside?.tag === EXPRESSION) runFunction(machine, inside, call, outcome);
  else execute(machine, body, outcome);
}

/** An instruction as a program calls it. `spaceAt` is the parameter that may be a call that gives a space. */
function instruction(name: string, type: string, summary: string, spaceAt = 0): SpecialForm {
  return form({
    name,
    type,
    summary,
    run: (machine, call, expected, frame) => {
      const outcome = new OutcomeFrame(frame, call, expected);
      const where = spaceAt === 0 ? SELF : dereference(call.children[spaceAt]!);
      if (where.tag === SPACE) {
        execute(machine, call, outcome);
        return;
      }
      const go = new ThenFrame(outcome, (_machine, space, parent) => {
        const parts = [...call.children];
        parts[spaceAt] = space;
        execute(machine, expression(parts), parent);
      });
      machine.evaluate(where, UNDEFINED, go);
    },
  });
}

export const MINIMAL_FORMS: readonly SpecialForm[] = [
  addFromPair,
  instruction(
    "eval",
    "(-> Atom Atom)",
    "One step of evaluation: what the argument's operation or rules make of it.",
  ),
  instruction("evalc", "(-> Atom SpaceType Atom)", "One step of evaluation in another space.", 2),
  instruction(
    "chain",
    "(-> Atom Variable Atom %Undefined%)",
    "Executes the first argument, puts what it gives in place of the variable in the third and executes that.",
  ),
  instruction(
    "function",
    "(-> Atom Atom)",
    "Executes its body until it is (return value), which gives the value unevaluated.",
  ),
  instruction(
    "collapse-bind",
    "(-> Atom Expression)",
    "Everything that executing its argument gives, each in a pair with what it bound.",
  ),
  instruction(
    "superpose-bind",
    "(-> Expression Atom)",
    "What stands in pairs that collapse-bind made, as alternatives that bind what it bound.",
  ),
  instruction(
    "metta",
    "(-> Atom Type SpaceType Atom)",
    "Evaluates the first argument, expecting the type, in a space.",
    3,
  ),
  instruction("context-space", "(-> SpaceType)", "The space that the expression is evaluated in."),
  instruction(
    "call-native",
    "(-> Atom Atom Atom Atom)",
    "Calls code of the host, which programs have no way to name.",
  ),
];
