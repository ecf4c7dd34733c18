import { test } from "vitest";
import { tryHostileNames } from "./hostile-names.js";

test("names and strings that look like code stay names and strings in generated code", () => {
  tryHostileNames(20, 12);
});
