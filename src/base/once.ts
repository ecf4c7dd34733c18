/** Once: a constant that is made when it is first asked for, since making it at the start costs who never asks. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
