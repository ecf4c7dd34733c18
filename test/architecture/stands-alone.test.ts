import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./sources.js";

const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "dist", ".git", "coverage", "out"]);
const TEXT = /\.(?:[cm]?[jt]s|json|jsonl|md|metta|sh)$|^run$/;

/** Every text file of the project, by its path from the root. */
function* textFiles(folder = ROOT): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textFiles(path);
    else if (TEXT.test(entry.name)) yield relative(ROOT, path).replaceAll("\\", "/");
  }
}

const files = [...textFiles()].map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), "utf8"),
}));

function offenders(breaks: (path: string, text: string) => boolean): string[] {
  return files.filter(({ path, text }) => breaks(path, text)).map(({ path }) => path);
}

test("the project's files are all looked at", () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain(".ci/run");
  expect(paths).toContain("test/architecture/stands-alone.test.ts");
  expect(paths.length).toBeGreaterThan(400);
});

test("no file names a path that leaves the project", () => {
  // From the file's own folder; what is built stands one folder deeper.
  const leaves = (path: string, target: string): boolean =>
    relative(ROOT, resolve(ROOT, "dist", dirname(path), target)).startsWith("..");
  const strays = files.flatMap(({ path, text }) =>
    [...text.matchAll(/["'`(]((?:\.\.\/)+[\w./-]*)/g)]
      .filter(([, target]) => leaves(path, target!))
      .map(([, target]) => `${path}: ${target}`),
  );
  expect(strays).toEqual([]);
});

test("no file names a folder that stands beside the checkout where the project is developed", () => {
  const beside = ["..", "shared", ""].join("/");
  expect(offenders((_path, text) => text.includes(beside))).toEqual([]);
});

test("no test is left out because something is not there", () => {
  const skips = /\.(?:skipIf|runIf)\([^)]*existsSync/;
  expect(offenders((path, text) => path.startsWith("test/") && skips.test(text))).toEqual([]);
});
