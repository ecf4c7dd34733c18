/**
 * "Did you mean …": for unknown names that are close to a known one.
 * A suggestion is a remark on stderr; it changes no result.
 *
 *     !(list (haf 3))          → (list (haf 3))     a call in a result that stayed as it was
 *     !(match &self (parnt $x) $x)  → nothing       a pattern that nothing matched
 *     !(match &slf …)                               a word that is not bound to a space
 *     !(half 3 4)              → (half 3 4)         rules of the name, but none with so many arguments
 */
import { type Atom, EXPRESSION, type Expression, SYMBOL } from "../term/atom.js";
import { formatCount } from "./format.js";

/** What a user may have got wrong. */
export type Suggestion =
  /** A name nothing is known about, and the known one that is nearest to it. */
  | { readonly kind: "name"; readonly unknown: string; readonly meant: string }
  /** A call with as many arguments as no rule of its name has, and how many these have. */
  | {
      readonly kind: "arity";
      readonly name: string;
      readonly given: number;
      readonly taken: readonly number[];
    };

/** A suggestion as a sentence. */
export function describeSuggestion(suggestion: Suggestion): string {
  if (suggestion.kind === "name") {
    return `nothing is known of ${suggestion.unknown}; did you mean ${suggestion.meant}?`;
  }
  const { name, given, taken } = suggestion;
  return `no rule of ${name} takes ${formatCount(given, "argument")}; its rules take ${taken.join(" or ")}`;
}

/** Parts of results that are looked at. */
const MAXIMUM_PARTS = 200;
const SHORTEST_NAME = 3;
const LONG_NAME = 6;

/** Names in a query and its results that may be mistakes if they are unknown, without duplicates. */
export function suspects(query: Atom, results: readonly Atom[]): ReadonlySet<string> {
  const found = new Set<string>();
  const note = (head: Atom | undefined): void => {
    if (head?.tag === SYMBOL && head.name.length >= SHORTEST_NAME) found.add(head.name);
  };
  for (const result of expressionsIn(results)) note(result.children[0]);
  for (const call of expressionsIn([query])) {
    for (const part of call.children) {
      if (part.tag === SYMBOL && part.name.startsWith("&")) note(part);
    }
    if (results.length === 0 && isNamed(call, "match")) notePattern(call.children[2], note);
  }
  return found;
}

/** The calls in results, by name and number of arguments. */
export function* callsIn(
  results: readonly Atom[],
): Generator<{ readonly name: string; readonly given: number }> {
  for (const { children } of expressionsIn(results)) {
    const [head] = children;
    if (head?.tag === SYMBOL) yield { name: head.name, given: children.length - 1 };
  }
}

/** The heads of a pattern, or of each of several that are to match together. */
function notePattern(pattern: Atom | undefined, note: (head: Atom | undefined) => void): void {
  if (pattern?.tag !== EXPRESSION) return;
  if (!isNamed(pattern, ",")) note(pattern.children[0]);
  else for (const part of pattern.children.slice(1)) notePattern(part, note);
}

function isNamed({ children }: Expression, name: string): boolean {
  return children[0]?.tag === SYMBOL && children[0].name === name;
}

/** The expressions in some atoms, outermost first, up to the number that is inspected. */
function* expressionsIn(atoms: readonly Atom[]): Generator<Expression> {
  const pending = atoms.slice(0, MAXIMUM_PARTS).toReversed();
  let count = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.tag !== EXPRESSION) continue;
    if (++count > MAXIMUM_PARTS) return;
    yield next;
    // The content of an error has been evaluated already; its reason says what is wrong with it.
    if (isNamed(next, "Error")) continue;
    pending.push(...next.children.slice(0, MAXIMUM_PARTS).toReversed());
  }
}

/** Whether two similar names have the same length, or are long enough not to be similar by chance. */
export function isLikelySlip(word: string, meant: string): boolean {
  return word.length === meant.length || word.length >= LONG_NAME;
}
