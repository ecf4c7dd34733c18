/**
 * Grounded operations: what a symbol does when it is at the head of an evaluated expression, in
 * TypeScript. Arguments arrive evaluated as the operation's type says (parameters of type `Atom`,
 * `Expression`, `Variable` unevaluated) and with every bound variable replaced.
 */
import type { Environment } from "../environment/environment.js";
import type { Atom, Expression, SpaceAtom } from "../term/atom.js";

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
  readonly atom: Expression;
  readonly cause: unknown;
}

/** A function of the host that programs call by name; see `operation`. */
export interface Operation {
  readonly name: string;
  /** Its MeTTa type, `(-> …)`. */
  readonly type: Atom;
  /** One line of documentation. */
  readonly summary: string;
  /** True if it has no side effects and depends only on its arguments; it may be called any number of times. */
  readonly pure: boolean;
  apply(args: readonly Atom[], context: OperationContext): OperationResult;
}

/** Thrown by an operation that rejects its arguments: the result is `(Error call message)`, the message a symbol. */
export class OperationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OperationError";
  }
}
