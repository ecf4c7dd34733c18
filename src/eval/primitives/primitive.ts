/**
 * Primitives: operations whose meaning is a few steps of JavaScript, so that generated code takes these and makes no
 * call. Each is one object: what it means, its type, and the code that computes it, which names the same functions.
 *
 *     numbers.ts    + - * / %              an atom, or null where only the whole meaning tells
 *     truths.ts     < > <= >= and or …     a truth value of the values in atoms: an operator of JavaScript, and its meaning
 *     equality.ts   ==                     a truth value of two atoms
 *
 * A primitive is known by its object: a library that gives its name to another operation gets a call of that one.
 */
import type { Atom } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";
import type { Operation, OperationContext, OperationResult } from "../host/operation.js";

/** Gives a value of JavaScript a name in generated code. */
export interface CodeNames {
  constant(value: unknown): string;
}

/** What a primitive is declared with; `type` is MeTTa text. */
interface Declared {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
}

/** An operation that generated code computes itself. */
export abstract class PrimitiveOperation implements Operation {
  readonly name: string;
  readonly type: Atom;
  readonly summary: string;
  readonly pure = true;

  constructor({ name, type, summary }: Declared) {
    this.name = name;
    this.type = parseAtom(type);
    this.summary = summary;
  }

  /** The whole meaning. */
  abstract apply(args: readonly Atom[], context: OperationContext): OperationResult;
}
