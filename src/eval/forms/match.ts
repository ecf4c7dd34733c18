/** The form `match`: a search in a space. */
import { matchThrough } from "../../environment/search.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  HOST,
  isGround,
  SPACE,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { RETURN } from "../compile/after.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import { Point } from "../compile/point.js";
import type { Scope } from "../compile/scope.js";
import { type Restrict, SearchSite, search } from "../compile/search-code.js";
import { slotName, slotsOf } from "../compile/slots.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { CollectFrame, ThenFrame } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { EvaluateTemplate, MatchChoice } from "../machine/match-choice.js";
import { spaceOf } from "../machine/space-scope.js";
import { unifyEach } from "../machine/unify-each.js";
import {
  type Conditions,
  comparedVariables,
  conditionsOf,
  hasConditions,
} from "./match-conditions.js";

/** The template of a `match`, evaluated to `type` for each match in the space that `where` is. */
export function matchIn(
  machine: Machine,
  where: Atom,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const [, , pattern, template] = call.children;
  const space = spaceOf(where, machine.self);
  if (space !== undefined) {
    // Where somebody looks at what is evaluated, or it goes by other rules, there is no code either.
    const conditions =
      machine.shortcuts === "code"
        ? conditionsOf(machine.context, template!, type, dereference)
        : null;
    const restriction = conditions?.restriction ?? null;
    const isSeen = machine.shortcuts !== "code" || !takesValueAlone(frame);
    const wanted = isSeen ? null : variablesIn([template!, type]);
    const besides = { tallies: null, restriction, wanted };
    const cursor = matchThrough(machine.handle, space, pattern!, machine.trail, besides);
    const each =
      conditions === null
        ? new EvaluateTemplate(template!, type)
        : new EvaluateConditional(template!, type, conditions);
    machine.push(new MatchChoice(cursor, each, frame));
    machine.fail();
  } else if (where.tag === HOST && where.behavior.match !== undefined) {
    const found = (): void => machine.evaluate(template!, type, frame);
    unifyEach(machine, where, pattern!, found, () => machine.fail());
  } else {
    const reason = "match expects a space as the first argument";
    machine.give(errorAtom(resolve(call), reason), frame);
  }
}

function takesValueAlone(frame: Frame | null): boolean {
  return frame instanceof CollectFrame && frame.takesValueAlone;
}

/** The unbound variables in atoms under the current bindings. */
function variablesIn(atoms: readonly Atom[]): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  const seen = new Set<Atom>();
  const pending = [...atoms];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const atom = dereference(next);
    if (atom.tag === VARIABLE) found.add(atom);
    if (atom.tag !== EXPRESSION || isGround(atom) || seen.has(atom)) continue;
    seen.add(atom);
    for (const child of atom.children) pending.push(child);
  }
  return found;
}

/** Evaluates a template, or what is left of it where its conditions hold. */
class EvaluateConditional extends EvaluateTemplate {
  readonly #type: Atom;
  readonly #conditions: Conditions;

  constructor(template: Atom, type: Atom, conditions: Conditions) {
    super(template, type);
    this.#type = type;
    this.#conditions = conditions;
  }

  override goOn(machine: Machine, taken: readonly Atom[], frame: Frame | null): void {
    const { restriction, inner } = this.#conditions;
    if (restriction.holds) machine.evaluate(inner, this.#type, frame);
    else super.goOn(machine, taken, frame);
  }
}

export const match: CodedForm = codedForm({
  name: "match",
  type: "(-> SpaceType Atom Atom %Undefined%)",
  summary:
    "For every match of the pattern in the space, in insertion order, the template; (, p1 p2 …) matches all patterns together.",
  isGrounded: true,
  parts: ["value", "pattern", "body"],
  run: (machine, call, type, frame) => {
    const search = new ThenFrame(frame, (_machine, value, parent) => {
      matchIn(machine, value, call, type, parent);
    });
    const space = dereference(call.children[1]!);
    if (space.tag === SPACE) search.resume(machine, space);
    else machine.evaluate(space, UNDEFINED, search);
  },
  write: (writer, call) => {
    if (!isPlace(call.node.children[1]!, call.at.scope)) return false;
    writer.guarded({ ...call, type: UNDEFINED }, (label) => writeSearch(writer, call, label));
    return true;
  },
});

/** Whether it may be a space by the time that it is looked at. */
function isPlace(atom: Atom, scope: Scope): boolean {
  return atom.tag === SPACE || (atom.tag === VARIABLE && scope.has(atom));
}

/** The template becomes a function of its own, which is called for each match. */
function writeSearch(writer: FormWriter, { node, at }: FormCall, label: string): void {
  const { fn, scope, after } = at;
  const { unit } = writer;
  const [, space, pattern, template] = node.children;
  const free = slotsOf(pattern!).filter((slot) => !scope.has(slot));
  const where = writePlace(writer, space!, at, label);
  const compared = comparedVariables(template!).filter((slot) => scope.has(slot));
  const sought = new SearchSite({
    pattern: pattern!,
    free,
    compared,
    restrict: restrictTo(template!),
  });
  const inner = scope.fork().forgetUntyped();
  for (const slot of free) inner.assign(slot, slotName(slot));
  const values = sought.slots.map((slot) =>
    scope.has(slot) ? fn.use(scope.nameOf(slot)) : "null",
  );
  const limits = sought.limits.map((slot) => fn.use(scope.nameOf(slot)));
  for (const value of values) {
    if (value !== "null") fn.line(`if (asksHost(${value})) break ${label};`);
  }
  const found = unit.function("match", ["m", "d", ...free.map(slotName)]);
  writer.node(template!, UNDEFINED, new Point(found, inner, RETURN));
  const locals = found.outer.map((name) => fn.use(name));
  const site = unit.constant(sought);
  const all = [
    "m",
    "d",
    site,
    where,
    `[${[...values, ...limits].join(", ")}]`,
    found.name,
    ...locals,
  ];
  after.await(fn, `${unit.constant(search)}(${all.join(", ")})`);
}

/** How the conditions of a template are asked; null if it has none. */
function restrictTo(template: Atom): Restrict | null {
  if (!hasConditions(template)) return null;
  return (context, look) => conditionsOf(context, template, UNDEFINED, look)?.restriction ?? null;
}

/** The name of a space, which is written out or in a slot. */
function writePlace(
  { unit }: FormWriter,
  space: Atom,
  { fn, scope }: Point,
  label: string,
): string {
  if (space.tag !== VARIABLE) return unit.constant(space);
  const found = fn.define(unit.name("t"));
  fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(space))});`);
  fn.line(`if (${found}.tag !== ${SPACE}) break ${label};`);
  return found;
}
