/**
 * Immediate values: calls of pure operations on numbers, strings and truth values, nested to a small
 * depth, computed directly instead of frame by frame.
 *
 *   IM1  Only operations that are declared pure: whatever is not decided here is simply evaluated
 *        again by the machine, which is not observable.
 *   IM2  What is decided here is what the machine would have found: the call surely fits its type, and
 *        the result is a value that evaluates to itself.
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
} from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { endsEvaluation } from "./ending.js";
import type { EvaluationContext } from "./evaluation-context.js";
import { NOT_REDUCIBLE, type Operation, type OperationResult } from "./operation.js";
import { fitsQuickly } from "./quick-check.js";

/** How deep nested calls are inspected. */
const DEPTH = 6;

/** Values that need no evaluation, nor does anything inside them. */
function isPlain(atom: Atom): boolean {
  return atom.tag === INTEGER || atom.tag === FLOAT || atom.tag === BOOLEAN || atom.tag === STRING;
}

/** The value of a call, or null if that takes the machine to find out. */
export function immediateValue(
  context: EvaluationContext,
  call: Expression,
  expected: Atom,
  depth: number = DEPTH,
): Atom | null {
  if (call.children.length === 0) return null;
  const head = dereference(call.children[0]!);
  if (head.tag !== SYMBOL) return null;
  const found = context.library.find(head);
  if (found?.kind !== "operation" || !found.operation.pure) return null; // IM1
  const { functionTypes, valueTypes } = context.types.declaredFor(head);
  const type = functionTypes[0];
  if (type === undefined || functionTypes.length + valueTypes.length > 1) return null;
  const args = immediateArguments(context, call, type, depth);
  if (args === null || !fitsQuickly(context, call, type, expected)) return null;
  return plainResult(found.operation, args, context);
}

function immediateArguments(
  context: EvaluationContext,
  call: Expression,
  type: Expression,
  depth: number,
): Atom[] | null {
  const { children } = call;
  const args = new Array<Atom>(children.length - 1);
  for (let index = 1; index < children.length; index++) {
    let argument: Atom | null = dereference(children[index]!);
    if (argument.tag === EXPRESSION) {
      const formal = type.children[index];
      argument =
        depth === 0 || formal === undefined
          ? null
          : immediateValue(context, argument, formal, depth - 1);
    } else if (!isPlain(argument)) {
      return null;
    }
    if (argument === null) return null;
    args[index - 1] = argument;
  }
  return args;
}

function plainResult(
  operation: Operation,
  args: readonly Atom[],
  context: EvaluationContext,
): Atom | null {
  let result: OperationResult;
  try {
    result = operation.apply(args, context);
  } catch (error) {
    if (endsEvaluation(error)) throw error;
    return null;
  }
  if (result === NOT_REDUCIBLE || Array.isArray(result)) return null;
  const value = result as Atom;
  return isPlain(value) ? value : null; // IM2
}
