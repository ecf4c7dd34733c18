import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folderOf, readSources, type SourceFile } from "./sources.js";

const LAYERS = [
  "base",
  "sync",
  "memory",
  "term",
  "containers",
  "environment",
  "persist",
  "eval",
  "parallel",
  "cli",
];

/** What the package exports; nothing in it imports them. */
const ENTRIES = new Set(["src/index.ts", "src/regions.ts"]);

/** Rooms of the evaluator that know nothing of the rest of it, but for these words. */
const CLOSED_ROOMS = [
  {
    room: "src/eval/types/",
    besides: ["src/eval/language/error-atom.ts", "src/eval/language/type-names.ts"],
  },
];

const sources = readSources("src");
const workers = readSources("workers");

/** Where each file's import may not go; one line a violation. */
function violations(check: (file: SourceFile, target: string) => boolean): string[] {
  return sources.flatMap((file) =>
    file.imports
      .filter((item) => !item.isPackage && check(file, item.target))
      .map((item) => `${file.path} imports ${item.target}`),
  );
}

describe("imports", () => {
  it("go from a layer only to itself and to the layers below it", () => {
    const upward = violations((file, target) => {
      if (ENTRIES.has(file.path)) return target.startsWith("src/cli/");
      return LAYERS.indexOf(folderOf(target)) > LAYERS.indexOf(folderOf(file.path));
    });
    expect(upward).toEqual([]);
  });

  it("reach no folder that has no place in the layers", () => {
    const folders = sources.filter((file) => !ENTRIES.has(file.path));
    expect(
      folders.filter((file) => !LAYERS.includes(folderOf(file.path))).map((file) => file.path),
    ).toEqual([]);
  });

  it("never go through the public entry, nor out of src", () => {
    expect(
      violations((_file, target) => {
        if (!target.startsWith("src/")) return !target.endsWith("package.json");
        return ENTRIES.has(target);
      }),
    ).toEqual([]);
  });

  // Two nouns of one folder may know each other's types; layers keep folders apart, types included.
  it("of values have no cycle", () => {
    expect(findCycle(sources)).toEqual([]);
  });

  // The evaluator's rooms whose imports, those of types included, go nowhere but where they say.
  it("of a closed room of the evaluator stay in it, and make no cycle", () => {
    for (const { room, besides } of CLOSED_ROOMS) {
      const inside = sources.filter(({ path }) => path.startsWith(room));
      expect(inside.length).toBeGreaterThan(0);
      const strays = inside.flatMap((file) =>
        file.imports
          .filter(({ target }) => target.startsWith("src/eval/") && !target.startsWith(room))
          .filter(({ target }) => !besides.includes(target))
          .map(({ target }) => `${file.path} imports ${target}`),
      );
      expect(strays).toEqual([]);
      expect(findCycle(inside, true)).toEqual([]);
    }
  });

  it("of worker entries reach what has threads, and nothing else", () => {
    const strays = workers.flatMap((file) =>
      file.imports
        .filter((item) => !item.isPackage && !/^src\/(parallel|persist)\//.test(item.target))
        .map((item) => `${file.path} imports ${item.target}`),
    );
    expect(strays).toEqual([]);
  });

  it("name only packages that package.json lists as dependencies", () => {
    const allowed = dependencies();
    const strays = [...sources, ...workers].flatMap((file) =>
      file.imports
        .filter((item) => item.isPackage && !item.target.startsWith("node:"))
        .filter((item) => !allowed.some((name) => isWithin(item.target, name)))
        .map((item) => `${file.path} imports ${item.target}`),
    );
    expect(strays).toEqual([]);
  });

  it("name each package that package.json lists as a dependency", () => {
    const targets = [...sources, ...workers].flatMap((file) =>
      file.imports.filter((item) => item.isPackage).map((item) => item.target),
    );
    const unused = dependencies().filter(
      (name) => !targets.some((target) => isWithin(target, name)),
    );
    expect(unused).toEqual([]);
  });
});

function dependencies(): string[] {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const manifest: { dependencies: Record<string, string> } = JSON.parse(text);
  return Object.keys(manifest.dependencies);
}

function isWithin(specifier: string, packageName: string): boolean {
  return specifier === packageName || specifier.startsWith(`${packageName}/`);
}

/** One cycle as the list of its files, or nothing. */
function findCycle(files: readonly SourceFile[], countsTypes = false): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (state.get(path) === "done") return [];
    const here = [...trail, path];
    if (state.get(path) === "open") return here.slice(here.indexOf(path));
    state.set(path, "open");
    for (const item of byPath.get(path)?.imports ?? []) {
      if (item.typeOnly && !countsTypes) continue;
      const cycle = byPath.has(item.target) ? visit(item.target, here) : [];
      if (cycle.length > 0) return cycle;
    }
    state.set(path, "done");
    return [];
  };
  for (const file of files) {
    const cycle = visit(file.path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
