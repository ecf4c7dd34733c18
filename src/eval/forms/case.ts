/** The forms `case` and `switch`: branches that a value chooses from by their patterns. */
import {
  type Atom,
  EXPRESSION,
  Expression,
  expression,
  symbol,
  UNIT,
  VARIABLE,
} from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { Continue, orError } from "../compile/after.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import { type Enclosed, encloses, onlyValue } from "../compile/enclosed.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import { later } from "../compile/later.js";
import { hasVariablesText } from "../compile/pattern-code.js";
import type { Point } from "../compile/point.js";
import { errorAtom, isError } from "../language/error-atom.js";
import { ATOM, UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { evaluateGood, ThenFrame, Watch, WatchFrame } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { PartThenFrame } from "../machine/part-errors.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { unifyEach } from "../machine/unify-each.js";

const EMPTY = symbol("Empty");

/** A call whose last argument is a list of branches. */
interface Choice {
  readonly call: Expression;
  readonly branches: readonly Atom[];
  readonly type: Atom;
}

/** Evaluates the first branch of a call whose pattern unifies with a value. */
function chooseBranch(
  machine: Machine,
  call: Expression,
  value: Atom,
  type: Atom,
  frame: Frame | null,
): void {
  const list = dereference(call.children[2]!);
  const branches = list.tag === EXPRESSION ? list.children : [];
  chooseFrom(machine, { call, branches, type }, 0, value, frame);
}

function chooseFrom(
  machine: Machine,
  choice: Choice,
  index: number,
  value: Atom,
  frame: Frame | null,
): void {
  const { call, branches, type } = choice;
  // The next branch is tried here, and not from inside of this one: there may be any number of them.
  for (let at = index; at < branches.length; at++) {
    const branch = dereference(branches[at]!);
    if (branch.tag !== EXPRESSION || branch.children.length !== 2) {
      const problem = `${call.children[0] === symbol("case") ? "case" : "switch"} expects branches (pattern result)`;
      machine.give(errorAtom(resolve(call), problem), frame);
      return;
    }
    let isTrying = true;
    let isOther = false;
    unifyEach(
      machine,
      branch.children[0]!,
      value,
      () => machine.evaluate(branch.children[1]!, type, frame),
      () => {
        if (isTrying) isOther = true;
        else chooseFrom(machine, choice, at + 1, value, frame);
      },
    );
    isTrying = false;
    if (!isOther) return;
  }
  machine.fail();
}

const caseForm: CodedForm = codedForm({
  name: "case",
  type: "(-> Atom Expression %Undefined%)",
  summary:
    "Evaluates the first argument; each value takes the first branch whose pattern unifies with it, no value the branch for Empty.",
  parts: ["value", "branches"],
  run: (machine, call, type, frame) => {
    const each = (value: Atom, parent: Frame | null): void =>
      chooseBranch(machine, call, value, type, parent);
    const none = (): void => each(EMPTY, frame);
    evaluateGood(machine, call.children[1]!, UNDEFINED, frame, { each, none });
  },
  write: (writer, call) =>
    writeChoice(writer, call, (subject, at, branches) => {
      const choose = new Continue(writer.unit, at.fn, at.scope, (rest, found, scope) =>
        writeBranches(writer, branches, found, at.inRest(rest, scope)),
      );
      choose.await(at.fn, writer.enclosed(subject, at, GOOD_OR_EMPTY));
    }),
});

/** Each value of a part, errors only if there is nothing else, `Empty` if there is nothing at all. */
const GOOD_OR_EMPTY: Enclosed = encloses({
  one: onlyValue,
  none: ({ trail }, { trailMark }) => {
    trail.undoTo(trailMark);
    return EMPTY;
  },
  several: (machine) => {
    const watch: Watch = new Watch(
      (errors) => giveEach(machine, errors, frame.parent),
      () => machine.give(EMPTY, frame.parent),
    );
    const frame: Frame = new WatchFrame(null, watch, (value, parent) =>
      machine.give(value, parent),
    );
    return { frame, begin: () => machine.push(watch) };
  },
});

const switchForm: CodedForm = codedForm({
  name: "switch",
  type: "(-> %Undefined% Expression %Undefined%)",
  summary: "Takes the first branch whose pattern unifies with the evaluated first argument.",
  parts: ["value", "branches"],
  run: (machine, call, type, frame) => {
    const subject = dereference(call.children[1]!);
    const Waiting = isError(subject) ? ThenFrame : PartThenFrame;
    const choose = new Waiting(frame, (_machine, value, parent) =>
      chooseBranch(machine, call, value, type, parent),
    );
    machine.evaluate(subject, UNDEFINED, choose);
  },
  write: (writer, call) =>
    writeChoice(writer, call, (subject, at, branches) => {
      const choose = new Continue(writer.unit, at.fn, at.scope, (rest, found, scope) => {
        if (!isError(subject)) orError(rest, found, at.after);
        writeBranches(writer, branches, found, at.inRest(rest, scope));
      });
      writer.node(subject, UNDEFINED, at.before(choose));
    }),
});

const switchMinimal = form({
  name: "switch-minimal",
  type: "(-> Atom Expression Atom)",
  summary: "Like switch, its first argument as it stands; gives the branch unevaluated.",
  run: (machine, call, _type, frame) =>
    chooseBranch(machine, call, dereference(call.children[1]!), ATOM, frame),
});

const switchInternal = form({
  name: "switch-internal",
  type: "(-> Atom Expression Atom)",
  summary: "Like switch-minimal, for a pair of the first branch and a list of the others.",
  run: (machine, call, _type, frame) => {
    const pair = resolve(call.children[2]!);
    const [first, rest] = pair.tag === EXPRESSION ? pair.children : [];
    if (first === undefined || rest?.tag !== EXPRESSION) {
      machine.fail();
      return;
    }
    const [name, subject] = call.children;
    const whole = expression([name!, subject!, expression([first, ...rest.children])]);
    chooseBranch(machine, whole, dereference(subject!), ATOM, frame);
  },
});

/** The branches of a call, in a rule. */
interface Branches {
  readonly node: Expression;
  /** Each a pattern and a body. */
  readonly pairs: readonly (readonly Atom[])[];
}

/** A choice by a value: an immediate one, or one that `evaluate` writes the code for. */
function writeChoice(
  writer: FormWriter,
  call: FormCall,
  evaluate: (subject: Atom, at: Point, branches: Branches) => void,
): boolean {
  const { node, at } = call;
  const [, subject, list] = node.children;
  if (list!.tag !== EXPRESSION) return false;
  const pairs = list.children.map((each) => (each.tag === EXPRESSION ? each.children : []));
  if (!pairs.every((each) => each.length === 2)) return false;
  const branches = { node, pairs };
  if (writer.values.isImmediate(subject!, UNDEFINED)) {
    writer.guarded({ ...call, type: UNDEFINED, wanted: [] }, (label) => {
      const found = writer.values.immediate(at.fn, subject!, UNDEFINED, at.scope, label);
      writeBranches(writer, branches, found, at);
    });
    return true;
  }
  writer.guarded({ ...call, type: UNDEFINED }, () => {
    writer.slots.prepareSlots(at.fn, subject!, at.scope);
    evaluate(subject!, at, branches);
  });
  return true;
}

/** The first branch whose pattern matches a value. */
function writeBranches(
  writer: FormWriter,
  { node, pairs }: Branches,
  found: string,
  at: Point,
): void {
  const { unit, patterns } = writer;
  const { fn, scope, after } = at;
  const label = unit.name("L");
  const before = scope.fork();
  const [head, subject, list] = node.children;
  let isGround = false;
  fn.line(`${label}: {`);
  for (const [pattern, body] of pairs) {
    const miss = unit.name("M");
    const inner = scope.fork();
    fn.line(`${miss}: {`);
    if (!patterns.isTestable(pattern!, scope, subject!)) {
      patterns.unifyOr(fn, pattern!, found, { miss, label }, inner);
    } else {
      if (!isGround && pattern!.tag !== VARIABLE) {
        fn.line(`if (${hasVariablesText(found)}) break ${label};`);
        isGround = true;
      }
      patterns.test(fn, pattern!, found, { miss, label }, inner);
    }
    writer.node(body!, UNDEFINED, at.within(inner));
    fn.line("}");
  }
  fn.line("return null;");
  fn.line("}");
  if (!fn.leaves(label)) return;
  const call = writer.slots.built(fn, new Expression([head!, UNIT, list!]), before);
  after.leave(fn, `${unit.constant(chooseLater)}(m, ${call}, ${found})`);
}

/** Leaves a value to be compared with the branches of a call. */
function chooseLater(machine: Machine, call: Expression, value: Atom): null {
  return later(machine, (next, frame) => chooseBranch(next, call, value, UNDEFINED, frame));
}

export const CASE_FORMS: readonly SpecialForm[] = [
  caseForm,
  switchForm,
  switchMinimal,
  switchInternal,
];
