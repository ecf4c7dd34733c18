/**
 * The rules of a space, prepared for the calls that they may match.
 *
 * Invariants
 *   RU1  A prepared set is used for one version of its relation (the event of its last change); rules
 *        of large relations are prepared one by one, as calls select them, and all of them when as many
 *        calls have been made.
 *   RU2  Rules whose left-hand side has no symbol first are tried at every call, in insertion order
 *        among the others.
 *   RU3  Rules of the spaces that a space depends on come after its own.
 */

import { dependenciesOf } from "../../environment/dependencies.js";
import type { Handle } from "../../environment/handle.js";
import { type RuleSet, ruleSet, type StoredRule } from "../../environment/query.js";
import { type Expression, type SpaceAtom, SYMBOL, type SymbolAtom } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { LargeRelation } from "./large-relation.js";
import { type Preparations, PreparedRules } from "./prepared.js";
import { PreparedRule } from "./prepared-rule.js";

/** Relations up to this size are prepared as a whole. */
const SMALL = 32;

/** Whose rules a cache knows. */
interface RuleSource {
  readonly handle: Handle;
  readonly space: SpaceAtom | null;
  readonly preparations: Preparations;
}

/** What one evaluation knows of the rules of its space. */
export class RuleCache {
  readonly #context: RuleSource;
  /** The space in which the rules are used: what is prepared for one is not for another. */
  readonly #user: SpaceAtom | null;
  readonly #byHead = new Map<SymbolAtom, (Found | undefined)[]>();
  #headless: Found | undefined;
  /** Single rules of large relations, by the event that added them. */
  readonly #single = new Map<string, PreparedRule>();

  /** One for each space that the space depends on, as of the definitions `#dependenciesAt`. */
  #dependencies: readonly RuleCache[] = [];
  #dependenciesAt = -1;
  #dependencyNames = "";

  constructor(context: RuleSource, user: SpaceAtom | null = context.space) {
    this.#context = context;
    this.#user = user;
  }

