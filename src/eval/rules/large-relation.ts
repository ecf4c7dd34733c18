/** A relation of rules that are not all prepared from the beginning, in one version. */
import type { StoredRule } from "../../environment/query.js";
import type { Expression } from "../../term/atom.js";
import type { PreparedRules } from "./prepared.js";
import { PreparedRule } from "./prepared-rule.js";
import { RuleDispatch } from "./rule-dispatch.js";

/** Of more rules than that no dispatch is made: the store's index selects them for each call. */
const MOST_RULES = 2 ** 15;

export class LargeRelation {
  readonly #count: number;
  readonly #arity: number;
  #calls = 0;
  /** Null: there is none yet, or none that tells rules apart. */
  #dispatch: RuleDispatch | null = null;

  constructor(count: number, arity: number) {
    this.#count = count;
    this.#arity = arity;
  }

  /**
   * The rules that a call may match; null: they have to be selected. When it has been asked as often as there are
   * rules it prepares all, which `rules` reads.
   */
  find(call: Expression, rules: () => readonly StoredRule[]): PreparedRules | null {
    if (this.#calls < this.#count) {
      this.#calls++;
      if (this.#calls < this.#count || this.#count > MOST_RULES) return null;
      const prepared = rules().map((stored) => new PreparedRule(stored));
      const found = RuleDispatch.among(prepared, this.#arity);
      if (found instanceof RuleDispatch) this.#dispatch = found;
    }
    return this.#dispatch?.find(call) ?? null;
  }

  /** The sets of rules that calls find. */
  sets(): readonly PreparedRules[] {
    return this.#dispatch?.sets() ?? [];
  }
}
