/**
 * Call plans: how a call that is in a rule is evaluated, as far as that is known in advance.
 *
 *   CP1  A call has a plan only if its type check is certain to succeed, whatever the values are, as long
 *        as those of parts that are slots have the type noted in the plan.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  FLOAT,
  INTEGER,
  SPACE,
  STRING,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import type { EvaluationContext } from "../evaluation-context.js";
import type { Operation } from "../operation.js";
import { isSpecific, occursBefore } from "../quick-check.js";
import {
  ATOM,
  BOOL,
  EXPRESSION_TYPE,
  GROUNDED_TYPE,
  NUMBER,
  SPACE_TYPE,
  STRING_TYPE,
  SYMBOL_TYPE,
  UNDEFINED,
  VARIABLE_TYPE,
} from "../type-names.js";
import type { Heads } from "./heads.js";
import { type Primitive, primitiveOf } from "./primitives.js";
import { isCallable } from "./writes.js";

/** A part of a call: evaluated where `type` is expected, or taken as it stands. */
export interface Part {
  readonly node: Atom;
  readonly type: Atom;
  readonly isQuoted: boolean;
}

export type CallPlan =
  | {
      readonly kind: "primitive";
      readonly primitive: Primitive;
      readonly parts: readonly Part[];
      readonly result: Atom;
    }
  | {
      readonly kind: "operation";
      readonly operation: Operation;
      readonly parts: readonly Part[];
      readonly result: Atom;
    }
  | {
      readonly kind: "rules";
      readonly head: SymbolAtom;
      readonly parts: readonly Part[];
      readonly result: Atom;
    }
  /** A value of its evaluated parts; a head that is a slot has to be checked at run time. */
  | {
      readonly kind: "data";
      readonly parts: readonly Part[];
      readonly slotHead: boolean;
      readonly result: Atom;
    };

export type DataPlan = Extract<CallPlan, { kind: "data" }>;
export type PrimitivePlan = Extract<CallPlan, { kind: "primitive" }>;

const ERROR = symbol("Error");
const EMPTY = symbol("Empty");
const ARROW = symbol("->");

/** Types of kinds of atoms: what they accept is not evaluated. */
const META_TYPES: ReadonlySet<Atom> = new Set<Atom>([
  ATOM,
  SYMBOL_TYPE,
  VARIABLE_TYPE,
  EXPRESSION_TYPE,
  GROUNDED_TYPE,
]);

/** Types for which code can be generated where they are expected: those that are a name. */
export function isPlainType(type: Atom): boolean {
  return type.tag === SYMBOL && !META_TYPES.has(type);
}

/** Types whose values generated code destructures. */
export function isBuiltInType(type: Atom): boolean {
  return type === NUMBER || type === BOOL || type === STRING_TYPE;
}

/** The type that a literal shows; UNDEFINED for a symbol without types. */
export function literalType(atom: Atom): Atom | null {
  switch (atom.tag) {
    case INTEGER:
    case FLOAT:
      return NUMBER;
    case BOOLEAN:
      return BOOL;
    case STRING:
      return STRING_TYPE;
    case SPACE:
      return SPACE_TYPE;
    default:
      return null;
  }
}

/** Whether an atom other than a variable or expression is its own value where the type is expected. */
export function isOwnLiteral(atom: Atom, type: Atom): boolean {
  if (atom === EMPTY) return false;
  return type === UNDEFINED || type === literalType(atom);
}

export class CallPlanner {
  readonly #context: EvaluationContext;
  readonly #heads: Heads;

  constructor(context: EvaluationContext, heads: Heads) {
    this.#context = context;
    this.#heads = heads;
  }

  /** How the call is evaluated where `expected` is wanted; null: only the machine can decide (CP1). */
  plan(call: Expression, expected: Atom): CallPlan | null {
    const { children } = call;
    const head = children[0];
    if (head === undefined || head === ERROR) return null;
    if (head.tag === SYMBOL) return this.#planNamed(head, call, expected);
    if (head.tag === EXPRESSION) return null;
    const parts = untyped(children);
    return { kind: "data", parts, slotHead: head.tag === VARIABLE, result: UNDEFINED };
  }

