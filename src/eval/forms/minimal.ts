/** The instructions of minimal MeTTa that steer evaluation, and forms that apply code to parts. */
import { type Atom, EXPRESSION, expression, symbol, UNIT, VARIABLE } from "../../term/atom.js";
import { dereference, mapLeaves, renameFresh, resolve, variablesOf } from "../../term/resolve.js";
import { form, type SpecialForm } from "../library.js";
import { type Frame, giveEach, type Machine } from "../machine.js";
import { errorAtom } from "../operation.js";
import { UNDEFINED } from "../type-names.js";
import { collect, ThenFrame } from "./collect.js";

const RETURN = symbol("return");
const NO_RETURN = symbol("NoReturn");
const BINDINGS = symbol("Bindings");

const metta = form(
  "metta",
  "(-> Atom Type SpaceType Atom)",
  "Evaluates the first argument, expecting the type.",
  (machine, call, _type, frame) =>
    machine.evaluate(call.children[1]!, dereference(call.children[2]!), frame),
);

const functionForm = form(
  "function",
  "(-> Atom Atom)",
  "Evaluates its body until it is (return value), which gives the value unevaluated.",
  (machine, call, _type, frame) => {
    const finish = new ThenFrame(frame, (_machine, value, parent) => {
      if (value.tag === EXPRESSION && value.children[0] === RETURN && value.children.length === 2) {
        machine.give(value.children[1]!, parent);
      } else {
        machine.give(errorAtom(resolve(call), NO_RETURN), parent);
      }
    });
    const body = dereference(call.children[1]!);
    machine.evaluate(body, UNDEFINED, finish);
  },
);

const collapseBind = form(
  "collapse-bind",
  "(-> Atom Expression)",
  "All values of its argument, each in a pair with a place for bindings.",
  (machine, call, _type, frame) =>
    collect(machine, call.children[1]!, UNDEFINED, (found) => {
      const pairs = found.map((value) => expression([value, BINDINGS]));
      machine.give(expression(pairs), frame);
    }),
);

const superposeBind = form(
  "superpose-bind",
  "(-> Expression Atom)",
  "The values of pairs that collapse-bind made, as alternatives.",
  (machine, call, _type, frame) => {
    const pairs = dereference(call.children[1]!);
    const values = pairs.tag === EXPRESSION ? pairs.children.map(firstOf) : [pairs];
    giveEach(machine, values, frame);
  },
);

function firstOf(atom: Atom): Atom {
  const pair = dereference(atom);
  return pair.tag === EXPRESSION && pair.children.length > 0 ? pair.children[0]! : pair;
}

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
  "Its argument, evaluated in the space where it stands.",
  (machine, call, type, frame) => machine.evaluate(call.children[1]!, type, frame),
);

/** Code with a variable replaced: what `map-atom` and its kin evaluate for each part. */
function withArgument(code: Atom, name: Atom, value: Atom): Atom {
  return mapLeaves(resolve(code), (leaf) => (leaf === name ? value : leaf));
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

const mapAtom = form(
  "map-atom",
  "(-> Expression Variable Atom Expression)",
  "An expression of the values that the code gives for each part.",
  (machine, call, _type, frame) => {
    const [, list, name, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts !== null) mapFrom(machine, parts, [], dereference(name!), code!, frame);
  },
);

function mapFrom(
  machine: Machine,
  parts: readonly Atom[],
  done: readonly Atom[],
  name: Atom,
  code: Atom,
  frame: Frame | null,
): void {
  if (done.length === parts.length) {
    machine.give(expression(done), frame);
    return;
  }
  const next = new ThenFrame(frame, (_machine, value, parent) =>
    mapFrom(machine, parts, [...done, value], name, code, parent),
  );
  machine.evaluate(withArgument(code, name, parts[done.length]!), UNDEFINED, next);
}

const filterAtom = form(
  "filter-atom",
  "(-> Expression Variable Atom Expression)",
  "An expression of the parts for which the code gives True.",
  (machine, call, _type, frame) => {
    const [, list, name, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts !== null) filterFrom(machine, parts, 0, [], dereference(name!), code!, frame);
  },
);

function filterFrom(
  machine: Machine,
  parts: readonly Atom[],
  index: number,
  kept: readonly Atom[],
  name: Atom,
  code: Atom,
  frame: Frame | null,
): void {
  if (index === parts.length) {
    machine.give(expression(kept), frame);
    return;
  }
  const part = parts[index]!;
  const next = new ThenFrame(frame, (_machine, value, parent) => {
    const keep = "value" in value && value.value === true;
    filterFrom(machine, parts, index + 1, keep ? [...kept, part] : kept, name, code, parent);
  });
  machine.evaluate(withArgument(code, name, part), UNDEFINED, next);
}

const foldlAtom = form(
  "foldl-atom",
  "(-> Expression Atom Variable Variable Atom %Undefined%)",
  "Folds the parts from the left: the code combines what was found so far with the next part.",
  (machine, call, _type, frame) => {
    const [, list, start, found, next, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts === null) return;
    const names = [dereference(found!), dereference(next!)] as const;
    foldFrom(machine, parts, 0, resolve(start!), names, code!, frame);
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
  const step = withArgument(withArgument(code, names[0], found), names[1], parts[index]!);
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

const atomSubst = form(
  "atom-subst",
  "(-> Atom Variable Atom Atom)",
  "The third argument with the variable replaced by the first.",
  (machine, call, _type, frame) => {
    const [, value, name, template] = call.children;
    const target = dereference(name!);
    const wanted = target.tag === VARIABLE ? target : null;
    machine.give(
      mapLeaves(resolve(template!), (leaf) => (leaf === wanted ? resolve(value!) : leaf)),
      frame,
    );
  },
);

export const MINIMAL_FORMS: readonly SpecialForm[] = [
  metta,
  functionForm,
  collapseBind,
  superposeBind,
  sealed,
  capture,
  mapAtom,
  filterAtom,
  foldlAtom,
  forEach,
  atomSubst,
];