  /** The rules that may match the call: a space's in insertion order, then those of spaces it depends on (RU3). */
  rulesFor(call: Expression): PreparedRules {
    const own = this.#ownRulesFor(call);
    const dependencies = this.#currentDependencies();
    return dependencies.length === 0
      ? own
      : together([own, ...dependencies.map((each) => each.#ownRulesFor(call))]);
  }

  /** The rules that may match a call of a symbol; null if that takes more than to look at its arguments. */
  dispatched(head: SymbolAtom, call: Expression): PreparedRules | null {
    if (this.#currentDependencies().length > 0) return null;
    return this.#found(head, call.children.length - 1).in(call);
  }

  /** The rules of a head and arity; null if they cannot be had as one set. */
  rulesOf(head: SymbolAtom, arity: number): PreparedRules | null {
    const own = this.#ownRulesOf(head, arity);
    const dependencies = this.#currentDependencies();
    if (dependencies.length === 0) return own;
    const all = [own, ...dependencies.map((each) => each.#ownRulesOf(head, arity))];
    const some = all.filter((each) => each === null || each.rules.length > 0);
    if (some.length > 1) return null;
    return some.length === 0 ? NO_RULES : some[0]!;
  }

  /** Whether there are rules whose left-hand side has no symbol first. */
  get hasHeadlessRules(): boolean {
    if (this.#headlessRules().rules.length > 0) return true;
    return this.#currentDependencies().some((each) => each.#headlessRules().rules.length > 0);
  }

  #currentDependencies(): readonly RuleCache[] {
    const { definitions } = this.#context.handle;
    if (definitions !== this.#dependenciesAt) {
      this.#dependenciesAt = definitions;
      this.#findDependencies();
    }
    return this.#dependencies;
  }

  #findDependencies(): void {
    const { handle, space, preparations } = this.#context;
    const found = dependenciesOf(handle, space);
    const names = found.map(({ writer, sequence }) => `${writer}.${sequence}`).join();
    if (names === this.#dependencyNames) return;
    this.#dependencyNames = names;
    this.#dependencies = found.map(
      (each) => new RuleCache({ handle, space: each, preparations }, this.#user),
    );
  }

  #ownRulesFor(call: Expression): PreparedRules {
    const head = dereference(call.children[0]!);
    const headless = this.#headlessRules();
    if (head.tag !== SYMBOL) return headless;
    const arity = call.children.length - 1;
    const own = this.#found(head, arity).in(call) ?? this.#select(head, arity, call);
    return headless.rules.length === 0 ? own : merge(own, headless); // RU2
  }

  /** The rules whose left-hand side has no symbol first. */
  #headlessRules(): PreparedRules {
    const { handle, space } = this.#context;
    const found = this.#headless;
    if (found?.isCurrent(handle.definitions)) return found.prepared!;
    this.#headless = this.#renew(null, 0, ruleSet(handle, space, null, 0));
    return this.#headless.prepared!;
  }

  /** Null if there are too many to be prepared at once. */
  #ownRulesOf(head: SymbolAtom, arity: number): PreparedRules | null {
    return this.#found(head, arity).prepared;
  }

  #found(head: SymbolAtom, arity: number): Found {
    const { handle, space } = this.#context;
    let byArity = this.#byHead.get(head);
    if (byArity === undefined) {
      byArity = [];
      this.#byHead.set(head, byArity);
    }
    const found = byArity[arity];
    if (found?.isCurrent(handle.definitions)) return found;
    while (byArity.length < arity) byArity.push(undefined);
    const renewed = this.#renew(head, arity, ruleSet(handle, space, head, arity));
    byArity[arity] = renewed;
    return renewed;
  }

  /** The set in its current version (RU1), prepared if nobody has done so before. */
  #renew(head: SymbolAtom | null, arity: number, set: RuleSet | null): Found {
    const { handle, space, preparations } = this.#context;
    const { definitions } = handle;
    if (set === null) return new Found(NO_RULES, definitions);
    const spaces = [this.#user, space];
    if (head !== null && set.count > SMALL) {
      const made = (): LargeRelation => new LargeRelation(set.count, arity);
      const kept = (): LargeRelation => preparations.large(spaces, head, arity, set, made);
      const rules = (): readonly StoredRule[] => ruleSet(handle, space, head, arity)!.rules();
      return new Found(new LargeSet(kept, rules), definitions);
    }
    const prepared = preparations.rules(spaces, head, arity, set, () =>
      set.rules().map((stored) => new PreparedRule(stored)),
    );
    return new Found(prepared, definitions);
  }

  /** Of a large relation: only what its index finds for the call. */
  #select(head: SymbolAtom, arity: number, call: Expression): PreparedRules {
    const set = ruleSet(this.#context.handle, this.#context.space, head, arity)!;
    const rules = set.candidates(call.children.slice(1)).map((stored) => {
      const key = `${stored.writer}.${stored.sequence}`;
      let rule = this.#single.get(key);
      if (rule === undefined) {
        rule = new PreparedRule(stored);
        this.#single.set(key, rule);
      }
      return rule;
    });
    return new PreparedRules(rules, false);
  }
}

const NO_RULES = new PreparedRules([], false);

/** How often a version of a large relation is asked for rules before that is kept for others to know. */
const KEPT_WHEN_ASKED = 8;

/** A large relation, and where its rules are read while it is in this version. */
class LargeSet {
  readonly #kept: () => LargeRelation;
  readonly #rules: () => readonly StoredRule[];
  #asked = 0;
  #relation: LargeRelation | null = null;

  constructor(kept: () => LargeRelation, rules: () => readonly StoredRule[]) {
    this.#kept = kept;
    this.#rules = rules;
  }

  /** Of a relation that changes at each step nothing is kept: each version is asked a few times. */
  find(call: Expression): PreparedRules | null {
    if (++this.#asked < KEPT_WHEN_ASKED) return null;
    this.#relation ??= this.#kept();
    return this.#relation.find(call, this.#rules);
  }
}

/** A prepared set, or a large one, and the definitions for which it was found to be right. */
class Found {
  readonly #rules: PreparedRules | LargeSet;
  readonly #definitions: number;

  constructor(rules: PreparedRules | LargeSet, definitions: number) {
    this.#rules = rules;
    this.#definitions = definitions;
  }

  isCurrent(definitions: number): boolean {
    return this.#definitions === definitions;
  }

  /** All rules as one set; null: they are too many. */
  get prepared(): PreparedRules | null {
    return this.#rules instanceof PreparedRules ? this.#rules : null;
  }

  /** The rules for a call; null: they have to be selected. */
  in(call: Expression): PreparedRules | null {
    const rules = this.#rules;
    return rules instanceof PreparedRules ? rules : rules.find(call);
  }
}

/** The rules of several spaces, one after another; those of a single one as they are prepared. */
function together(all: readonly PreparedRules[]): PreparedRules {
  const some = all.filter(({ rules }) => rules.length > 0);
  if (some.length <= 1) return some[0] ?? NO_RULES;
  const rules = some.flatMap((each) => each.rules);
  return new PreparedRules(rules, false);
}

function merge({ rules: one }: PreparedRules, { rules: other }: PreparedRules): PreparedRules {
  const all = [...one, ...other].sort((left, right) => left.id - right.id);
  return new PreparedRules(all, false);
}
