/**
 * Rebinding: what changes the meaning of the text behind it, so that this cannot be read before. It is told from the
 * words alone, so an expression that only mentions one of them is taken for one that does.
 */
import { type Environment, handleOf } from "../../environment/environment.js";
import { changeSetting, findSetting } from "../../environment/settings.js";
import { type Atom, boolean, EXPRESSION, SYMBOL, symbol } from "../../term/atom.js";

const WORDS: ReadonlySet<string> = new Set([
  "bind!",
  "import!",
  "include",
  "mod-space!",
  "register-module!",
  "pragma!",
  // It changes no meaning, but is done where the store is: on the program's own thread.
  "snapshot!",
]);
/** The setting that says that an environment has rules which do. */
const RULES_REBIND = "rules rebind";
const TRUE = boolean(true);
const EQUALS = symbol("=");

/** Whether evaluating the atom may change what the text behind it means. */
export function rebinds(atom: Atom): boolean {
  const pending: Atom[] = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag === SYMBOL && WORDS.has(next.name)) return true;
    if (next.tag === EXPRESSION) for (const part of next.children) pending.push(part);
  }
  return false;
}

/** Whether it is itself a call of such a word, and no part of it is. */
export function callsRebinding(atom: Atom): boolean {
  if (atom.tag !== EXPRESSION) return false;
  const [head, ...parts] = atom.children;
  return head?.tag === SYMBOL && WORDS.has(head.name) && !parts.some(rebinds);
}

/** Whether the environment's programs have rules that mention such a word. */
export function hasRebindingRules(environment: Environment): boolean {
  return findSetting(handleOf(environment), RULES_REBIND) !== undefined;
}

/** Notes that they have. Throws HeapExhaustedError. */
export function noteRebindingRules(environment: Environment): void {
  changeSetting(handleOf(environment), RULES_REBIND, TRUE);
}

export function isRule(atom: Atom): boolean {
  return atom.tag === EXPRESSION && atom.children[0] === EQUALS;
}
