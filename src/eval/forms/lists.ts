/** Special forms that apply code to the parts of an expression, and forms about the variables in code. */
import { textOf } from "../../environment/contents.js";
import {
  type Atom,
  BOOLEAN,
  boolean,
  EXPRESSION,
  expression,
  STRING,
  symbol,
  UNIT,
  VARIABLE,
} from "../../term/atom.js";
import {
  dereference,
  freshVariable,
  mapLeaves,
  renameFresh,
  resolve,
  variablesOf,
} from "../../term/resolve.js";
import { errorAtom, isError } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { collect, evaluateAll, ThenFrame } from "../machine/collecting.js";
import { withEffects } from "../machine/effects.js";
import { Frame, type Machine } from "../machine/machine.js";
import { PartThenFrame } from "../machine/part-errors.js";
import { enterSpace } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";

const sealed = form(
  "sealed",
  "(-> Expression Atom Atom)",
  "The second argument with its variables renamed, except those in the first.",
  (machine, call, _type, frame) => {
    const kept = new Set(variablesOf(call.children[1]!));
    const renamed = new Map([...kept].map((name) => [name, name] as const));
    machine.give(renameFresh(resolve(call.children[2]!), renamed), frame);
  },
);

const capture = form(
  "capture",
  "(-> Atom Atom)",
  "Its argument, evaluated in the space that &self means.",
  (machine, call, _type, frame) => {
    const back = enterSpace(machine, machine.self, frame);
    machine.evaluate(call.children[1]!, UNDEFINED, back);
  },
);

/** Evaluates a value once more: its parts have been evaluated, but the whole may be a call. */
class EvaluateFrame extends Frame {
  readonly #type: Atom;

  constructor(parent: Frame | null, type: Atom) {
    super(parent);
    this.#type = type;
  }

