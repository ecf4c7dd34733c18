import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../examples/07-shared-knowledge/main.mjs", import.meta.url));

test("readers of a shared knowledge base see every update whole or not at all", async () => {
  const expected = readFileSync(main, "utf8")
    .split("// Prints:\n")[1]!
    .replace(/^\/\/ ?/gm, "");
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  expect(stdout).toBe(expected);
});
