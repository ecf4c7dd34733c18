// Ways in which library() of a library module can fail.

/** As another copy of the package has it. */
class Library {
  size = 0;
}

export const KINDS = {
  // Never settles.
  never: () => new Promise(() => undefined),
  throw() {
    throw new RangeError("as asked");
  },
  async reject() {
    await Promise.resolve();
    throw new RangeError("as asked");
  },
  "throw-text"() {
    throw "as asked";
  },
  nothing() {},
  number: () => 5,
  "other-copy": () => new Library(),
  exit() {
    process.exit(3);
  },
};
