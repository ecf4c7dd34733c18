/**
 * What the arguments of a call are for, as far as it can be told from its name: whether they are evaluated, now or
 * later, or stay as they are written. Only diagnostics and colours depend on it.
 */

export type Part =
  | "evaluated"
  /** Stays as it is. */
  | "data"
  /** Is looked for. */
  | "pattern"
  /** `((pattern value) …)`, of `let*`. */
  | "bindings"
  /** `((pattern result) …)`, of `case`. */
  | "cases"
  /** Is put into a space as it is. */
  | "added"
  /** Gets a meaning: the word of `bind!`. */
  | "bound"
  /** The name of a module or file. */
  | "module";

const DATA: readonly Part[] = ["data", "data", "data", "data", "data"];

const PARTS: ReadonlyMap<string, readonly Part[]> = new Map<string, readonly Part[]>([
  ["match", ["evaluated", "pattern", "evaluated"]],
  ["unify", ["evaluated", "data", "evaluated", "evaluated"]],
  ["let", ["data", "evaluated", "evaluated"]],
  ["let*", ["bindings", "evaluated"]],
  ["case", ["evaluated", "cases"]],
  ["switch", ["evaluated", "cases"]],
  ["chain", ["evaluated", "data", "evaluated"]],
  ["sealed", ["data", "evaluated"]],
  ["add-atom", ["evaluated", "added"]],
  ["remove-atom", ["evaluated", "data"]],
  ["add-reduct", ["evaluated", "added"]],
  ["bind!", ["bound", "evaluated"]],
  ["import!", ["evaluated", "module"]],
  ["include", ["module"]],
  ["register-module!", ["module"]],
  ["mod-space!", ["module"]],
  ["print-mods!", ["data"]],
  ["pragma!", DATA],
  ["quote", DATA],
  ["tabled", DATA],
  ["get-type", DATA],
  ["get-metatype", DATA],
  ["get-doc", DATA],
  ["help!", DATA],
  ["assertEqualToResult", ["evaluated", "data"]],
  ["assertAlphaEqualToResult", ["evaluated", "data"]],
  ["=", ["added", "added"]],
  [":", ["added", "added"]],
  ["->", DATA],
  ["@doc", DATA],
  ["Error", DATA],
]);

/** What the argument at an index is for; the first has index 0. */
export function partOf(name: string, index: number): Part {
  return PARTS.get(name)?.[index] ?? "evaluated";
}
