/** Calling an operation where the machine can call it once more, if it fails. */
import type { Atom } from "../../term/atom.js";
import { endsEvaluation } from "../limits/ending.js";
import type { Operation, OperationContext, OperationResult } from "./operation.js";

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
    return operation.apply(args, context);
  } catch (error) {
    if (endsEvaluation(error)) throw error;
    return null;
  }
}