  /** The library's form that the call invokes, if it accepts that many arguments. */
  formOf(call: Expression): string | null {
    const head = call.children[0];
    if (head?.tag !== SYMBOL) return null;
    const found = this.#heads.ask(this.#context, head, call.children.length - 1);
    return found.kind === "form" ? found.name : null;
  }

  #planNamed(head: SymbolAtom, call: Expression, expected: Atom): CallPlan | null {
    const { children } = call;
    const found = this.#heads.ask(this.#context, head, children.length - 1);
    switch (found.kind) {
      case "data":
        if (found.type === null) {
          return { kind: "data", parts: untyped(children), slotHead: false, result: UNDEFINED };
        }
        return this.#planTyped(found.type, call, expected, (parts, result) => ({
          kind: "data",
          parts: [{ node: head, type: ATOM, isQuoted: true }, ...parts],
          slotHead: false,
          result,
        }));
      case "rules":
        if (found.type === null) {
          return { kind: "rules", head, parts: untyped(children.slice(1)), result: expected };
        }
        return this.#planTyped(found.type, call, expected, (parts, result) => ({
          kind: "rules",
          head,
          parts,
          result,
        }));
      case "operation": {
        const { operation } = found;
        if (found.type === null) {
          if (!isCallable(operation)) return null;
          const parts = untyped(children.slice(1));
          return { kind: "operation", operation, parts, result: expected };
        }
        const primitive = primitiveOf(operation);
        if (primitive !== undefined) {
          return this.#planPrimitive(primitive, found.type, call, expected);
        }
        if (!isCallable(operation)) return null;
        if (!resultFits(found.type.children.at(-1)!, expected)) return null;
        return this.#planTyped(withPlainResult(found.type), call, expected, (parts, result) => ({
          kind: "operation",
          operation,
          parts,
          result,
        }));
      }
      default:
        return null;
    }
  }

  #planPrimitive(
    primitive: Primitive,
    type: Expression,
    call: Expression,
    expected: Atom,
  ): CallPlan | null {
    if (primitive.kind === "same") return this.#planSame(primitive, call, expected);
    return this.#planTyped(type, call, expected, (parts, result) => ({
      kind: "primitive",
      primitive,
      parts,
      result,
    }));
  }

  /** Both sides of `==` must have one type; what is not evident from the text is checked on the values. */
  #planSame(primitive: Primitive, call: Expression, expected: Atom): CallPlan | null {
    if (call.children.length !== 3 || !resultFits(BOOL, expected)) return null;
    const [, one, other] = call.children;
    const left = this.#shownType(one!);
    const right = this.#shownType(other!);
    if (left === null || right === null) return null;
    if (left !== UNDEFINED && right !== UNDEFINED && left !== right) return null;
    const parts = [
      { node: one!, type: one!.tag === VARIABLE ? right : UNDEFINED, isQuoted: false },
      { node: other!, type: other!.tag === VARIABLE ? left : UNDEFINED, isQuoted: false },
    ];
    return { kind: "primitive", primitive, parts, result: BOOL };
  }

  /** The plain type that a part shows, UNDEFINED if it fits any other or is a slot, null if not known. */
  #shownType(node: Atom): Atom | null {
    if (node.tag === VARIABLE) return UNDEFINED;
    if (node.tag === SYMBOL) return this.#symbolType(node);
    if (node.tag !== EXPRESSION) return literalType(node);
    if (node.children.length === 0) return UNDEFINED;
    const head = node.children[0]!;
    if (head.tag !== SYMBOL) return null;
    const found = this.#heads.ask(this.#context, head, node.children.length - 1);
    if (found.kind === "form" || found.kind === "other") return null;
    if (found.type === null) return UNDEFINED;
    const result = found.type.children.at(-1)!;
    return isPlainType(result) ? result : null;
  }

  /** The one type of a symbol as a value, UNDEFINED if it has none, null if there are more. */
  #symbolType(name: SymbolAtom): Atom | null {
    const { valueTypes, functionTypes } = this.#heads.askTypes(this.#context, name);
    if (functionTypes.length > 0 || valueTypes.length > 1) return null;
    const type = valueTypes[0] ?? UNDEFINED;
    return isPlainType(type) ? type : null;
  }

  /** Whether a symbol is its own value where a plain type is expected. */
  isOwnSymbol(name: SymbolAtom, type: Atom): boolean {
    if (name === EMPTY) return false;
    if (type === UNDEFINED) return true;
    const found = this.#symbolType(name);
    return found === UNDEFINED || found === type;
  }

  #planTyped(
    type: Expression,
    call: Expression,
    expected: Atom,
    make: (parts: readonly Part[], result: Atom) => CallPlan,
  ): CallPlan | null {
    const formals = type.children;
    if (formals.length !== call.children.length + 1) return null;
    const result = formals.at(-1)!;
    if (!resultFits(result, expected)) return null;
    const parts: Part[] = [];
    for (let index = 1; index < call.children.length; index++) {
      const part = this.#typedPart(call.children[index]!, formals[index]!);
      if (part === null) return null;
      parts.push(part);
    }
    const undetermined = result.tag === VARIABLE && isSpecific(expected);
    if (undetermined && occursBefore(formals, result)) return null;
    const said = result === EXPRESSION_TYPE || result.tag === VARIABLE ? UNDEFINED : result;
    const wanted = undetermined ? expected : said;
    return isPlainType(wanted) ? make(parts, wanted) : null;
  }

  #typedPart(node: Atom, formal: Atom): Part | null {
    if (formal === ATOM) return { node, type: ATOM, isQuoted: true };
    if (formal === EXPRESSION_TYPE && node.tag === EXPRESSION) {
      return { node, type: ATOM, isQuoted: true };
    }
    if (formal === UNDEFINED) return { node, type: UNDEFINED, isQuoted: false };
    if (formal === SPACE_TYPE) {
      if (node.tag === VARIABLE) return { node, type: SPACE_TYPE, isQuoted: false };
      return node.tag === SPACE ? { node, type: ATOM, isQuoted: true } : null;
    }
    if (!isPlainType(formal)) return null;
    return this.mayGive(node, formal) ? { node, type: formal, isQuoted: false } : null;
  }

  /** Whether the type of a part fits the formal for sure; a slot's is looked at when it has a value. */
  mayGive(node: Atom, formal: Atom): boolean {
    if (node.tag === VARIABLE) return true;
    if (node.tag === SYMBOL) return this.isOwnSymbol(node, formal);
    if (node.tag !== EXPRESSION) return isOwnLiteral(node, formal);
    const head = node.children[0];
    if (head?.tag !== SYMBOL) return false;
    const found = this.#heads.ask(this.#context, head, node.children.length - 1);
    if (found.kind === "form" || found.kind === "other") return false;
    if (found.type === null) return true;
    const result = found.type.children.at(-1)!;
    return result === formal || result === UNDEFINED || result === ATOM;
  }
}

/** The type with %Undefined% as its result in place of `(->)`: the only value of that needs no check. */
function withPlainResult(type: Expression): Expression {
  const result = type.children.at(-1)!;
  const isUnit = result.tag === EXPRESSION && result.children.length === 1;
  if (!isUnit || result.children[0] !== ARROW) return type;
  return new Expression([...type.children.slice(0, -1), UNDEFINED]);
}

function untyped(nodes: readonly Atom[]): Part[] {
  return nodes.map((node) => ({ node, type: UNDEFINED, isQuoted: false }));
}

function resultFits(result: Atom, expected: Atom): boolean {
  return (
    expected === UNDEFINED ||
    result === UNDEFINED ||
    result === ATOM ||
    result.tag === VARIABLE ||
    result === expected
  );
}
