/**
 * What is known about the heads of calls when code is generated, and whether it still holds.
 *
 *   HE1  Code is valid as long as every head that it depends on is unchanged, no rule has a left-hand
 *        side without a symbol first, and no expression has a type of its own.
 */
import type { Atom, Expression, SymbolAtom } from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import type { Operation } from "../host/operation.js";
import { UNDEFINED } from "../language/type-names.js";
import type { Form } from "../library/form.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import type { Declared } from "../types/known-types.js";
import type { TypePlan } from "../types/type-plan.js";

/** What a call of a head is; with one function type or none. */
type Head =
  /** Reduced by an operation of the library. */
  | {
      readonly kind: "operation";
      readonly operation: Operation;
      readonly plan: TypePlan | null;
    }
  | { readonly kind: "form"; readonly form: Form; readonly plan: TypePlan | null }
  /** Reduced by rules. */
  | { readonly kind: "rules"; readonly plan: TypePlan | null }
  /** Answered from a table. */
  | { readonly kind: "tabled"; readonly plan: TypePlan | null }
  /** Its own value: no rules. */
  | { readonly kind: "data"; readonly plan: TypePlan | null }
  | { readonly kind: "other" };

const OTHER: Head = { kind: "other" };

/** What a call of the symbol with so many arguments is, as far as generated code can deal with it. */
function headOf(context: EvaluationContext, name: SymbolAtom, arity: number): Head {
  const { registry, types, rules } = context;
  const { plan, valueType } = types.declaredFor(name);
  if (plan === null && valueType !== UNDEFINED) return OTHER;
  const definition = registry.find(name);
  if (definition?.kind === "form") return { kind: "form", form: definition.form, plan };
  if (definition?.kind === "operation") {
    return { kind: "operation", operation: definition.operation, plan };
  }
  if (context.tabled.has(name, arity)) return { kind: "tabled", plan };
  const prepared = rules.rulesOf(name, arity);
  if (prepared !== null && prepared.rules.length === 0) return { kind: "data", plan };
  return { kind: "rules", plan };
}

/** True if code for `before` is valid for `now`. Rules that have gone leave calls that nothing reduces. */
function isSame(before: Head, now: Head): boolean {
  const hasSamePlan = isSameType(typeOf(before), typeOf(now));
  switch (before.kind) {
    case "operation":
      return now.kind === "operation" && now.operation === before.operation && hasSamePlan;
    case "form":
      return now.kind === "form" && now.form === before.form && hasSamePlan;
    case "rules":
      return (now.kind === "rules" || now.kind === "data") && hasSamePlan;
    default:
      return now.kind === before.kind && hasSamePlan;
  }
}

function typeOf(head: Head): Expression | null {
  return head.kind === "other" ? null : (head.plan?.type ?? null);
}

function isSameType(one: Atom | null, other: Atom | null): boolean {
  return one === other || (one !== null && other !== null && alphaEqual(one, other));
}

function isSameDeclared(before: Declared, now: Declared): boolean {
  const same = (one: readonly Atom[], other: readonly Atom[]): boolean =>
    one.length === other.length && one.every((type, index) => isSameType(type, other[index]!));
  return same(before.valueTypes, now.valueTypes) && same(before.functionTypes, now.functionTypes);
}

/** The heads that the code of one unit depends on. */
export class Heads {
  readonly #known = new Map<SymbolAtom, (Head | undefined)[]>();
  readonly #declared = new Map<SymbolAtom, Declared>();

  /** What a call is; computed once. */
  ask(context: EvaluationContext, name: SymbolAtom, arity: number): Head {
    let byArity = this.#known.get(name);
    if (byArity === undefined) {
      byArity = [];
      this.#known.set(name, byArity);
    }
    while (byArity.length < arity) byArity.push(undefined);
    const head = byArity[arity] ?? headOf(context, name, arity);
    byArity[arity] = head;
    return head;
  }

  /** What is declared for a symbol that is in the code as a value. */
  askTypes(context: EvaluationContext, name: SymbolAtom): Declared {
    const declared = this.#declared.get(name) ?? context.types.declaredFor(name);
    this.#declared.set(name, declared);
    return declared;
  }

  /** Whether all of them are as they were (HE1). */
  stillHold(context: EvaluationContext): boolean {
    if (context.rules.hasHeadlessRules || context.types.mayTypeExpressions) return false;
    for (const [name, byArity] of this.#known) {
      for (const [arity, head] of byArity.entries()) {
        if (head !== undefined && !isSame(head, headOf(context, name, arity))) return false;
      }
    }
    for (const [name, declared] of this.#declared) {
      const now = context.types.declaredFor(name);
      if (now !== declared && !isSameDeclared(declared, now)) return false;
    }
    return true;
  }
}
