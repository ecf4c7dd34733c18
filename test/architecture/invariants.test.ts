import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./sources.js";

/** ` *   S1  The reference count …` in a file of src. */
const DEFINITION = /^\s*\*\s+([A-Z]{1,4}\d{1,2})\s{1,3}\S/;
const CITATION = /(?<![\w.$-])([A-Z]{1,4}\d{1,2})(?![\w.])/g;
const RANGE = /\b([A-Z]{1,4})(\d{1,2})(?: to | … )\1(\d{1,2})\b/g;

const defined = new Map<string, string[]>();
const cited = new Map<string, string[]>();

for (const folder of ["src", "workers", "test", "docs"]) {
  for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ts|mjs|md)$/.test(entry.name)) continue;
    const path = relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/");
    if (!path.includes("node_modules/")) readFile(path);
  }
}

function readFile(path: string): void {
  for (const [index, line] of readFileSync(join(ROOT, path), "utf8").split("\n").entries()) {
    const id = path.startsWith("src/") ? DEFINITION.exec(line)?.[1] : undefined;
    if (id !== undefined) defined.set(id, [...(defined.get(id) ?? []), path]);
    for (const one of idsIn(line)) {
      if (one !== id) cited.set(one, [...(cited.get(one) ?? []), `${path}:${index + 1}`]);
    }
  }
}

function idsIn(line: string): string[] {
  const ranges = [...line.matchAll(RANGE)].flatMap(([, prefix, from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, k) => `${prefix}${Number(from) + k}`),
  );
  return [...[...line.matchAll(CITATION)].map(([, id]) => id!), ...ranges];
}

function prefixOf(id: string): string {
  return id.replace(/\d+$/, "");
}

describe("the invariants that headers number", () => {
  it("are found", () => {
    expect(defined.size).toBeGreaterThan(150);
    expect(defined.get("S1")).toEqual(["src/memory/segment.ts"]);
  });

  it("have one definition each", () => {
    expect([...defined].filter(([, files]) => files.length > 1)).toEqual([]);
  });

  it("of one prefix are all in one file", () => {
    const files = new Map<string, Set<string>>();
    for (const [id, [file]] of defined) {
      const prefix = prefixOf(id);
      files.set(prefix, (files.get(prefix) ?? new Set()).add(file!));
    }
    expect([...files].filter(([, paths]) => paths.size > 1)).toEqual([]);
  });

  it("are all that is cited under their prefixes", () => {
    const prefixes = new Set([...defined.keys()].map(prefixOf));
    const unknown = [...cited].filter(([id]) => prefixes.has(prefixOf(id)) && !defined.has(id));
    expect(unknown).toEqual([]);
  });

  it("are cited where something checks them or relies on them", () => {
    const uncited = [...defined.keys()].filter((id) => !cited.has(id));
    expect(uncited).toEqual([]);
  });
});
