/**
 * What is shown of an object by Node's `console.log` and `util.inspect`, and by `JSON.stringify`, in place of its
 * fields. What holds the shared heap gives a summary, since its fields would be printed word by word.
 */

/** Makes `text` what is shown of the objects of a class, and `json`, if it is another, what JSON has of them. */
export function showAs<Shown>(
  kind: { readonly prototype: Shown },
  text: (shown: Shown) => string,
  json: (shown: Shown) => string = text,
): void {
  Object.defineProperties(kind.prototype, {
    [INSPECT]: {
      value(this: Shown): string {
        return text(this);
      },
    },
    toJSON: {
      value(this: Shown): string {
        return json(this);
      },
    },
  });
}

/** Under this name Node asks an object for its text. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");
