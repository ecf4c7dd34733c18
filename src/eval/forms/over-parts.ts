/** Special forms that evaluate code for each part of an expression. */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  expression,
  symbol,
  UNIT,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { dereference, freshVariable, mapLeaves, resolve, variablesOf } from "../../term/resolve.js";
import { RETURN } from "../compile/after.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import { evaluateLater } from "../compile/later.js";
import {
  type Code,
  type EachPart,
  evaluated,
  folded,
  LOOP_LEVELS,
  mapped,
  partsOf,
} from "../compile/over-parts.js";
import { Point } from "../compile/point.js";
import { LEVELS } from "../compile/saved-frame.js";
import { slotName } from "../compile/slots.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { ThenFrame } from "../machine/collecting.js";
import { Frame, type Machine } from "../machine/machine.js";
import { PartThenFrame } from "../machine/part-errors.js";
import { form, type SpecialForm } from "../machine/special-form.js";

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

/** Code that is evaluated for each part of an expression, with values for its names. */
interface Walk {
  readonly parts: readonly Atom[];
  readonly names: readonly Atom[];
  readonly code: Atom;
}

/**
 * Code with variables replaced: what is evaluated for each part. Its other variables
 * are renamed for each part, so that bindings made for one part do not affect the next.
 */
function withArguments(machine: Machine, { code, names }: Walk, values: readonly Atom[]): Atom {
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

/** How a form goes over the parts of a list, with their values in a list of the same kind. */
interface PartsForm {
  readonly name: string;
  readonly summary: string;
  readonly begin: (machine: Machine, walk: Walk, frame: Frame | null) => void;
  readonly how: EachPart;
}

/** A form `(name list variable code)`. */
function overParts({ name, summary, begin, how }: PartsForm): CodedForm {
  return codedForm({
    name,
    type: "(-> Expression Variable Atom Expression)",
    summary,
    parts: ["value", "name", "body"],
    run: (machine, call, type, frame) => {
      const [, list, variable, code] = call.children;
      const parts = partsOrError(machine, call, list!, frame);
      if (parts === null) return;
      const walk = { parts, names: [dereference(variable!)], code: code! };
      begin(machine, walk, new EvaluateFrame(frame, type));
    },
    write: (writer, call) =>
      writeOverParts(writer, call, { how, names: [call.node.children[2]!], start: [] }),
  });
}

const mapAtom: CodedForm = overParts({
  name: "map-atom",
  summary: "An expression of the values that the code gives for each part.",
  begin: (machine, walk, frame) => mapFrom(machine, walk, null, frame),
  how: mapped,
});

/** What was found so far, newest first: a branch may continue from here more than once. */
interface Values {
  readonly value: Atom;
  readonly earlier: Values | null;
  readonly count: number;
}

function withValue(earlier: Values | null, value: Atom): Values {
  return { value, earlier, count: countOf(earlier) + 1 };
}

function countOf(values: Values | null): number {
  return values === null ? 0 : values.count;
}

function listOf(values: Values | null): Atom {
  const list = new Array<Atom>(countOf(values));
  for (let each = values; each !== null; each = each.earlier) list[each.count - 1] = each.value;
  return expression(list);
}

function mapFrom(machine: Machine, walk: Walk, done: Values | null, frame: Frame | null): void {
  const part = walk.parts[countOf(done)];
  if (part === undefined) {
    machine.give(listOf(done), frame);
    return;
  }
  const next = new ThenFrame(frame, (_machine, value, parent) =>
    mapFrom(machine, walk, withValue(done, value), parent),
  );
  machine.evaluate(withArguments(machine, walk, [part]), UNDEFINED, next);
}

const filterAtom: CodedForm = overParts({
  name: "filter-atom",
  summary: "An expression of the parts for which the code gives True.",
  begin: (machine, walk, frame) => filterFrom(machine, walk, 0, null, frame),
  how: filtered,
});

function filterFrom(
  machine: Machine,
  walk: Walk,
  index: number,
  kept: Values | null,
  frame: Frame | null,
): void {
  const part = walk.parts[index];
  if (part === undefined) {
    machine.give(listOf(kept), frame);
    return;
  }
  const next = filterFrame(frame, part, kept, (more, parent) =>
    filterFrom(machine, walk, index + 1, more, parent),
  );
  const whole = new EvaluateFrame(next, UNDEFINED);
  machine.evaluate(withArguments(machine, walk, [part]), UNDEFINED, whole);
}

/** Waits for what the code gives for a part, and goes on with the parts that are kept then. */
function filterFrame(
  frame: Frame | null,
  part: Atom,
  kept: Values | null,
  goOn: (kept: Values | null, parent: Frame | null) => void,
): PartThenFrame {
  return new PartThenFrame(frame, (machine, value, parent) => {
    if (value.tag === BOOLEAN) {
      goOn(value.value ? withValue(kept, part) : kept, parent);
      return;
    }
    const reason = expression([symbol("filter-atom"), part, symbol("gives"), resolve(value)]);
    machine.give(errorAtom(reason, "a filter gives True or False"), parent);
  });
}

/** `filter-atom` in generated code. */
function filtered(
  machine: Machine,
  levels: number,
  parts: readonly Atom[],
  code: Code,
  ...locals: readonly Atom[]
): Atom | null {
  return filterByCode(machine, levels, { parts, code, locals }, 0, null);
}

/** Parts, and the function of generated code that says which are kept. */
interface Filter {
  readonly parts: readonly Atom[];
  readonly code: Code;
  readonly locals: readonly Atom[];
}

function filterByCode(
  machine: Machine,
  levels: number,
  filter: Filter,
  from: number,
  before: Values | null,
): Atom | null {
  const { parts, code, locals } = filter;
  let kept = before;
  for (let index = from; index < parts.length; index++) {
    const part = parts[index]!;
    const found = code(machine, levels - LOOP_LEVELS, part, ...locals);
    const value = found === null ? null : dereference(found);
    if (value?.tag === BOOLEAN) {
      if (value.value) kept = withValue(kept, part);
      continue;
    }
    if (value !== null) evaluateLater(machine, value, UNDEFINED);
    else machine.save(new EvaluateFrame(null, UNDEFINED));
    const next = filterFrame(null, part, kept, (more, parent) =>
      machine.finish(filterByCode(machine, LEVELS, filter, index + 1, more), parent),
    );
    return machine.save(next);
  }
  return evaluated(machine, listOf(kept));
}

const foldlAtom: CodedForm = codedForm({
  name: "foldl-atom",
  type: "(-> Expression Atom Variable Variable Atom %Undefined%)",
  summary:
    "Folds the parts from the left: the code combines what was found so far with the next part.",
  parts: ["value", "value", "name", "name", "body"],
  run: (machine, call, type, frame) => {
    const [, list, start, found, next, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts === null) return;
    const walk = { parts, names: [dereference(found!), dereference(next!)], code: code! };
    foldFrom(machine, walk, 0, resolve(start!), new EvaluateFrame(frame, type));
  },
  write: (writer, call) => {
    const [, , start, found, next] = call.node.children;
    return writeOverParts(writer, call, { how: folded, names: [found!, next!], start: [start!] });
  },
});

function foldFrom(
  machine: Machine,
  walk: Walk,
  index: number,
  found: Atom,
  frame: Frame | null,
): void {
  const part = walk.parts[index];
  if (part === undefined) {
    machine.give(found, frame);
    return;
  }
  const next = new ThenFrame(frame, (_machine, value, parent) =>
    foldFrom(machine, walk, index + 1, value, parent),
  );
  machine.evaluate(withArguments(machine, walk, [found, part]), UNDEFINED, next);
}

/** How generated code goes over the parts. */
interface OverParts {
  readonly how: EachPart;
  /** What the last argument has values for. */
  readonly names: readonly Atom[];
  /** What it begins with. */
  readonly start: readonly Atom[];
}

/** The last argument becomes a function of its own, which is called for each part of the first. */
function writeOverParts(
  writer: FormWriter,
  call: FormCall,
  { how, names, start }: OverParts,
): boolean {
  const { node, at } = call;
  const { unit, slots } = writer;
  // What has a value in the rule is a variable all the same, or the call does not fit.
  const named = names.filter((name): name is Variable => name.tag === VARIABLE);
  if (new Set(named).size < names.length) return false;
  writer.guarded({ ...call, type: UNDEFINED }, (label) => {
    const { fn, scope, after } = at;
    const list = slots.built(fn, node.children[1]!, scope);
    const given = start.map((atom) => slots.built(fn, atom, scope));
    const inner = scope.fork().forgetUntyped();
    for (const slot of named) inner.assign(slot, slotName(slot));
    const code = unit.function("each", ["m", "d", ...named.map(slotName)]);
    writer.node(node.children.at(-1)!, UNDEFINED, new Point(code, inner, RETURN));
    const locals = code.outer.map((name) => fn.use(name));
    const parts = fn.define(unit.name("t"));
    fn.line(
      `const ${parts} = ${unit.constant(partsOf)}(${[list, ...given, ...locals].join(", ")});`,
    );
    fn.line(`if (${parts} === null) break ${label};`);
    const all = ["m", "d", parts, code.name, ...given, ...locals];
    after.await(fn, `${unit.constant(how)}(${all.join(", ")})`);
  });
  return true;
}

const forEach = form({
  name: "for-each-in-atom",
  type: "(-> Expression Atom (->))",
  summary: "Calls the second argument with each part.",
  run: (machine, call, _type, frame) => {
    const [, list, code] = call.children;
    const parts = partsOrError(machine, call, list!, frame);
    if (parts !== null) eachFrom(machine, parts, 0, code!, frame);
  },
});

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

export const PART_FORMS: readonly SpecialForm[] = [mapAtom, filterAtom, foldlAtom, forEach];
