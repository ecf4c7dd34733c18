/**
 * The library's operations that write to a space and that generated code calls itself, recognised by identity.
 *
 *   WS1  One that throws has written nothing, so the machine may call it again to find out how it fails.
 */
import type { Operation } from "../host/operation.js";
import { SPACES } from "../stdlib/space-operations.js";

const NAMES: ReadonlySet<string> = new Set(["add-atom", "add-reduct", "remove-atom"]);

const WRITES: ReadonlySet<Operation> = new Set(SPACES.filter(({ name }) => NAMES.has(name)));

/** Whether generated code may call an operation where the call's value is needed, once for each time (WS1). */
export function isCallable(operation: Operation): boolean {
  return operation.pure || WRITES.has(operation);
}
