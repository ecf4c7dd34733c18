import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "./consumer.js";

let consumer: Consumer;
let root: string;
let files: string[];
beforeAll(() => {
  consumer = Consumer.create();
  root = consumer.path("node_modules/oxbow");
  files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}, 120_000);
afterAll(() => consumer.remove());

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

describe("the package", () => {
  it("has nothing that publint complains of", async () => {
    // What is unpacked is what was packed.
    const { messages, pkg } = await publint({ pkgDir: root, pack: false, strict: true });
    expect(pkg).toMatchObject({ name: "oxbow" });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("has types that say what is there, in every way in which it can be resolved", async () => {
    const bytes = new Uint8Array(readFileSync(consumer.tarball));
    const result = await checkPackage(createPackageFromTarballData(bytes));
    expect(result).toMatchObject({ types: { kind: "included" } });
    const problems = "problems" in result ? result.problems : [];
    // `node10` knows no `exports`; that a CommonJS module gets an ECMAScript one is meant, and Node.js can do it.
    const unexpected = problems.filter(
      (problem) =>
        problem.kind !== "CJSResolvesToESM" &&
        !("resolutionKind" in problem && problem.resolutionKind === "node10"),
    );
    expect(unexpected).toEqual([]);
  });

  it("holds what is built and nothing of the sources, the tests and the benchmarks", () => {
    expect(files).toContain("dist/src/index.js");
    expect(files).toContain("dist/types/index.d.ts");
    expect(files).toContain("dist/src/command/oxbow.js");
    const folders = new Set(files.map((path) => path.split("/").slice(0, 2).join("/")));
    expect(
      [...folders].filter((path) => /^(?:src|test|dist\/bench|dist\/test)/.test(path)),
    ).toEqual([]);
  });

  it("names no source maps", () => {
    expect(files.filter((path) => path.endsWith(".map"))).toEqual([]);
    const code = files.filter((path) => /\.(?:[cm]?js|d\.[cm]?ts)$/.test(path));
    expect(code.filter((path) => read(path).includes("sourceMappingURL"))).toEqual([]);
  });

  it("has whatever its documents link to", () => {
    const documents = files.filter((path) => path.endsWith(".md"));
    expect(documents).toContain("README.md");
    const dead = documents.flatMap((path) =>
      [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !/^https?:/.test(target))
        .filter((target) => {
          const found = relative(root, resolve(root, dirname(path), target));
          return !files.some((each) => each === found || each.startsWith(`${found}/`));
        })
        .map((target) => `${path}: ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it("says where the project is", () => {
    const manifest = JSON.parse(read("package.json")) as Record<string, unknown>;
    for (const field of ["homepage", "repository", "bugs"]) {
      expect(JSON.stringify(manifest[field])).toContain("https://github.com/oxbow-lang/oxbow");
    }
  });
});
