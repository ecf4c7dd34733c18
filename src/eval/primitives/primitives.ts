/** All primitives. */
import type { Operation } from "../host/operation.js";
import { Equality } from "./equality.js";
import { NUMBERS, type NumberPrimitive } from "./numbers.js";
import { PrimitiveOperation } from "./primitive.js";
import { COMPARISONS, CONNECTIVES, type Comparison, type Connective } from "./truths.js";

export type Primitive = NumberPrimitive | Comparison | Connective | Equality;

export const PRIMITIVES: readonly Primitive[] = [
  ...NUMBERS,
  ...COMPARISONS,
  new Equality(),
  ...CONNECTIVES,
];

/** The operation as the primitive that it is; undefined for others. */
export function primitiveOf(operation: Operation): Primitive | undefined {
  return operation instanceof PrimitiveOperation ? (operation as Primitive) : undefined;
}
