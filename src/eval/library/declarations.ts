/**
 * Types of the language's own symbols that are neither operations nor forms, as the reference declares
 * them (`lib/src/metta/runner/stdlib/stdlib.metta`).
 */
import type { Atom } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";

/** Name and type, in the order in which `get-type` shows several of one name. */
const DECLARATIONS: readonly (readonly [name: string, type: string])[] = [
  ["=", "(-> $t $t %Undefined%)"],
  ["ErrorType", "Type"],
  ["SpaceType", "Type"],
  ["BadType", "(-> Type Type ErrorDescription)"],
  ["BadArgType", "(-> Number Type Type ErrorDescription)"],
  ["IncorrectNumberOfArguments", "ErrorDescription"],
  ["return", "(-> $t $t)"],
  ["@doc", "(-> Atom DocDescription DocInformal)"],
  ["@doc", "(-> Atom DocDescription DocParameters DocReturnInformal DocInformal)"],
  ["@desc", "(-> String DocDescription)"],
  ["@param", "(-> String DocParameterInformal)"],
  ["@param", "(-> DocType DocDescription DocParameter)"],
  ["@params", "(-> Expression DocParameters)"],
  ["@return", "(-> String DocReturnInformal)"],
  ["@return", "(-> DocType DocDescription DocReturn)"],
  [
    "@doc-formal",
    "(-> DocItem DocKindFunction DocType DocDescription DocParameters DocReturn DocFormal)",
  ],
  ["@doc-formal", "(-> DocItem DocKindAtom DocType DocDescription DocFormal)"],
  ["@doc-formal", "(-> DocItem DocKindFunction DocType DocDescription DocFormal)"],
  ["@item", "(-> Atom DocItem)"],
  ["@type", "(-> Type DocType)"],
  ["get-doc", "(-> Atom %Undefined%)"],
  ["help!", "(-> (->))"],
];

/** Operations that programs take for symbols with rules, as they are in the reference. */
export const SYMBOLIC_OPERATIONS: ReadonlySet<string> = new Set([
  "Error",
  "add-atoms",
  "add-reduct",
  "add-reducts",
  "car-atom",
  "cdr-atom",
  "cons-atom",
  "decons-atom",
  "dict-space",
  "empty",
  "get-keys",
  "get-value",
  "id",
  "is-function",
  "new-state",
  "noeval",
  "quote",
  "unquote",
]);

/** Names and types that are neither operations nor forms. */
export function coreDeclarations(): (readonly [string, Atom])[] {
  return DECLARATIONS.map(([name, type]) => [name, parseAtom(type)]);
}
