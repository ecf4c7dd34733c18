/**
 * Operations that write to a space and that generated code calls itself.
 *
 *   WS1  One that throws has written nothing, so the machine may call it again to find out how it fails.
 */
import type { Atom } from "../../term/atom.js";
import type { Operation, OperationContext, OperationResult } from "../host/operation.js";

/** An operation for which WS1 holds. */
export class SpaceWrite implements Operation {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  readonly pure = false;
  readonly #write: Operation;

  constructor(write: Operation) {
    this.name = write.name;
    this.type = write.type;
    this.summary = write.summary;
    this.#write = write;
  }

  apply(args: readonly Atom[], context: OperationContext): OperationResult {
    return this.#write.apply(args, context);
  }
}

/** Whether generated code may call an operation where the call's value is needed, once for each time. */
export function isCallable(operation: Operation): boolean {
  return operation.pure || operation instanceof SpaceWrite; // WS1
}
