// Before any test: tests of threads and of the command run what was built, which must be these sources.
import { existsSync, readFileSync } from "node:fs";
import { STAMP, stampOfSources } from "./sources.mjs";

export function setup() {
  const built = existsSync(STAMP) ? readFileSync(STAMP, "utf8") : "";
  if (built === stampOfSources()) return;
  const what = built === "" ? "there is no build" : "dist/ was built from other sources";
  throw new Error(`cannot test: ${what}; run npm run build`);
}
