/** Special forms for control: conditions, bindings, cases. */

import { withContents } from "../../environment/contents.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  expression,
  SYMBOL,
  symbol,
} from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { dereference, resolve } from "../../term/resolve.js";
import { unify } from "../../term/unify.js";
import { errorAtom, isError } from "../language/error-atom.js";
import { ATOM, BOOL, UNDEFINED } from "../language/type-names.js";
import { evaluateGood, ThenFrame } from "../machine/collecting.js";
import { immediateValue } from "../machine/immediate.js";
import { ChoicePoint, type Frame, type Machine } from "../machine/machine.js";
import { errorOf, PartFrame, PartThenFrame } from "../machine/part-errors.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { unifyEach } from "../machine/unify-each.js";
import { giveUnreduced } from "../machine/unreduced.js";
import { metaType } from "../types/type-match.js";

const EMPTY = symbol("Empty");

/** Waits for a condition. */
class IfFrame extends PartFrame {
  readonly #call: Expression;
  readonly #type: Atom;

  constructor(parent: Frame | null, call: Expression, type: Atom) {
    super(parent);
    this.#call = call;
    this.#type = type;
  }

  resume(machine: Machine, value: Atom): void {
    const { parent } = this;
    const { children } = this.#call;
    if (isError(value)) {
      machine.give(errorOf(this, value), parent);
      return;
    }
    this.hasValue = true;
    if (value.tag === BOOLEAN) {
      machine.evaluate(children[value.value ? 2 : 3]!, this.#type, parent);
    } else {
      const rest = expression([children[0]!, value, children[2]!, children[3]!]);
      giveUnreduced(machine, rest, true, parent);
    }
  }
}

export const ifForm: SpecialForm = form(
  "if",
  "(-> Bool Atom Atom $t)",
  "Evaluates the second argument if the first gives True, the third if it gives False.",
  (machine, call, type, frame) => {
    const condition = dereference(call.children[1]!);
    const value =
      machine.shortcuts !== "none" && condition.tag === EXPRESSION
        ? immediateValue(machine.context, condition, BOOL)
        : null;
    if (value?.tag === BOOLEAN) {
      machine.evaluate(call.children[value.value ? 2 : 3]!, type, frame);
    } else {
      machine.evaluate(condition, BOOL, new IfFrame(frame, call, type));
    }
  },
);

/** Waits for the value that a pattern is bound to. */
class LetFrame extends PartFrame {
  readonly #call: Expression;
  readonly #type: Atom;

  constructor(parent: Frame | null, call: Expression, type: Atom) {
    super(parent);
    this.#call = call;
    this.#type = type;
  }

