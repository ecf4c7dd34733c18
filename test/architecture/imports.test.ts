import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folderOf, readSources, type SourceFile } from "./sources.js";

const LAYERS = [
  "base",
  "platform",
  "sync",
  "memory",
  "term",
  "containers",
  "environment",
  "persist",
  "eval",
  "parallel",
  "cluster",
  "inspector",
  "syntax",
  "lsp",
  "cli",
];

/** Beside the core: what of it these folders may know. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  syntax: ["base", "term", "syntax"],
  lsp: ["base", "memory", "term", "environment", "eval", "parallel", "syntax", "lsp"],
};

/** Rooms in which what is one noun to others is several files, which know each other's types. */
const MUTUAL = new Set(["machine", "rules", "tabling"]);

/** Packages that the build puts into the command, so that who embeds the engine need not install them. */
const IN_THE_COMMAND = [
  "vscode-languageserver",
  "vscode-languageserver-textdocument",
  "vscode-languageserver-types",
];

/** Packages that who uses a cluster installs; the file that loads them, and what tells others of their types. */
const OF_A_CLUSTER = ["bullmq", "ioredis"];

/** What the package exports; nothing in it imports them. */
const ENTRIES = new Set([
  "src/index.ts",
  "src/regions.ts",
  "src/inspector.ts",
  "src/browser.ts",
  "src/cluster/index.ts",
]);

/** Globals that only Node.js has. */
const NODE_ONLY = /\b(?:process|Buffer|setImmediate|NodeJS)\b\.?|\.unref\(/;

/** The rooms of the evaluator: each may know those before it. */
const ROOMS = [
  "language",
  "limits",
  "types",
  "host",
  "primitives",
  "library",
  "settings",
  "rules",
  "machine",
  "tabling",
  "plan",
  "compile",
  "forms",
  "stdlib",
  "interpreter",
  "program",
  "evaluator",
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

  it("of a folder beside the core reach what it is about, and nothing else", () => {
    const strays = violations(
      (file, target) => BESIDE[folderOf(file.path)]?.includes(folderOf(target)) === false,
    );
    expect(strays).toEqual([]);
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

  it("go from a room of the evaluator only to itself and to the rooms before it", () => {
    const inside = sources.filter(({ path }) => path.startsWith("src/eval/"));
    expect([...new Set(inside.map(({ path }) => roomOf(path)))].sort()).toEqual([...ROOMS].sort());
    const upward = violations(
      ({ path }, target) =>
        path.startsWith("src/eval/") && ROOMS.indexOf(roomOf(target)) > ROOMS.indexOf(roomOf(path)),
    );
    expect(upward).toEqual([]);
  });

  it("of a room of the evaluator make no cycle, of types neither", () => {
    for (const room of ROOMS.filter((each) => !MUTUAL.has(each))) {
      const inside = sources.filter(({ path }) => roomOf(path) === room);
      expect(findCycle(inside, true)).toEqual([]);
    }
  });

  it("of worker entries reach what has threads, and nothing else", () => {
    const strays = workers.flatMap((file) =>
      file.imports
        .filter(
          (item) =>
            !item.isPackage && !/^src\/(inspector|parallel|persist|platform)\//.test(item.target),
        )
        .map((item) => `${file.path} imports ${item.target}`),
    );
    expect(strays).toEqual([]);
  });

  it("ask the platform for what JavaScript has not, and nothing of Node.js", () => {
    const free = (path: string): boolean =>
      !/^src\/(platform|persist|cluster|inspector|lsp|cli)\//.test(path);
    const strays = sources
      .filter(({ path }) => free(path) && !ENTRIES.has(path))
      .filter(
        ({ code, imports }) =>
          imports.some(({ target }) => /^node:|^src\/platform\/(node|browser)\//.test(target)) ||
          NODE_ONLY.test(code),
      );
    expect(strays.map(({ path }) => path)).toEqual([]);
  });

  it("name only packages that package.json lists as dependencies", () => {
    const allowed = [...dependencies(), ...IN_THE_COMMAND, ...OF_A_CLUSTER];
    const strays = [...sources, ...workers].flatMap((file) =>
      file.imports
        .filter((item) => item.isPackage && !item.target.startsWith("node:"))
        .filter((item) => !allowed.some((name) => isWithin(item.target, name)))
        .map((item) => `${file.path} imports ${item.target}`),
    );
    expect(strays).toEqual([]);
  });

  it("name packages that only the command has in no folder but that of the language server", () => {
    const strays = sources.flatMap((file) =>
      file.imports
        .filter(({ target }) => IN_THE_COMMAND.some((name) => isWithin(target, name)))
        .filter(() => !/^src\/(lsp\/|cli\/lsp-command\.ts)/.test(file.path))
        .map((item) => `${file.path} imports ${item.target}`),
    );
    expect(strays).toEqual([]);
  });

  it("name packages of a cluster in its folder alone, and load them in one file of it", () => {
    const named = sources.flatMap((file) =>
      file.imports
        .filter(({ target }) => OF_A_CLUSTER.some((name) => isWithin(target, name)))
        .map(({ typeOnly }) => ({ path: file.path, typeOnly })),
    );
    expect(named.filter(({ path }) => !path.startsWith("src/cluster/"))).toEqual([]);
    const loaders = named.filter(({ typeOnly }) => !typeOnly).map(({ path }) => path);
    expect([...new Set(loaders)]).toEqual(["src/cluster/connection.ts"]);
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

/** The room of a file of the evaluator; nothing for other files. */
function roomOf(path: string): string {
  const [, layer, room, file] = path.split("/");
  return layer === "eval" && file !== undefined ? room! : "";
}

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
