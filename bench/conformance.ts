/**
 * Runs every script of a directory with `oxbow run --check` and prints a table of which pass.
 *
 *     npm run conformance -- --scripts DIR
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TIMEOUT_MS = 60_000;
const MAIN = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));

interface Verdict {
  readonly passed: boolean;
  readonly note: string;
}

function check(directory: string, script: string): Verdict {
  const command = [MAIN, "run", "--check", `--allow-read=${directory}`, script];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: directory,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  if (status === 0) return { passed: true, note: "" };
  if (status === null) return { passed: false, note: "did not end" };
  const errors = stdout.split("\n").filter((line) => line.includes("(Error "));
  const note = errors.length > 0 ? `${errors.length} errors` : (stderr.split("\n")[0] ?? "");
  return { passed: false, note };
}

const { values } = parseArgs({ options: { scripts: { type: "string" } } });
if (values.scripts === undefined) {
  process.stderr.write("usage: npm run conformance -- --scripts DIR\n");
  process.exitCode = 2;
} else {
  const directory = resolve(values.scripts);
  const scripts = readdirSync(directory)
    .filter((name) => name.endsWith(".metta"))
    .sort();
  let passed = 0;
  for (const script of scripts) {
    const verdict = check(directory, script);
    if (verdict.passed) passed += 1;
    process.stdout.write(`${verdict.passed ? "pass" : "FAIL"}  ${script}  ${verdict.note}\n`);
  }
  process.stdout.write(`${passed} of ${scripts.length} pass\n`);
  if (passed < scripts.length) process.exitCode = 1;
}
