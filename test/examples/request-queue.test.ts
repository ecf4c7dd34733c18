import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../examples/03-request-queue/main.mjs", import.meta.url));

test("a million requests go through a queue of a thousand in flat memory", async () => {
  const expected = readFileSync(main, "utf8")
    .split("// Prints:\n")[1]!
    .replace(/^\/\/ ?/gm, "");
  const { stdout } = await promisify(execFile)(process.execPath, [main]);
  expect(stdout).toBe(expected);
});