  resume(machine: Machine, value: Atom): void {
    const { parent } = this;
    const { children } = this.#call;
    if (isError(value) && !isError(dereference(children[2]!))) {
      machine.give(errorOf(this, value), parent);
      return;
    }
    this.hasValue = true;
    bindEach(machine, value, children[1]!, children[3]!, this.#type, parent);
  }
}

/** Evaluates the body for every way in which a value unifies with a pattern. */
export function bindEach(
  machine: Machine,
  value: Atom,
  pattern: Atom,
  body: Atom,
  type: Atom,
  frame: Frame | null,
): void {
  // The value first: of two variables of the query, the value's name is kept.
  unifyEach(
    machine,
    value,
    pattern,
    () => machine.evaluate(body, type, frame),
    () => machine.fail(),
  );
}

export const letForm: SpecialForm = form(
  "let",
  "(-> Atom %Undefined% Atom %Undefined%)",
  "Evaluates the second argument, unifies it with the first, and evaluates the third.",
  (machine, call, type, frame) =>
    machine.evaluate(call.children[2]!, UNDEFINED, new LetFrame(frame, call, type)),
);

const NO_PAIRS = "List of (<pattern> <atom>) pairs is expected as a second argument";

export const letStar: SpecialForm = form(
  "let*",
  "(-> Expression Atom %Undefined%)",
  "Like nested lets: each pair of the first argument binds a pattern to a value.",
  (machine, call, type, frame) => {
    const pairs = dereference(call.children[1]!);
    if (pairs.tag !== EXPRESSION) {
      machine.give(errorAtom(resolve(call), NO_PAIRS), frame);
      return;
    }
    bindPairs(machine, call, pairs.children, 0, type, frame);
  },
);

function bindPairs(
  machine: Machine,
  call: Expression,
  pairs: readonly Atom[],
  index: number,
  type: Atom,
  frame: Frame | null,
): void {
  if (index === pairs.length) {
    machine.evaluate(call.children[2]!, type, frame);
    return;
  }
  const pair = dereference(pairs[index]!);
  if (pair.tag !== EXPRESSION || pair.children.length !== 2) {
    machine.give(errorAtom(resolve(call), NO_PAIRS), frame);
    return;
  }
  const [pattern, value] = pair.children;
  const Waiting = isError(dereference(value!)) ? ThenFrame : PartThenFrame;
  const bind = new Waiting(frame, (_machine, found, parent) => {
    const next = (): void => bindPairs(machine, call, pairs, index + 1, type, parent);
    unifyEach(machine, found, pattern!, next, () => machine.fail());
  });
  machine.evaluate(value!, UNDEFINED, bind);
}

export const caseForm: SpecialForm = form(
  "case",
  "(-> Atom Expression %Undefined%)",
  "Evaluates the first argument; each value takes the first branch whose pattern unifies with it, no value the branch for Empty.",
  (machine, call, type, frame) => {
    const choose = (value: Atom, parent: Frame | null): void =>
      chooseBranch(machine, call, value, type, parent);
    const none = (): void => choose(EMPTY, frame);
    evaluateGood(machine, call.children[1]!, UNDEFINED, frame, choose, none);
  },
);

export const switchForm: SpecialForm = form(
  "switch",
  "(-> %Undefined% Expression %Undefined%)",
  "Takes the first branch whose pattern unifies with the evaluated first argument.",
  (machine, call, type, frame) => {
    const subject = dereference(call.children[1]!);
    const Waiting = isError(subject) ? ThenFrame : PartThenFrame;
    const choose = new Waiting(frame, (_machine, value, parent) =>
      chooseBranch(machine, call, value, type, parent),
    );
    machine.evaluate(subject, UNDEFINED, choose);
  },
);

const switchMinimal = form(
  "switch-minimal",
  "(-> Atom Expression Atom)",
  "Like switch, its first argument as it stands; gives the branch unevaluated.",
  (machine, call, _type, frame) =>
    chooseBranch(machine, call, dereference(call.children[1]!), ATOM, frame),
);

const switchInternal = form(
  "switch-internal",
  "(-> Atom Expression Atom)",
  "Like switch-minimal, for a pair of the first branch and a list of the others.",
  (machine, call, _type, frame) => {
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
);

/** Evaluates the first branch of a `case` or `switch` whose pattern unifies with the value. */
export function chooseBranch(
  machine: Machine,
  call: Expression,
  value: Atom,
  type: Atom,
  frame: Frame | null,
): void {
  const branches = dereference(call.children[2]!);
  const list = branches.tag === EXPRESSION ? branches.children : [];
  chooseFrom(machine, call, list, 0, value, type, frame);
}

function chooseFrom(
  machine: Machine,
  call: Expression,
  branches: readonly Atom[],
  index: number,
  value: Atom,
  type: Atom,
  frame: Frame | null,
): void {
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
        else chooseFrom(machine, call, branches, at + 1, value, type, frame);
      },
    );
    isTrying = false;
    if (!isOther) return;
  }
  machine.fail();
}

export const unifyForm: SpecialForm = form(
  "unify",
  "(-> Atom Atom Atom Atom %Undefined%)",
  "If the first two arguments unify, the third with the bindings, otherwise the fourth.",
  (machine, call, type, frame) => {
    const [, left, right, then, otherwise] = call.children;
    unifyEach(
      machine,
      left!,
      right!,
      () => machine.evaluate(then!, type, frame),
      () => machine.evaluate(otherwise!, type, frame),
    );
  },
);

