import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-process-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a program and gives its path. */
function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("the built command", () => {
  const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

  it("ends quietly when its reader closes the pipe", () => {
    const lines = "!(superpose (1 2 3))\n".repeat(5000);
    const path = program("long.metta", lines);
    const script = `set -o pipefail; "$0" "$1" run "$2" | head -n 1`;
    const run = spawnSync("bash", ["-c", script, process.execPath, main, path], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe("[1, 2, 3]\n");
    expect(run.status).toBe(0);
  });

  it("gives its exit code to the shell", () => {
    const run = spawnSync(process.execPath, [main, "run", "--nonsense"], { encoding: "utf8" });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("--nonsense");
  });
});
