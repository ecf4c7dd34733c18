/**
 * A failed import as a value: `(Error (import! &self name) "why")`. Whoever runs a file ends there, since what
 * follows would run without what it is made for and give wrong answers.
 */
import { type Atom, EXPRESSION, STRING, SYMBOL } from "../term/atom.js";
import { print } from "../term/printer.js";

/** The forms that load a file or a module. */
const LOADING: ReadonlySet<string> = new Set([
  "import!",
  "include",
  "mod-space!",
  "register-module!",
  "git-module!",
]);

/** Whether the value is the error of a form that could not load what it names. */
export function isFailedImport(value: Atom): boolean {
  if (value.tag !== EXPRESSION) return false;
  const [head, call] = value.children;
  if (head?.tag !== SYMBOL || head.name !== "Error" || call?.tag !== EXPRESSION) return false;
  const [form] = call.children;
  return form?.tag === SYMBOL && LOADING.has(form.name);
}

/** Why, in words. */
export function reasonOf(failed: Atom): string {
  const reason = failed.tag === EXPRESSION ? failed.children[2] : undefined;
  if (reason?.tag === STRING) return reason.value;
  return reason?.tag === SYMBOL ? reason.name : print(failed);
}
