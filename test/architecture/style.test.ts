import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { functionsWithMore } from "./parameters.js";
import { ROOT, readSources, type SourceFile } from "./sources.js";

const MAXIMUM_LINES = 500;
const MOST_PARAMETERS = 5;
/** An interface or class that grows past this is a bag that everything may read. */
const MAXIMUM_MEMBERS = 40;

/**
 * Module-level mutable state that is allowed, each with its reason. Everything else hangs on a heap,
 * an environment, an evaluator or a pool.
 */
const ALLOWED_STATE: Readonly<Record<string, string>> = {
  "src/containers/shared-map.ts": "the way to make a snapshot, given by its class",
  "src/containers/shared-vector.ts": "the way to make a snapshot, given by its class",
  "src/memory/packed.ts": "the ways to make and to retain a handle, given by its class",
  "src/environment/shared.ts": "the way to the place of a shared environment, given by its class",
  "src/environment/environment.ts": "the way to what an environment hides, given by its class",
  "src/base/work.ts": "the work that the thread has done since somebody was asked for time",
  "src/parallel/pools.ts": "which objects are pools, for who takes one",
  "src/term/resolve.ts": "the counter that makes renamed variables of the thread unique",
};

const sources = readSources("src");
const compiled = [...sources, ...readSources("workers"), ...readSources("bench")];

function offenders(files: readonly SourceFile[], breaks: (file: SourceFile) => boolean): string[] {
  return files.filter(breaks).map((file) => file.path);
}

/**
 * Functions that have more parameters than five, by folder and name, with how many. The list may only become
 * shorter, and an entry that says too much has to go: give what is passed together a record or a noun, and take the function out.
 */
const MANY_PARAMETERS: Readonly<Record<string, number>> = {
  "src/eval#search": 7,
  "src/sync#step": 6,
};

describe("source files", () => {
  it(`have at most ${MAXIMUM_LINES} lines`, () => {
    expect(
      offenders(compiled, (file) => file.text.trimEnd().split("\n").length > MAXIMUM_LINES),
    ).toEqual([]);
  });

  it(`have at most ${MOST_PARAMETERS} parameters in a function`, () => {
    const most: Record<string, number> = {};
    for (const { key, count } of functionsWithMore("src", MOST_PARAMETERS)) {
      most[key] = Math.max(most[key] ?? 0, count);
    }
    expect(most).toEqual(MANY_PARAMETERS);
  });

  it("begin with a header comment that says what they are", () => {
    expect(offenders(compiled, (file) => !/^(#![^\n]*\n)?\/\*\*?[\s*]+\S/.test(file.text))).toEqual(
      [],
    );
  });

  it("export nothing by default and nothing by star", () => {
    expect(offenders(compiled, (file) => /^export (default\b|\*)/m.test(file.code))).toEqual([]);
  });

  it("read the process's environment and arguments only in src/cli", () => {
    const readers = offenders(sources, (file) =>
      /\bprocess\.(env|argv|execArgv)\b|import \{[^}]*\b(env|argv)\b[^}]*\} from "node:process"/.test(
        file.code,
      ),
    );
    expect(readers.filter((path) => !path.startsWith("src/cli/"))).toEqual([]);
  });

  it("hold no mutable state in a module", () => {
    const mutable =
      /^(export )?(let|var) |^(export )?const \w+(: (Map|Set|WeakMap|WeakSet)\b[^=]*)? = new (Map|Set|WeakMap|WeakSet)\b[^(]*\(\s*\)/m;
    const found = offenders(sources, (file) => mutable.test(file.code));
    expect(found.toSorted()).toEqual(Object.keys(ALLOWED_STATE).toSorted());
  });

  it("hide members by #names, which hold at run time too; `private` is for constructors", () => {
    const hidden = /^\s+(static |readonly |async )*private (?!constructor\b)/m;
    expect(offenders(compiled, (file) => hidden.test(file.code))).toEqual([]);
  });

  it("contain no code in a string that is run as a worker", () => {
    expect(offenders(sources, (file) => /\beval:\s*true\b/.test(file.code))).toEqual([]);
  });

  it(`declare no interface or class of more than ${MAXIMUM_MEMBERS} members`, () => {
    const bags = sources.flatMap((file) =>
      declarationsOf(file.code)
        .filter((declaration) => declaration.members > MAXIMUM_MEMBERS)
        .map(({ name, members }) => `${file.path}: ${name} has ${members}`),
    );
    expect(bags).toEqual([]);
  });
});

describe("the lockfile", () => {
  it("carries no download addresses", () => {
    const lockfile = readFileSync(join(ROOT, "package-lock.json"), "utf8");
    // Workspaces are resolved to their folders.
    expect(lockfile).not.toMatch(/"resolved": "(?!docs\/site")/);
    expect(lockfile).not.toMatch(/https?:\/\/[^"]*registry/);
  });

  it("pins every package by its content, but for builds of other platforms", () => {
    const unpinned = packages()
      .filter(([path, entry]) => !isOfThisProject(path, entry) && entry.integrity === undefined)
      .filter(([, entry]) => entry.optional !== true || entry.os === undefined);
    expect(unpinned.map(([path]) => path)).toEqual([]);
  });

  it("has an entry for each optional package, so that npm ci accepts it on every platform", () => {
    const known = new Set(packages().map(([path]) => path));
    const missing = packages()
      .flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => !known.has(`node_modules/${name}`));
    expect(missing).toEqual([]);
  });
});

/** The root, and its workspaces with the links to them. */
function isOfThisProject(path: string, { link }: LockedPackage): boolean {
  return link === true || !path.startsWith("node_modules/");
}

interface LockedPackage {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function packages(): [string, LockedPackage][] {
  const lockfile: { packages: Record<string, LockedPackage> } = JSON.parse(
    readFileSync(join(ROOT, "package-lock.json"), "utf8"),
  );
  return Object.entries(lockfile.packages);
}

/** The interfaces and classes of a file with the number of their members, found by counting braces. */
function declarationsOf(code: string): { name: string; members: number }[] {
  const found: { name: string; members: number }[] = [];
  for (const match of code.matchAll(/\b(?:interface|class) (\w+)[^{]*\{/g)) {
    found.push({ name: match[1]!, members: countMembers(code, match.index + match[0].length) });
  }
  return found;
}

/** Members end with `;` or with the brace that closes a method's body. */
function countMembers(code: string, start: number): number {
  let depth = 1;
  let members = 0;
  for (let index = start; depth > 0 && index < code.length; index += 1) {
    const character = code[index]!;
    if ("{([".includes(character)) depth += 1;
    if ("})]".includes(character)) depth -= 1;
    const closesBody =
      character === "}" && depth === 1 && !/^\s*[;,)=|&[]/.test(code.slice(index + 1));
    if (depth === 1 && (character === ";" || closesBody)) members += 1;
  }
  return members;
}
