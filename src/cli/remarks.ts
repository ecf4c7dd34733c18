/**
 * Remarks on what the user may have got wrong: names that nothing is known about, calls that no rule is made for.
 * Each mistake is told once, and never for sure: a remark changes no result.
 */
import { nearestName } from "../base/nearest-name.js";
import type { Atom } from "../term/atom.js";
import type { NamesInScope } from "./names.js";
import { callsIn, isLikelySlip, type Suggestion, suspects } from "./suggestions.js";

/** Looking a name up walks the environment; a program of calls that stay as they are is no mistake. */
const MAXIMUM_LOOK_UPS = 20;

export class Remarks {
  readonly #names: NamesInScope;
  /** Names of which the user has been told something. */
  readonly #told: Set<string> = new Set();
  #lookUps = 0;

  constructor(names: NamesInScope) {
    this.#names = names;
  }

  /** What is to be said of the results of a query. */
  on(query: Atom, results: readonly Atom[]): Suggestion[] {
    return [...this.#nameSuggestions(query, results), ...this.#aritySuggestions(results)];
  }

  #nameSuggestions(query: Atom, results: readonly Atom[]): Suggestion[] {
    const found: Suggestion[] = [];
    let isFresh = false;
    for (const unknown of suspects(query, results)) {
      if (this.#told.has(unknown) || this.#names.isDefined(unknown)) continue;
      if (!isFresh) {
        // Only what was written since can have made it known.
        if (this.#lookUps === MAXIMUM_LOOK_UPS) break;
        this.#lookUps += 1;
        this.#names.refresh();
        isFresh = true;
        if (this.#names.isDefined(unknown)) continue;
      }
      const meant = nearestName(unknown, this.#names.defined());
      // In the body of a rule it may well be a name for data that happens to be near another.
      const isUsed = this.#names.has(unknown);
      if (meant === undefined || (isUsed && !isLikelySlip(unknown, meant))) continue;
      this.#told.add(unknown);
      found.push({ kind: "name", unknown, meant });
    }
    return found;
  }

  #aritySuggestions(results: readonly Atom[]): Suggestion[] {
    const found: Suggestion[] = [];
    for (const { name, given } of callsIn(results)) {
      if (this.#told.has(name) || this.#names.otherArities(name, given) === undefined) continue;
      if (this.#lookUps === MAXIMUM_LOOK_UPS) break;
      this.#lookUps += 1;
      this.#names.refresh();
      const taken = this.#names.otherArities(name, given);
      if (taken === undefined) continue;
      this.#told.add(name);
      found.push({ kind: "arity", name, given, taken });
    }
    return found;
  }
}
