import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { expectedResults, programFiles } from "../whole-programs.js";

const main = fileURLToPath(new URL("../../dist/src/command/oxbow.js", import.meta.url));

test.each(
  (["spaces/", "large/", "../../bench/programs/"] as const).flatMap((folder) =>
    programFiles(folder).map((program) => [folder + program.name, program] as const),
  ),
)("the command gives what the first lines of %s say", (path, program) => {
  const file = fileURLToPath(new URL(`../programs/${path}`, import.meta.url));
  const { stdout, status } = spawnSync(process.execPath, [main, "run", file], { encoding: "utf8" });
  expect(stdout.trimEnd().split("\n")).toEqual(expectedResults(program));
  expect(status).toBe(0);
});
