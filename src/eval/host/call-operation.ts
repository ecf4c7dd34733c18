/** Calling operations, whatever number of arguments a program gives them. */
import { type Atom, EXPRESSION, expression, symbol } from "../../term/atom.js";
import { errorAtom } from "../language/error-atom.js";
import { endsEvaluation } from "../limits/ending.js";
import type { Operation, OperationContext, OperationResult } from "./operation.js";

const ARROW = symbol("->");
const TOO_FEW = symbol("IncorrectNumberOfArguments");

/** Whether an operation may be called with so many arguments: it need not look for those that its own type says it has. */
export function takes({ type }: Operation, count: number): boolean {
  return type.tag !== EXPRESSION || type.children[0] !== ARROW || count >= type.children.length - 2;
}

/**
 * What an operation gives. Where it gets too few arguments, which a type of the program's own may allow and a single step
 * does not look at, that is an error.
 */
export function callOperation(
  operation: Operation,
  args: readonly Atom[],
  context: OperationContext,
): OperationResult {
  if (takes(operation, args.length)) return operation.apply(args, context);
  return errorAtom(expression([symbol(operation.name), ...args]), TOO_FEW);
}

/**
 * What an operation gives; null if it threw, and then calling it again, which tells of its failure, is not
 * observable. Lets through what ends the evaluation.
 */
export function attempt(
  operation: Operation,
  args: readonly Atom[],
  context: OperationContext,
): OperationResult | null {
  try {
    return callOperation(operation, args, context);
  } catch (error) {
    if (endsEvaluation(error)) throw error;
    return null;
  }
}
