/**
 * Side effects while a table is made. Its rules are gone through in an order of their own, and not at all where the
 * table is there already; so what writes, prints or forks is not done there, and the call that began it gives an Error.
 */
import { type Expression, VARIABLE } from "../../term/atom.js";
import { print } from "../../term/printer.js";
import { dereference } from "../../term/resolve.js";
import type { Operation } from "../host/operation.js";
import type { Machine } from "./machine.js";

/** Whether an operation cannot be called here, for which the machine is then told what to do. */
export function refusesOperation(
  machine: Machine,
  operation: Operation,
  call: Expression,
): boolean {
  if (operation.pure || operation.reads === true) return false;
  return refusesCall(machine, call);
}

/** Whether a call that does more than to give values cannot be made here; the machine is then told what to do. */
export function refusesCall(machine: Machine, call: Expression): boolean {
  const { tabling } = machine.branches;
  if (tabling?.isMaking !== true) return false;
  const head = dereference(call.children[0]!);
  const name = head.tag === VARIABLE ? "an operation" : print(head);
  tabling.refuse(
    `${name} does more than to give values, and how often a tabled function is evaluated is not defined; call ${name} outside of it, or do not table it (an operation of the host: declare it pure)`,
  );
  return true;
}
