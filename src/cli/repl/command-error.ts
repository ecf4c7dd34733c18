/** A mistake in a command of the session: said to the user, and the session goes on. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CommandError";
  }
}
