// What every thread of the pool brings along: the language, and an operation of the host.
import { integer, operation, siteWith, standardLibrary, toValue } from "oxbow";

export function createSite(heap) {
  const library = standardLibrary();
  library.addOperation(
    operation({
      name: "digits",
      type: "(-> Number Number)",
      summary: "How many digits.",
      apply: ([number]) => integer(String(toValue(number)).length),
    }),
  );
  return siteWith(heap, library);
}
