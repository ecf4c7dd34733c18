/**
 * Match conditions: what the template of a `match` asks of numbers before it gives anything, so that the search need not
 * look at rows with others (environment/restriction.ts).
 *
 *     (match &self (edge $a $b $w) (if (and (<= 5 $w) (< $w 10)) … (empty)))     5 ≤ $w < 10
 *
 *   MH1  Where a restriction that is read of a template refuses a match, evaluating the template gives nothing and does
 *        nothing: `if`, the comparisons, `and` and what stands for nothing are what the language has under these names at
 *        this moment, with no types but their own, and no number has a type of its own.
 */
import { Interval } from "../../environment/interval.js";
import { type Bound, Restriction, type Stage } from "../../environment/restriction.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { dereference } from "../../term/resolve.js";
import { attempt } from "../host/call-operation.js";
import type { Operation } from "../host/operation.js";
import { UNDEFINED } from "../language/type-names.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { AND, Comparison, type Side } from "../primitives/truths.js";
import { isMetaType } from "../types/evidence.js";
import { ifForm } from "./if.js";

/** What a variable of the template stands for now, or another atom that is compared. */
type Look = (atom: Atom) => Atom;

/** A template `(if condition inner (empty))`, by its shape: what it calls is not known yet. */
interface Conditional {
  readonly head: Atom;
  readonly condition: Expression;
  readonly inner: Atom;
  readonly otherwise: Expression;
}

/** Only what is written out: what a variable stands for may have been evaluated already. */
function conditionalOf(template: Atom): Conditional | null {
  if (template.tag !== EXPRESSION || template.children.length !== 4) return null;
  const [head, condition, inner, otherwise] = template.children;
  if (condition?.tag !== EXPRESSION || condition.children.length !== 3) return null;
  if (otherwise?.tag !== EXPRESSION || otherwise.children.length !== 1) return null;
  return { head: head!, condition, inner: inner!, otherwise };
}

/** Whether the template may have conditions, by its shape. */
export function hasConditions(template: Atom): boolean {
  return conditionalOf(template) !== null;
}

/** The variables that conditions of the template may compare with. */
export function comparedVariables(template: Atom): Variable[] {
  const found = new Set<Variable>();
  let rest = conditionalOf(template);
  for (; rest !== null; rest = conditionalOf(rest.inner)) {
    const pending: Atom[] = [rest.condition];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.tag === VARIABLE) found.add(next);
      else if (next.tag === EXPRESSION) pending.push(...next.children);
    }
  }
  return [...found];
}

/** What the conditions of a template come to. */
export interface Conditions {
  /** Refuses matches for which the template gives nothing. */
  readonly restriction: Restriction;
  /** What the template is for a match for which the restriction holds. */
  readonly inner: Atom;
}

/** The conditions of a template where `type` is expected, as far as they can be seen before (MH1); null if there are none. */
export function conditionsOf(
  context: EvaluationContext,
  template: Atom,
  type: Atom,
  look: Look,
): Conditions | null {
  let rest = conditionalOf(template);
  if (rest === null || isMetaType(type) || context.types.mayTypeExpressions) return null;
  const stages: Stage[] = [];
  let inner = template;
  for (; rest !== null; rest = conditionalOf(rest.inner)) {
    if (!isIf(context, rest.head) || !givesNothing(context, rest.otherwise)) break;
    const stage = stageOf(context, rest.condition, look);
    if (stage === null) break;
    inner = rest.inner;
    const before = stages.at(-1);
    if (before === undefined || !stage.every((each) => isOf(before, each)))
      stages.push(merged(stage));
    else stages[stages.length - 1] = merged([...before, ...stage]);
  }
  return stages.length === 0 ? null : { restriction: new Restriction(stages, false), inner };
}

function isIf(context: EvaluationContext, head: Atom): boolean {
  const name = dereference(head);
  if (name.tag !== SYMBOL) return false;
  const found = context.registry.find(name);
  if (found?.kind !== "form" || found.form !== ifForm) return false;
  const { plan } = context.types.declaredFor(name);
  return plan !== null && alphaEqual(plan.type, ifForm.type);
}

/** The operation that a call is of, if nothing but its own type is declared for it. */
function operationOf(context: EvaluationContext, call: Expression): Operation | null {
  const name = dereference(call.children[0]!);
  if (name.tag !== SYMBOL) return null;
  const found = context.registry.find(name);
  if (found?.kind !== "operation") return null;
  const { operation } = found;
  const { plan, valueType } = context.types.declaredFor(name);
  const isOwn =
    plan === null
      ? valueType === UNDEFINED && operation.type === UNDEFINED
      : alphaEqual(plan.type, operation.type);
  return isOwn ? operation : null;
}

/** Whether a call without arguments is of an operation that gives no value, whenever it is called. */
function givesNothing(context: EvaluationContext, call: Expression): boolean {
  const operation = operationOf(context, call);
  if (operation?.pure !== true) return false;
  const given = attempt(operation, [], context);
  return Array.isArray(given) && given.length === 0;
}

/** What a condition asks; null if it is more than comparisons of variables with numbers. */
function stageOf(context: EvaluationContext, condition: Atom, look: Look): Bound[] | null {
  if (condition.tag !== EXPRESSION || condition.children.length !== 3) return null;
  const [, one, other] = condition.children;
  const operation = operationOf(context, condition);
  if (operation === AND) {
    const left = stageOf(context, one!, look);
    const right = left === null ? null : stageOf(context, other!, look);
    return right === null ? null : [...left!, ...right];
  }
  if (!(operation instanceof Comparison)) return null;
  const { side } = operation;
  return (
    boundOf(look(one!), side, look(other!)) ?? boundOf(look(other!), OPPOSITE[side], look(one!))
  );
}

/** On which side of a number another one is, seen from there. */
const OPPOSITE: Readonly<Record<Side, Side>> = { lt: "gt", gt: "lt", lte: "gte", gte: "lte" };

function boundOf(variable: Atom, side: Side, limit: Atom): Bound[] | null {
  if (variable.tag !== VARIABLE || (limit.tag !== INTEGER && limit.tag !== FLOAT)) return null;
  return [{ variable, interval: Interval.of({ [side]: limit.value }) }];
}

function isOf(stage: Stage, { variable }: Bound): boolean {
  return stage.some((each) => each.variable === variable);
}

/** With one interval for each variable. */
function merged(stage: Stage): Stage {
  const intervals = new Map<Variable, Interval>();
  for (const { variable, interval } of stage) {
    intervals.set(variable, intervals.get(variable)?.and(interval) ?? interval);
  }
  return [...intervals].map(([variable, interval]) => ({ variable, interval }));
}
