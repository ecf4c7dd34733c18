/** A page has no files: what asks for one fails as where there is none (PL1). */
import type { Files } from "../platform.js";

function refuse(path: string): never {
  const error = new Error(`there are no files in a browser: ${path}`);
  throw Object.assign(error, { code: "ENOENT" });
}

export const files: Files = {
  readText: refuse,
  list: refuse,
  open: refuse,
  realPath: refuse,
  linkTarget: refuse,
};
