/**
 * What is known about the heads of calls when code is generated, and whether it still holds.
 *
 *   HE1  Code is valid as long as every head that it depends on is unchanged, and no rule has a
 *        left-hand side without a symbol first.
 */
import type { Atom, Expression, SymbolAtom } from "../../term/atom.js";
import type { EvaluationContext } from "../evaluation-context.js";
import type { Operation } from "../operation.js";
import type { Declared } from "../types.js";

/** What a call of a head is. */
type Head =
  /** Reduced by an operation of the library; with one function type or none. */
  | {
      readonly kind: "operation";
      readonly operation: Operation;
      readonly type: Expression | null;
    }
  | { readonly kind: "form"; readonly name: string }
  /** Reduced by rules; with one function type or none. */
  | { readonly kind: "rules"; readonly type: Expression | null }
  /** Its own value: no rules; with one function type or none. */
  | { readonly kind: "data"; readonly type: Expression | null }
  | { readonly kind: "other" };

const OTHER: Head = { kind: "other" };

/** What a call of the symbol with so many arguments is, as far as generated code can deal with it. */
function headOf(context: EvaluationContext, name: SymbolAtom, arity: number): Head {
  const { library, types, rules } = context;
  const definition = library.find(name);
  if (definition?.kind === "form") return { kind: "form", name: name.name };
  const declared = types.declaredFor(name);
  const type = onlyFunctionType(declared);
  if (definition?.kind === "operation") {
    if (type === undefined) return OTHER;
    return { kind: "operation", operation: definition.operation, type };
  }
  if (type === undefined) return OTHER;
  const prepared = rules.rulesOf(name, arity);
  if (prepared !== null && prepared.rules.length === 0) return { kind: "data", type };
  return { kind: "rules", type };
}

/** The one function type, null if nothing is declared, undefined for anything else. */
function onlyFunctionType({ functionTypes, valueTypes }: Declared): Expression | null | undefined {
  if (valueTypes.length > 0 || functionTypes.length > 1) return undefined;
  return functionTypes[0] ?? null;
}

/** True if code for `before` is valid for `now`. Rules that have gone leave calls that nothing reduces. */
function isSame(before: Head, now: Head): boolean {
  switch (before.kind) {
    case "operation":
      return (
        now.kind === "operation" && now.operation === before.operation && now.type === before.type
      );
    case "rules":
      return (now.kind === "rules" || now.kind === "data") && now.type === before.type;
    case "data":
      return now.kind === "data" && now.type === before.type;
    default:
      return now.kind === before.kind;
  }
}

function isSameDeclared(before: Declared, now: Declared): boolean {
  const same = (one: readonly Atom[], other: readonly Atom[]): boolean =>
    one.length === other.length && one.every((type, index) => type === other[index]);
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
    if (context.rules.hasHeadlessRules) return false;
    for (const [name, byArity] of this.#known) {
      for (const [arity, head] of byArity.entries()) {
        if (head !== undefined && !isSame(head, headOf(context, name, arity))) return false;
      }
    }
    for (const [name, declared] of this.#declared) {
      if (!isSameDeclared(declared, context.types.declaredFor(name))) return false;
    }
    return true;
  }
}
