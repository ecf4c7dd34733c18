/**
 * Call plans: how a call that is in a rule is evaluated, as far as that is known in advance.
 *
 *   CP1  A call has a plan only if its type check is certain to succeed, whatever the values are, as long
 *        as those of parts that are slots have the type noted in the plan.
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  SPACE,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { takes } from "../host/call-operation.js";
import type { Operation } from "../host/operation.js";
import { isError } from "../language/error-atom.js";
import {
  ATOM,
  BOOL,
  EXPRESSION_TYPE,
  NUMBER,
  SPACE_TYPE,
  STRING_TYPE,
  UNDEFINED,
  VARIABLE_TYPE,
} from "../language/type-names.js";
import type { Form } from "../library/form.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { type Primitive, primitiveOf } from "../primitives/primitives.js";
import { Evidence, isMetaType, literalType } from "../types/evidence.js";
import type { Declared } from "../types/known-types.js";
import type { Bound, TypePlan } from "../types/type-plan.js";
import type { Heads } from "./heads.js";
import { isCallable } from "./writes.js";

/** A part of a call: evaluated where `type` is expected, or taken as it stands. */
export interface Part {
  readonly node: Atom;
  readonly type: Atom;
  readonly isQuoted: boolean;
}

interface Plan {
  /** The arguments; of data all parts. */
  readonly parts: readonly Part[];
  readonly result: Atom;
  /** Slots in it that have to have a type, besides those that are parts. */
  readonly wanted: readonly Wanted[];
  /** Slots of whose one type the result has to be, in place of `result`; mostly none. */
  readonly resultOf: readonly Variable[];
}

export type CallPlan =
  | (Plan & { readonly kind: "primitive"; readonly primitive: Primitive })
  | (Plan & { readonly kind: "operation"; readonly operation: Operation })
  | (Plan & { readonly kind: "rules"; readonly head: SymbolAtom })
  /** Answered from a table, which the machine does. */
  | (Plan & { readonly kind: "tabled" })
  /** A value of its evaluated parts; a head that is not known has to be checked at run time. */
  | (Plan & { readonly kind: "data"; readonly hasKnownHead: boolean });

export type DataPlan = Extract<CallPlan, { kind: "data" }>;
export type PrimitivePlan = Extract<CallPlan, { kind: "primitive" }>;

const ERROR = symbol("Error");
const EMPTY = symbol("Empty");
/** `(->)`: its only value needs no check. */
const UNIT_TYPE = expression([symbol("->")]);

/** Types for which code can be generated where they are expected: those that are a name. */
export function isPlainType(type: Atom): boolean {
  return type.tag === SYMBOL && !isMetaType(type);
}

/** Types whose values generated code destructures. */
export function isBuiltInType(type: Atom): boolean {
  return type === NUMBER || type === BOOL || type === STRING_TYPE;
}

/** Whether an atom other than a variable or expression is its own value where the type is expected. */
export function isOwnLiteral(atom: Atom, type: Atom): boolean {
  if (atom === EMPTY) return false;
  return type === UNDEFINED || type === literalType(atom);
}

/** Slots that have to have values of a type; null: of one type, whichever it is. */
export interface Wanted {
  readonly slots: readonly Variable[];
  readonly type: Atom | null;
}

/** A form, and what has to be so for its call to fit. */
interface FormPlan {
  readonly form: Form;
  readonly wanted: readonly Wanted[];
}

/** What nodes of a rule show of their types: slots will have values, whose types are looked at then. */
class NodeEvidence extends Evidence {
  readonly #context: EvaluationContext;
  readonly #heads: Heads;
  /** What the calls that were found to fit rely on. */
  wanted: Wanted[] = [];
  /** Slots of whose type the result of the call has to be. */
  resultOf: readonly Variable[] = [];

  constructor(context: EvaluationContext, heads: Heads) {
    super();
    this.#context = context;
    this.#heads = heads;
  }

  protected look(node: Atom): Atom {
    return node;
  }

  protected shown(name: SymbolAtom): Declared {
    return this.#heads.askTypes(this.#context, name);
  }

  protected mayTypeExpressions(): boolean {
    return this.#context.types.mayTypeExpressions;
  }

  protected fitsKind(formal: Atom, node: Atom): boolean {
    // Whether a symbol is grounded is not known for as long as code is used.
    return node.tag === EXPRESSION && formal === EXPRESSION_TYPE;
  }

  protected readonly takesAny = false;

  protected takes(slot: Variable, type: Atom): boolean {
    if (!isPlainType(type) && type !== EXPRESSION_TYPE && type !== VARIABLE_TYPE) return false;
    if (type !== UNDEFINED) this.wanted.push({ slots: [slot], type });
    return true;
  }

  protected agree(slots: readonly Variable[]): boolean {
    if (slots.length > 1) this.wanted.push({ slots, type: null });
    return true;
  }

  protected agreeOnResult(slots: readonly Variable[], isTop: boolean): boolean {
    if (isTop) this.resultOf = slots;
    else this.wanted.push({ slots, type: null });
    return true;
  }
}

/** How a call fits its type. */
interface Fit {
  readonly bound: Bound;
  readonly wanted: readonly Wanted[];
  readonly resultOf: readonly Variable[];
}

export class CallPlanner {
  readonly #context: EvaluationContext;
  readonly #heads: Heads;
  readonly #evidence: NodeEvidence;

  constructor(context: EvaluationContext, heads: Heads) {
    this.#context = context;
    this.#heads = heads;
    this.#evidence = new NodeEvidence(context, heads);
  }

