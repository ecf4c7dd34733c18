import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../examples/28-knowledge-server/main.mjs", import.meta.url));

test("a server answers while it saves, and has what it acknowledged after kill -9", async () => {
  const expected = readFileSync(main, "utf8")
    .split("// Prints:\n")[1]!
    .replace(/^\/\/ ?/gm, "");
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  expect(stdout).toBe(expected);
});
