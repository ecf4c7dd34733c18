/**
 * The library's operations that generated code computes itself. They are recognised by identity, not by
 * name: a library that gives the name to another operation gets a call of that one.
 */

import type { Operation } from "../host/operation.js";
import { ARITHMETIC } from "../stdlib/arithmetic.js";

export type Primitive =
  /** A function of the runtime that gives an atom, or null where the common case does not apply. */
  | { readonly kind: "number"; readonly name: string }
  /** A JavaScript operator between two numbers. */
  | { readonly kind: "comparison"; readonly operator: string }
  /** A JavaScript operator between two truth values. */
  | { readonly kind: "logic"; readonly operator: string }
  | { readonly kind: "not" }
  | { readonly kind: "same" };

const BY_NAME: ReadonlyMap<string, Primitive> = new Map<string, Primitive>([
  ["+", { kind: "number", name: "add" }],
  ["-", { kind: "number", name: "subtract" }],
  ["*", { kind: "number", name: "multiply" }],
  ["/", { kind: "number", name: "divide" }],
  ["%", { kind: "number", name: "remainder" }],
  ["<", { kind: "comparison", operator: "<" }],
  [">", { kind: "comparison", operator: ">" }],
  ["<=", { kind: "comparison", operator: "<=" }],
  [">=", { kind: "comparison", operator: ">=" }],
  ["and", { kind: "logic", operator: "&&" }],
  ["or", { kind: "logic", operator: "||" }],
  ["xor", { kind: "logic", operator: "!==" }],
  ["not", { kind: "not" }],
  ["==", { kind: "same" }],
]);

const BY_OPERATION: ReadonlyMap<Operation, Primitive> = new Map(
  ARITHMETIC.flatMap((operation) => {
    const primitive = BY_NAME.get(operation.name);
    return primitive === undefined ? [] : [[operation, primitive] as const];
  }),
);

export function primitiveOf(operation: Operation): Primitive | undefined {
  return BY_OPERATION.get(operation);
}