  /** How the call is evaluated where `expected` is wanted; null: only the machine can decide (CP1). */
  plan(call: Expression, expected: Atom): CallPlan | null {
    const { children } = call;
    const head = children[0];
    if (head === undefined || head === ERROR) return null;
    if (head.tag === SYMBOL) return this.#planNamed(head, call, expected);
    const wanted = head.tag === EXPRESSION ? this.#wantedOfHead(head) : [];
    if (wanted === null) return null;
    return {
      kind: "data",
      parts: untyped(children),
      hasKnownHead: head.tag !== VARIABLE && head.tag !== EXPRESSION,
      result: UNDEFINED,
      wanted,
      resultOf: [],
    };
  }

  /** What has to be so for a call of what an expression is to have no function type; null: that does not show. */
  #wantedOfHead(head: Expression): readonly Wanted[] | null {
    const evidence = this.#evidence;
    evidence.wanted = [];
    const type = evidence.typeOf(head);
    return type?.tag === SYMBOL ? evidence.wanted : null;
  }

  /** The form that the call invokes, if the call surely fits where `expected` is wanted. */
  formOf(call: Expression, expected: Atom): FormPlan | null {
    const head = call.children[0];
    if (head?.tag !== SYMBOL) return null;
    const found = this.#heads.ask(this.#context, head, call.children.length - 1);
    if (found.kind !== "form" || found.plan === null) return null;
    const fit = this.#fit(found.plan, call, expected);
    if (fit === null || fit.resultOf.length > 0) return null;
    return { form: found.form, wanted: fit.wanted };
  }

  #fit(plan: TypePlan, call: Expression, expected: Atom): Fit | null {
    const evidence = this.#evidence;
    evidence.wanted = [];
    evidence.resultOf = [];
    const bound = evidence.fits(plan, call, expected);
    return bound === null ? null : { bound, wanted: evidence.wanted, resultOf: evidence.resultOf };
  }

  #planNamed(head: SymbolAtom, call: Expression, expected: Atom): CallPlan | null {
    const { children } = call;
    const found = this.#heads.ask(this.#context, head, children.length - 1);
    if (found.kind === "form" || found.kind === "other") return null;
    const typed = found.plan === null ? null : this.#planTyped(found.plan, call, expected);
    if (typed === null && found.plan !== null) return null;
    const quoted: Part = { node: head, type: ATOM, isQuoted: true };
    switch (found.kind) {
      case "data":
        return typed === null
          ? {
              kind: "data",
              parts: untyped(children),
              hasKnownHead: true,
              result: UNDEFINED,
              wanted: [],
              resultOf: [],
            }
          : { kind: "data", ...typed, parts: [quoted, ...typed.parts], hasKnownHead: true };
      case "tabled":
        if (typed !== null && typed.resultOf.length > 0) return null;
        return { kind: "tabled", ...(typed ?? untypedCall(call, expected)) };
      case "rules":
        return { kind: "rules", head, ...(typed ?? untypedCall(call, expected)) };
      case "operation": {
        const { operation } = found;
        if (!takes(operation, children.length - 1)) return null;
        const primitive = typed === null ? undefined : primitiveOf(operation);
        if (primitive !== undefined) return { kind: "primitive", primitive, ...typed! };
        if (!isCallable(operation)) return null;
        return { kind: "operation", operation, ...(typed ?? untypedCall(call, expected)) };
      }
    }
  }

  /** Whether a symbol is its own value where a plain type is expected. */
  isOwnSymbol(name: SymbolAtom, type: Atom): boolean {
    if (name === EMPTY) return false;
    if (type === UNDEFINED) return true;
    const found = this.#heads.askTypes(this.#context, name).valueType;
    return found === UNDEFINED || found === ATOM || found === type;
  }

  #planTyped(plan: TypePlan, call: Expression, expected: Atom): TypedParts | null {
    const fit = this.#fit(plan, call, expected);
    if (fit === null) return null;
    const said = plan.resultFor(fit.bound);
    const result = said.tag === EXPRESSION && equal(said, UNIT_TYPE) ? UNDEFINED : said;
    if (!isPlainType(result) && result !== ATOM) return null;
    const parts: Part[] = [];
    for (let index = 1; index < call.children.length; index++) {
      const part = partOf(call.children[index]!, plan.typeAt(index, fit.bound));
      if (part === null) return null;
      parts.push(part);
    }
    return { parts, result, wanted: fit.wanted, resultOf: fit.resultOf };
  }
}

interface TypedParts {
  readonly parts: readonly Part[];
  readonly result: Atom;
  readonly wanted: readonly Wanted[];
  readonly resultOf: readonly Variable[];
}

function untyped(nodes: readonly Atom[]): Part[] {
  return nodes.map((node) => ({ node, type: UNDEFINED, isQuoted: false }));
}

function untypedCall(call: Expression, expected: Atom): TypedParts {
  return { parts: untyped(call.children.slice(1)), result: expected, wanted: [], resultOf: [] };
}

/** An argument where a type is expected; null if only the machine can evaluate it. */
function partOf(node: Atom, type: Atom): Part | null {
  const isQuoted =
    type === ATOM ||
    // It is its own value, and no error that was found where another value was sought.
    isError(node) ||
    // What a slot stands for is among what is wanted.
    (type === EXPRESSION_TYPE && (node.tag === EXPRESSION || node.tag === VARIABLE)) ||
    (type === VARIABLE_TYPE && node.tag === VARIABLE) ||
    (type === SPACE_TYPE && node.tag === SPACE);
  if (isQuoted) return { node, type: ATOM, isQuoted };
  return isPlainType(type) ? { node, type, isQuoted } : null;
}
