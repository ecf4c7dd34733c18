/**
 * Grounded operations: what a symbol does when it is at the head of an evaluated expression, in
 * TypeScript. Arguments arrive evaluated as the operation's type says (parameters of type `Atom`,
 * `Expression`, `Variable` unevaluated) and with every bound variable replaced.
 */
import {
  asBoolean,
  asFunction,
  asOptions,
  asText,
  type Checks,
  refuse,
} from "../../base/arguments.js";
import type { Environment } from "../../environment/environment.js";
import { asAtom } from "../../term/arguments.js";
import type { Atom, Expression, SpaceAtom } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";

/** Returned by an operation that does not apply to its arguments: the call stays as it is. */
export const NOT_REDUCIBLE: unique symbol = Symbol("not reducible");

/** One result, several alternatives (none: the branch ends), or no reduction. */
export type Answer = Atom | readonly Atom[] | typeof NOT_REDUCIBLE;

/**
 * An answer; a promise of one, for which only the branch of the call waits (`evaluateAsync`); or a
 * stream of alternatives, pulled as they are wanted: what a generator or an async generator returns.
 */
export type OperationResult = Answer | PromiseLike<Answer> | Iterable<Atom> | AsyncIterable<Atom>;

/** Where an operation is called. */
export interface OperationContext {
  /** The environment that the call is evaluated in. */
  readonly environment: Environment;
  /** The space that the call is evaluated in; null for the environment's own. */
  readonly space: SpaceAtom | null;
  /** The space that `&self` means, which is another one in an evaluation for another space. */
  readonly self: SpaceAtom | null;
  /** Writes to the program's standard output, as `println!` does; the text has no newline added. */
  print(text: string): void;
  /** Writes a diagnostic, as `trace!` does. */
  trace(text: string): void;
  /** A random number in [0, 1), from the evaluation's seed. */
  random(): number;
  /** All types of an atom, as `get-type` gives them; in another space if one is given. */
  typesOf(atom: Atom, space?: SpaceAtom | null): readonly Atom[];
  /** Aborted when the evaluation ends, also by a limit: for what the operation has in progress. */
  readonly signal: AbortSignal;
  /**
   * To be called now and then by an operation that may take long, say every few thousand turns of its loop:
   * throws if the evaluation has to end, which is to be let through. Costs some 100 ns.
   */
  throwIfStopped(): void;
}

/** What an operation threw, and the `(Error call "message")` that the program got for it. */
export interface OperationFailure {
  /** The call that failed. */
  readonly atom: Expression;
  /** What the operation threw. */
  readonly cause: unknown;
}

/** A function of the host that programs call by name; see `operation`. */
export interface Operation {
  /** The symbol that stands for it in programs. */
  readonly name: string;
  /** Its MeTTa type, `(-> …)`. */
  readonly type: Atom;
  /** One line of documentation. */
  readonly summary: string;
  /** True if it has no side effects and depends only on its arguments; it may be called any number of times. */
  readonly pure: boolean;
  /**
   * True if it has no side effects, but depends on the environment as well: what it finds with the methods of
   * `context.environment`. May be called in tabled functions, as pure operations may.
   */
  readonly reads?: boolean;
  /** What it does with evaluated arguments, of which there are as many as its type says. */
  apply(args: readonly Atom[], context: OperationContext): OperationResult;
}

const OPERATION_CHECKS: Checks<Operation> = {
  name: asText,
  type: asAtom,
  summary: asText,
  pure: asBoolean,
  reads: asBoolean,
  apply: asFunction,
};

/** The operation, if it has the parts of one; others may be beside them. Throws ERR_INVALID_ARGUMENT. */
export function asOperation(act: string, value: Operation): Operation {
  const given: unknown = value;
  if (typeof given !== "object" || given === null) return refuse(act, "an operation", given);
  const { name, type, summary, pure, reads } = value;
  const apply: unknown = Reflect.get(given, "apply");
  const parts = { name, type, summary, pure, reads, apply } as Operation;
  asOptions(act, parts, OPERATION_CHECKS, ["name", "type", "summary", "pure", "apply"]);
  return value;
}

/** Thrown by an operation that rejects its arguments: the result is `(Error call message)`, the message a symbol. */
export class OperationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OperationError";
  }
}

/** What an operation is made of. */
export interface OperationOptions extends Pick<Operation, "name" | "summary" | "apply"> {
  /** Its MeTTa type as text, such as `(-> Number Number)`. */
  readonly type: string;
  /** As {@link Operation.pure}; false if not given. */
  readonly pure?: boolean;
  /** As {@link Operation.reads}; false if not given. */
  readonly reads?: boolean;
}

const OPTION_CHECKS: Checks<OperationOptions> = { ...OPERATION_CHECKS, type: asText };

/**
 * An operation, for a library. Throws `ERR_SYNTAX` for a type that cannot be read, `ERR_INVALID_ARGUMENT`.
 *
 *     operation({
 *       name: "price",
 *       type: "(-> Symbol Number)",
 *       summary: "What a thing costs.",
 *       apply: ([thing]) => float(priceOf(String(thing))),
 *     });
 */
export function operation(options: OperationOptions): Operation {
  const { name, type, summary, pure, reads, apply } = asOptions(
    "make an operation",
    options,
    OPTION_CHECKS,
    ["name", "type", "summary", "apply"],
  );
  const made = { name, type: parseAtom(type), summary, pure: pure ?? false, apply };
  return reads === true ? { ...made, reads } : made;
}

/** One of the language's own operations without side effects, that depends only on its arguments. */
export function pureOperation(
  name: string,
  type: string,
  summary: string,
  apply: Operation["apply"],
): Operation {
  return { name, type: parseAtom(type), summary, pure: true, apply };
}

/** One of the language's own operations that is not {@link Operation.pure}. */
export function impureOperation(
  name: string,
  type: string,
  summary: string,
  apply: Operation["apply"],
): Operation {
  return { name, type: parseAtom(type), summary, pure: false, apply };
}

/** One of the language's own operations that only {@link Operation.reads}. */
export function readingOperation(
  name: string,
  type: string,
  summary: string,
  apply: Operation["apply"],
): Operation {
  return { ...impureOperation(name, type, summary, apply), reads: true };
}
