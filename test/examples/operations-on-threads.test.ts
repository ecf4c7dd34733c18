import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(
  new URL("../../examples/24-operations-on-threads/main.mjs", import.meta.url),
);

test("threads of a pool have the operations that their site module gives them", async () => {
  const expected = readFileSync(main, "utf8")
    .split("// Prints:\n")[1]!
    .replace(/^\/\/ ?/gm, "");
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  expect(stdout).toBe(expected);
});