const ifEqual = form(
  "if-equal",
  "(-> Atom Atom Atom Atom %Undefined%)",
  "The third argument if the first two are equal up to renaming of variables, otherwise the fourth.",
  (machine, call, type, frame) => {
    const [, left, right, then, otherwise] = call.children;
    const { handle } = machine;
    const equal = alphaEqual(
      withContents(handle, resolve(left!)),
      withContents(handle, resolve(right!)),
    );
    machine.evaluate(equal ? then! : otherwise!, type, frame);
  },
);

const ifError = form(
  "if-error",
  "(-> Atom Atom Atom %Undefined%)",
  "The second argument if the first, as it stands, is an Error, otherwise the third.",
  (machine, call, type, frame) => {
    const [, subject, then, otherwise] = call.children;
    machine.evaluate(isError(dereference(subject!)) ? then! : otherwise!, type, frame);
  },
);

/** Keeps the alternatives of `once` together: only trying them one by one shows which value is first. */
class OneByOne extends ChoicePoint {
  retry(): boolean {
    return false;
  }

  override isCarried(): boolean {
    return true;
  }
}

/** Begins the choice points of a `once`; how deep they lie, for what is above to be given up. */
export function pushOnce(machine: Machine): number {
  const { depth } = machine.branches;
  if (machine.waiting !== null) machine.push(new OneByOne());
  return depth;
}

export const once: SpecialForm = form(
  "once",
  "(-> Atom %Undefined%)",
  "The first value of its argument that is no error, or else the first error; the other alternatives are given up.",
  (machine, call, type, frame) => {
    const depth = pushOnce(machine);
    const first = (value: Atom, parent: Frame | null): void => {
      machine.cutTo(depth);
      machine.give(value, parent);
    };
    evaluateGood(machine, call.children[1]!, type, frame, first, null);
  },
);

const getMetaType = form(
  "get-metatype",
  "(-> Atom Atom)",
  "Which kind of atom its argument is: Symbol, Variable, Expression or Grounded.",
  (machine, call, _type, frame) => {
    const atom = dereference(call.children[1]!);
    const grounded = atom.tag === SYMBOL && machine.context.library.isGrounded(atom);
    machine.give(grounded ? symbol("Grounded") : metaType(atom), frame);
  },
);

const returnOnError = form(
  "return-on-error",
  "(-> Atom Atom %Undefined%)",
  "The first argument, to be returned, if it is an Error or Empty; otherwise the second.",
  (machine, call, type, frame) => {
    const subject = dereference(call.children[1]!);
    const leaves = isError(subject) || subject === symbol("Empty");
    if (leaves) machine.give(expression([symbol("return"), resolve(subject)]), frame);
    else machine.evaluate(call.children[2]!, type, frame);
  },
);

const ifDecons = form(
  "if-decons-expr",
  "(-> Expression Variable Variable Atom Atom %Undefined%)",
  "Binds the two variables to an expression's first part and the rest and evaluates the fourth argument; of () the fifth.",
  (machine, call, type, frame) => {
    const [, subject, head, tail, then, otherwise] = call.children;
    const list = dereference(subject!);
    if (list.tag !== EXPRESSION || list.children.length === 0) {
      machine.evaluate(otherwise!, type, frame);
      return;
    }
    const { trail } = machine;
    const mark = trail.mark();
    const rest = expression(list.children.slice(1));
    if (unify(head!, list.children[0]!, trail) && unify(tail!, rest, trail)) {
      machine.tidy(mark);
      machine.evaluate(then!, type, frame);
      return;
    }
    trail.undoTo(mark);
    machine.fail();
  },
);

export const CONTROL_FORMS: readonly SpecialForm[] = [
  ifForm,
  letForm,
  letStar,
  caseForm,
  switchForm,
  switchMinimal,
  switchInternal,
  unifyForm,
  ifEqual,
  ifError,
  once,
  getMetaType,
  returnOnError,
  ifDecons,
];
