/**
 * What is known of the heads of calls when code is generated, and whether it is still so.
 *
 *   HE1  Code is right as long as every head that it has asked about is what it was, and no rule has a
 *        left-hand side without a symbol first.
 */
import type { Expression, SymbolAtom } from "../../term/atom.js";
import type { EvaluationContext } from "../context.js";
import type { Operation } from "../operation.js";
import type { Declared } from "../types.js";

/** What a call of a head is. */
export type Head =
  /** Reduced by an operation of the library; with one function type or none. */
  | {
      readonly kind: "operation";
      readonly operation: Operation;
      readonly type: Expression | null;
    }
  | { readonly kind: "form"; readonly name: string }
  /** Reduced by rules; with one function type or none. */
  | { readonly kind: "rules"; readonly type: Expression | null }
  /** Its own value: no rules, no types. */
  | { readonly kind: "data" }
  | { readonly kind: "other" };

const OTHER: Head = { kind: "other" };
const DATA: Head = { kind: "data" };

/** What a call of the symbol with so many arguments is, as far as generated code can deal with it. */
export function headOf(context: EvaluationContext, name: SymbolAtom, arity: number): Head {
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
  if (prepared !== null && prepared.rules.length === 0) return type === null ? DATA : OTHER;
  return { kind: "rules", type };
}

/** The one function type, null if nothing is declared, undefined for anything else. */
function onlyFunctionType({ functionTypes, valueTypes }: Declared): Expression | null | undefined {
  if (valueTypes.length > 0 || functionTypes.length > 1) return undefined;
  return functionTypes[0] ?? null;
}

/** True if code for `before` is right for `now`. Rules that have gone leave calls that nothing reduces. */
function isSame(before: Head, now: Head): boolean {
  switch (before.kind) {
    case "operation":
      return (
        now.kind === "operation" && now.operation === before.operation && now.type === before.type
      );
    case "rules":
      return (
        (now.kind === "rules" && now.type === before.type) ||
        (now.kind === "data" && before.type === null)
      );
    default:
      return now.kind === before.kind;
  }
}

/** The heads that the code of one unit has asked about. */
export class Heads {
  readonly #known = new Map<SymbolAtom, (Head | undefined)[]>();

  /** What a call is, asked once. */
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

  /** Whether all of them are as they were (HE1). */
  stillHold(context: EvaluationContext): boolean {
    if (context.rules.hasOpenRules) return false;
    for (const [name, byArity] of this.#known) {
      for (const [arity, head] of byArity.entries()) {
        if (head !== undefined && !isSame(head, headOf(context, name, arity))) return false;
      }
    }
    return true;
  }
}