  resume(machine: Machine, value: Atom): void {
    machine.evaluate(value, this.#type, this.parent);
  }
}

/**
 * Code with variables replaced: what `map-atom` and related forms evaluate for each part. Its other variables
 * are renamed for each part, so that bindings made for one part do not affect the next.
 */
function withArguments(
  machine: Machine,
  code: Atom,
  names: readonly Atom[],
  values: readonly Atom[],
): Atom {
  const resolved = resolve(code);
  const hasVariables = variablesOf(resolved).some((each) => !names.includes(each));
  const places = values.map((value) =>
    hasVariables || value.tag === VARIABLE || (value.tag === EXPRESSION && !value.ground)
      ? freshVariable("part")
      : value,
  );
  const renamed = new Map<Atom, Atom>(names.map((name, index) => [name, places[index]!]));
  const replaced = mapLeaves(resolved, (leaf) => {
    if (leaf.tag !== VARIABLE) return leaf;
    let other = renamed.get(leaf);
    if (other === undefined) {
      other = freshVariable(leaf.name);
      renamed.set(leaf, other);
    }
    return other;
  });
  for (const [index, place] of places.entries()) {
    if (place.tag === VARIABLE && place !== values[index])
      machine.trail.bind(place, values[index]!);
  }
  return replaced;
}

/** The parts of an expression, or null after an error was given. */
function partsOrError(
  machine: Machine,
  call: Atom,
  subject: Atom,
  frame: Frame | null,
): readonly Atom[] | null {
  const list = resolve(subject);
  if (list.tag === EXPRESSION) return list.children;
  machine.give(errorAtom(resolve(call), "expected an expression as the first argument"), frame);
  return null;
}

export const mapAtom: SpecialForm = form(
  "map-atom",
  "(-> Expression Variable Atom Expression)",
  "An expression of the values that the code gives for each part.",
  (machine, call, type, frame) => {
    const [, list, name, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    const whole = new EvaluateFrame(frame, type);
    if (parts !== null) mapFrom(machine, parts, null, 0, dereference(name!), code!, whole);
  },
);

/** What was found so far, newest first: a branch may continue from here more than once. */
interface Values {
  readonly value: Atom;
  readonly earlier: Values | null;
}

function listOf(values: Values | null, count: number): Atom {
  const list = new Array<Atom>(count);
  let index = count;
  for (let each = values; each !== null; each = each.earlier) list[--index] = each.value;
  return expression(list);
}

function mapFrom(
  machine: Machine,
  parts: readonly Atom[],
  done: Values | null,
  index: number,
  name: Atom,
  code: Atom,
  frame: Frame | null,
): void {
  if (index === parts.length) {
    machine.give(listOf(done, index), frame);
    return;
  }
  const next = new ThenFrame(frame, (_machine, value, parent) =>
    mapFrom(machine, parts, { value, earlier: done }, index + 1, name, code, parent),
  );
  machine.evaluate(withArguments(machine, code, [name], [parts[index]!]), UNDEFINED, next);
}

const filterAtom = form(
  "filter-atom",
  "(-> Expression Variable Atom Expression)",
  "An expression of the parts for which the code gives True.",
  (machine, call, type, frame) => {
    const [, list, name, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    const whole = new EvaluateFrame(frame, type);
    if (parts !== null) filterFrom(machine, parts, 0, null, 0, dereference(name!), code!, whole);
  },
);

function filterFrom(
  machine: Machine,
  parts: readonly Atom[],
  index: number,
  kept: Values | null,
  count: number,
  name: Atom,
  code: Atom,
  frame: Frame | null,
): void {
  if (index === parts.length) {
    machine.give(listOf(kept, count), frame);
    return;
  }
  const part = parts[index]!;
  const next = new PartThenFrame(frame, (_machine, value, parent) => {
    if (value.tag !== BOOLEAN) {
      const reason = expression([symbol("filter-atom"), part, symbol("gives"), resolve(value)]);
      machine.give(errorAtom(reason, "a filter gives True or False"), parent);
      return;
    }
    const more = value.value ? { value: part, earlier: kept } : kept;
    const size = value.value ? count + 1 : count;
    filterFrom(machine, parts, index + 1, more, size, name, code, parent);
  });
  const whole = new EvaluateFrame(next, UNDEFINED);
  machine.evaluate(withArguments(machine, code, [name], [part]), UNDEFINED, whole);
}

export const foldlAtom: SpecialForm = form(
  "foldl-atom",
  "(-> Expression Atom Variable Variable Atom %Undefined%)",
  "Folds the parts from the left: the code combines what was found so far with the next part.",
  (machine, call, type, frame) => {
    const [, list, start, found, next, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts === null) return;
    const names = [dereference(found!), dereference(next!)] as const;
    const whole = new EvaluateFrame(frame, type);
    foldFrom(machine, parts, 0, resolve(start!), names, code!, whole);
  },
);

function foldFrom(
  machine: Machine,
  parts: readonly Atom[],
  index: number,
  found: Atom,
  names: readonly [Atom, Atom],
  code: Atom,
  frame: Frame | null,
): void {
  if (index === parts.length) {
    machine.give(found, frame);
    return;
  }
  const step = withArguments(machine, code, names, [found, parts[index]!]);
  const next = new ThenFrame(frame, (_machine, value, parent) =>
    foldFrom(machine, parts, index + 1, value, names, code, parent),
  );
  machine.evaluate(step, UNDEFINED, next);
}

const forEach = form(
  "for-each-in-atom",
  "(-> Expression Atom (->))",
  "Calls the second argument with each part.",
  (machine, call, _type, frame) => {
    const [, list, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts !== null) eachFrom(machine, parts, 0, code!, frame);
  },
);

function eachFrom(
  machine: Machine,
  parts: readonly Atom[],
  index: number,
  code: Atom,
  frame: Frame | null,
): void {
  if (index === parts.length) {
    machine.give(UNIT, frame);
    return;
  }
  const next = new ThenFrame(frame, (_machine, _value, parent) =>
    eachFrom(machine, parts, index + 1, code, parent),
  );
  machine.evaluate(expression([code, parts[index]!]), UNDEFINED, next);
}

const foldAll = form(
  "foldall",
  "(-> Atom Atom Atom %Undefined%)",
  "Folds the values of the second argument: the first one combines what was found so far, at the start the third argument, with the next value.",
  (machine, call, _type, frame) => {
    const [, combine, values, start] = call.children;
    collect(machine, values!, UNDEFINED, (found) => {
      if (isFailure(found)) {
        giveEach(machine, found, frame);
        return;
      }
      evaluateAll(machine, [start!], frame, ([first], parent) =>
        foldValues(machine, combine!, found, 0, first!, parent),
      );
    });
  },
);

/** Values of which there are none but errors. */
function isFailure(found: readonly Atom[]): boolean {
  return found.length > 0 && found.every(isError);
}

function foldValues(
  machine: Machine,
  combine: Atom,
  values: readonly Atom[],
  index: number,
  found: Atom,
  frame: Frame | null,
): void {
  if (index === values.length) {
    machine.give(found, frame);
    return;
  }
  const next = new PartThenFrame(frame, (_machine, value, parent) =>
    foldValues(machine, combine, values, index + 1, value, parent),
  );
  machine.evaluate(expression([combine, found, values[index]!]), UNDEFINED, next);
}

const forAll = form(
  "forall",
  "(-> Atom Atom Bool)",
  "Whether the second argument, called with a value of the first, gives True for all of them.",
  (machine, call, _type, frame) => {
    const [, values, check] = call.children;
    collect(machine, values!, UNDEFINED, (found) => {
      if (isFailure(found)) giveEach(machine, found, frame);
      else checkFrom(machine, found, 0, check!, frame);
    });
  },
);

function checkFrom(
  machine: Machine,
  values: readonly Atom[],
  index: number,
  check: Atom,
  frame: Frame | null,
): void {
  if (index === values.length) {
    machine.give(boolean(true), frame);
    return;
  }
  collect(machine, expression([check, values[index]!]), UNDEFINED, (found) => {
    if (isFailure(found)) giveEach(machine, found, frame);
    else if (found.length > 0 && found.every((value) => value === boolean(true))) {
      checkFrom(machine, values, index + 1, check, frame);
    } else {
      machine.give(boolean(false), frame);
    }
  });
}

const atomSubst = form(
  "atom-subst",
  "(-> Atom Variable Atom Atom)",
  "The third argument with the variable replaced by the first.",
  (machine, call, _type, frame) => {
    const [, value, name, template] = call.children;
    const place = freshVariable("value");
    const target = dereference(name!);
    const replaced = mapLeaves(resolve(template!), (leaf) => (leaf === target ? place : leaf));
    machine.trail.bind(place, resolve(value!));
    machine.give(replaced, frame);
  },
);

const printAlternatives = form(
  "print-alternatives!",
  "(-> Atom Expression (->))",
  "Prints how many parts an expression has, a note, and each part on a line.",
  (machine, call, _type, frame) => {
    const list = resolve(call.children[2]!);
    const parts = list.tag === EXPRESSION ? list.children : [list];
    const lines = parts.map((part) => `    ${text(machine, part)}\n`).join("");
    const note = text(machine, resolve(call.children[1]!));
    machine.context.print(`${parts.length} ${note}:\n${lines}`);
    machine.give(UNIT, frame);
  },
);

function text({ handle }: Machine, atom: Atom): string {
  return atom.tag === STRING ? atom.value : textOf(handle, atom);
}

export const LIST_FORMS: readonly SpecialForm[] = [
  sealed,
  capture,
  mapAtom,
  filterAtom,
  foldlAtom,
  forEach,
  foldAll,
  forAll,
  atomSubst,
  withEffects(printAlternatives),
];
