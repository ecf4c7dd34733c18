// What every thread of the pool brings along: the language, and an operation of the host.
import { integer, operation, standardLibrary, toValue } from "oxbow";

export function library() {
  const made = standardLibrary();
  made.addOperation(
    operation({
      name: "digits",
      type: "(-> Number Number)",
      summary: "How many digits.",
      apply: ([number]) => integer(String(toValue(number)).length),
    }),
  );
  return made;
}
