/** The forms `let` and `let*`: patterns that values are bound to. */
import { type Atom, EXPRESSION, Expression } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { Continue, orError } from "../compile/after.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import { later } from "../compile/later.js";
import { errorAtom, isError } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { ThenFrame } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { errorOf, PartOfCallFrame, PartThenFrame } from "../machine/part-errors.js";
import type { SpecialForm } from "../machine/special-form.js";
import { unifyEach } from "../machine/unify-each.js";

/** What is bound, and what is evaluated with the bindings. */
interface Binding {
  readonly pattern: Atom;
  readonly body: Atom;
  readonly type: Atom;
}

/** Evaluates the body for every way in which a value unifies with the pattern. */
function bindEach(machine: Machine, value: Atom, binding: Binding, frame: Frame | null): void {
  const { pattern, body, type } = binding;
  // The value first: of two variables of the query, the value's name is kept.
  unifyEach(
    machine,
    value,
    pattern,
    () => machine.evaluate(body, type, frame),
    () => machine.fail(),
  );
}

/** Waits for the value that a pattern is bound to. */
class LetFrame extends PartOfCallFrame {
  resume(machine: Machine, value: Atom): void {
    const { parent } = this;
    const [, pattern, bound, body] = this.call.children;
    if (isError(value) && !isError(dereference(bound!))) {
      machine.give(errorOf(this, value), parent);
      return;
    }
    this.hasValue = true;
    bindEach(machine, value, { pattern: pattern!, body: body!, type: this.type }, parent);
  }
}

const letForm: CodedForm = codedForm({
  name: "let",
  type: "(-> Atom %Undefined% Atom %Undefined%)",
  summary: "Evaluates the second argument, unifies it with the first, and evaluates the third.",
  parts: ["pattern", "value", "body"],
  run: (machine, call, type, frame) =>
    machine.evaluate(call.children[2]!, UNDEFINED, new LetFrame(frame, call, type)),
  write: (writer, call) => {
    const [, pattern, bound, body] = call.node.children;
    writeBinding(writer, call, bound!, { pattern: pattern!, body: body!, type: UNDEFINED });
    return true;
  },
});

const NO_PAIRS = "List of (<pattern> <atom>) pairs is expected as a second argument";

const letStar: CodedForm = codedForm({
  name: "let*",
  type: "(-> Expression Atom %Undefined%)",
  summary: "Like nested lets: each pair of the first argument binds a pattern to a value.",
  parts: ["pairs", "body"],
  run: (machine, call, type, frame) => {
    const pairs = dereference(call.children[1]!);
    if (pairs.tag === EXPRESSION) bindPairs(machine, { call, pairs, type }, 0, frame);
    else machine.give(errorAtom(resolve(call), NO_PAIRS), frame);
  },
  write: writePairs,
});

/** A call of `let*`. */
interface Pairs {
  readonly call: Expression;
  readonly pairs: Expression;
  readonly type: Atom;
}

function bindPairs(machine: Machine, each: Pairs, index: number, frame: Frame | null): void {
  const { call, pairs, type } = each;
  if (index === pairs.children.length) {
    machine.evaluate(call.children[2]!, type, frame);
    return;
  }
  const pair = dereference(pairs.children[index]!);
  if (pair.tag !== EXPRESSION || pair.children.length !== 2) {
    machine.give(errorAtom(resolve(call), NO_PAIRS), frame);
    return;
  }
  const [pattern, value] = pair.children;
  const Waiting = isError(dereference(value!)) ? ThenFrame : PartThenFrame;
  const bind = new Waiting(frame, (_machine, found, parent) => {
    const next = (): void => bindPairs(machine, each, index + 1, parent);
    unifyEach(machine, found, pattern!, next, () => machine.fail());
  });
  machine.evaluate(value!, UNDEFINED, bind);
}

/** Pair by pair: what is behind the first is a `let*` again. */
function writePairs(writer: FormWriter, call: FormCall): boolean {
  const [head, pairs, body] = call.node.children;
  if (pairs!.tag !== EXPRESSION) return false;
  const [first, ...others] = pairs.children;
  if (first === undefined) {
    writer.node(body!, UNDEFINED, call.at);
    return true;
  }
  if (!pairs.children.every((pair) => pair.tag === EXPRESSION && pair.children.length === 2)) {
    return false;
  }
  const [pattern, bound] = (first as Expression).children;
  const rest = others.length === 0 ? body! : new Expression([head!, new Expression(others), body!]);
  writeBinding(writer, call, bound!, { pattern: pattern!, body: rest, type: UNDEFINED });
  return true;
}

/** A value bound to a pattern: an immediate one, or whichever it has. */
function writeBinding(writer: FormWriter, call: FormCall, bound: Atom, binding: Binding): void {
  if (writer.values.isImmediate(bound, UNDEFINED)) writeImmediate(writer, call, bound, binding);
  else writeEvaluated(writer, call, bound, binding);
}

function writeImmediate(writer: FormWriter, call: FormCall, bound: Atom, binding: Binding): void {
  const { values, patterns } = writer;
  const { pattern, body, type } = binding;
  writer.guarded({ ...call, type, wanted: [] }, (label) => {
    const at = call.at.fork();
    const name = values.immediate(at.fn, bound, UNDEFINED, at.scope, label);
    const found = { name, type: values.typeOf(bound, at.scope) };
    patterns.bind(pattern, found, at, () => at.fn.line(`break ${label};`));
    writer.node(body, type, at);
  });
}

function writeEvaluated(writer: FormWriter, call: FormCall, bound: Atom, binding: Binding): void {
  const { unit, slots, patterns } = writer;
  const { pattern, body, type } = binding;
  const { at } = call;
  writer.guarded({ ...call, type }, () => {
    slots.prepareSlots(at.fn, bound, at.scope);
    const then = new Continue(unit, at.fn, at.scope, (rest, name, scope) => {
      if (!isError(bound)) orError(rest, name, at.after);
      const before = scope.fork();
      const behind = at.inRest(rest, scope);
      patterns.bind(pattern, { name, type: null }, behind, () => {
        const here = before.fork();
        const parts = [pattern, body].map((part) => slots.build(rest, part, here));
        const given = ["m", name, ...parts].join(", ");
        at.after.leave(rest, `${unit.constant(bindLater)}(${given})`);
      });
      writer.node(body, type, behind);
    });
    writer.node(bound, UNDEFINED, at.before(then));
  });
}

/** Leaves the rest of a `let` whose value is found. */
function bindLater(machine: Machine, found: Atom, pattern: Atom, body: Atom): null {
  const binding = { pattern, body, type: UNDEFINED };
  return later(machine, (next, frame) => bindEach(next, found, binding, frame));
}

export const LET_FORMS: readonly SpecialForm[] = [letForm, letStar];
