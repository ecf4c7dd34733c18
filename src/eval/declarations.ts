/**
 * Types of the language's own symbols that are neither operations nor forms, as the reference declares
 * them (`lib/src/metta/runner/stdlib/stdlib.metta`).
 */
import { parseAtom } from "../term/parser.js";
import type { Library } from "./library.js";

/** Name and type, in the order in which `get-type` shows several of one name. */
const DECLARATIONS: readonly (readonly [name: string, type: string])[] = [
  ["=", "(-> $t $t %Undefined%)"],
  ["ErrorType", "Type"],
  ["SpaceType", "Type"],
  ["BadType", "(-> Type Type ErrorDescription)"],
  ["BadArgType", "(-> Number Type Type ErrorDescription)"],
  ["IncorrectNumberOfArguments", "ErrorDescription"],
  ["return", "(-> $t $t)"],
];

/** Declares them all in a library. */
export function declareCore(library: Library): void {
  for (const [name, type] of DECLARATIONS) library.declare(name, parseAtom(type));
}
