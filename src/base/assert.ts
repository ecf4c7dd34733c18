/** A broken invariant: a bug in the engine itself. It stops the engine and is never caught. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`invariant broken: ${message}`);
    this.name = "InvariantError";
  }
}

/**
 * Stops the engine unless `condition` holds. Cite the invariant's number in the message
 * (`"S1: a free block has count 0"`).
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
