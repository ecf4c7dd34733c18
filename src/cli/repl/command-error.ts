/** A mistake in a command of the session: shown to the user, and the session continues. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CommandError";
  }
}
