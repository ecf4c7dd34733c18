/**
 * Immediate values: calls of pure operations on numbers, strings and truth values, nested to a small
 * depth, computed directly instead of frame by frame.
 *
 *   IM1  Only operations that are declared pure: whatever is not decided here is simply evaluated
 *        again by the machine, which is not observable.
 *   IM2  What is decided here is what the machine would have found: the call surely fits its type, with it those in
 *        it (EV2), and each result is a value that evaluates to itself.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  STRING,
  SYMBOL,
} from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { attempt } from "../host/call-operation.js";
import { NOT_REDUCIBLE, type Operation } from "../host/operation.js";
import { ATOM, EXPRESSION_TYPE } from "../language/type-names.js";
import { fitsAtOnce } from "../types/run-evidence.js";
import { type TypePlan, UNBOUND } from "../types/type-plan.js";
import type { EvaluationContext } from "./evaluation-context.js";

/** How deep nested calls are inspected. */
const DEPTH = 6;

/** Values that need no evaluation, nor does anything inside them. */
export function isPlain(atom: Atom): boolean {
  return atom.tag === INTEGER || atom.tag === FLOAT || atom.tag === BOOLEAN || atom.tag === STRING;
}

/** What a call calls: a pure operation with one function type. */
interface PureCall {
  readonly operation: Operation;
  readonly plan: TypePlan;
}

/** The value of a call, or null if that takes the machine to find out. */
export function immediateValue(
  context: EvaluationContext,
  call: Expression,
  expected: Atom,
): Atom | null {
  const called = pureCall(context, call);
  if (called === null) return null;
  const bound = context.evidence.fits(called.plan, call, expected);
  if (bound === null) return null;
  return computed(context, call, called, called.plan.resultFor(bound), DEPTH);
}

function pureCall(context: EvaluationContext, call: Expression): PureCall | null {
  if (call.children.length === 0) return null;
  const head = dereference(call.children[0]!);
  if (head.tag !== SYMBOL) return null;
  const found = context.registry.find(head);
  if (found?.kind !== "operation" || !found.operation.pure) return null; // IM1
  const { plan } = context.types.declaredFor(head);
  return plan === null ? null : { operation: found.operation, plan };
}

/** The value of a call that fits, and its arguments with it. */
function computed(
  context: EvaluationContext,
  call: Expression,
  { operation, plan }: PureCall,
  result: Atom,
  depth: number,
): Atom | null {
  const { children } = call;
  const values = new Array<Atom>(children.length - 1);
  for (let index = 1; index < children.length; index++) {
    const argument = dereference(children[index]!);
    const value =
      argument.tag === EXPRESSION
        ? nestedValue(context, argument, plan.formals[index]!, depth)
        : argument;
    if (value === null || !isPlain(value)) return null;
    values[index - 1] = value;
  }
  const value = plainResult(operation, values, context);
  return value !== null && fitsAtOnce(value, result) ? value : null;
}

/** The value of an argument that is evaluated. */
function nestedValue(
  context: EvaluationContext,
  call: Expression,
  formal: Atom,
  depth: number,
): Atom | null {
  if (depth === 0 || formal === ATOM || formal === EXPRESSION_TYPE) return null;
  const called = pureCall(context, call);
  if (called === null) return null;
  return computed(context, call, called, called.plan.resultFor(UNBOUND), depth - 1);
}

function plainResult(
  operation: Operation,
  args: readonly Atom[],
  context: EvaluationContext,
): Atom | null {
  const result = attempt(operation, args, context);
  if (result === null || result === NOT_REDUCIBLE || Array.isArray(result)) return null;
  const value = result as Atom;
  return isPlain(value) ? value : null; // IM2
}
