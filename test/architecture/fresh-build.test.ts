import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "./sources.js";

const CONFIGURATION = [
  "tsconfig.json",
  "tsconfig.types.json",
  "package.json",
  "examples/playground/index.html",
  "pages/inspector/index.html",
];
const SOURCES = ["src/a.ts", "workers/b.cts", "bench/c.ts"];
const BUILT = ["src/a.js", "src/a.d.ts", "types/a.d.ts", "workers/b.cjs", "bench/c.js"];

/** A project of one source, with the scripts that stamp a build and that look at the stamp. */
let project = "";
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "oxbow-build-"));
  cpSync(join(ROOT, ".ci"), join(project, ".ci"), { recursive: true });
  for (const path of [...CONFIGURATION, ...SOURCES]) {
    write(path, "{}");
  }
  for (const path of BUILT) {
    write(`dist/${path}`, "");
  }
});
afterEach(() => rmSync(project, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function stamp(): void {
  const { stderr } = spawnSync(process.execPath, [".ci/stamp.mjs"], { cwd: project });
  expect(stderr.toString()).toBe("");
}

/** What a test run in the project would say before its first test; empty if it would begin. */
function refusal(): string {
  const script = 'import("./.ci/fresh-build.mjs").then((it) => it.setup())';
  const run = spawnSync(process.execPath, ["-e", script], { cwd: project, encoding: "utf8" });
  return /^Error: (.*)/m.exec(run.stderr)?.[1] ?? run.stderr;
}

test("tests begin only with a build of the sources beside them", () => {
  expect(refusal()).toBe("cannot test: there is no build; run npm run build");
  stamp();
  expect(refusal()).toBe("");
  write("src/a.ts", "{ }");
  expect(refusal()).toBe("cannot test: dist/ was built from other sources; run npm run build");
  stamp();
  write("src/new.ts", "{}");
  expect(refusal()).toContain("other sources");
});

test("a build keeps nothing of sources that are gone", () => {
  write("dist/src/gone.js", "");
  write("dist/src/a.js.map", "");
  write("dist/types/gone.d.ts", "");
  write("dist/src/command/oxbow.js", "");
  stamp();
  const there = (path: string): boolean => existsSync(join(project, "dist", path));
  expect(["src/gone.js", "src/a.js.map", "types/gone.d.ts"].filter(there)).toEqual([]);
  const kept = [...BUILT, "src/command/oxbow.js"];
  expect(kept.filter(there)).toEqual(kept);
});
