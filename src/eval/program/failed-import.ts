/**
 * A failed import as a value: `(Error (import! &self name) "why")`. Whoever runs a file ends there, since what
 * follows would run without what it is made for and give wrong answers.
 */
import { OxbowError } from "../../base/errors.js";
import { type Atom, EXPRESSION, STRING, SYMBOL } from "../../term/atom.js";
import { print } from "../../term/printer.js";

/** Ends the run of a text: `ERR_FILE` with the place of what could not be loaded. */
export class FailedImportError extends OxbowError {
  /** Why it could not be loaded. */
  readonly reason: string;

  constructor(place: string, failed: Atom) {
    const reason = reasonOf(failed);
    super("ERR_FILE", `cannot go on after ${place}: ${reason}`, { place });
    this.reason = reason;
  }
}

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

function reasonOf(failed: Atom): string {
  const reason = failed.tag === EXPRESSION ? failed.children[2] : undefined;
  if (reason?.tag === STRING) return reason.value;
  return reason?.tag === SYMBOL ? reason.name : print(failed);
}
