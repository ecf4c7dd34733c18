/** Which names the modules of the project export, and which files import them; found with a parser, by name. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { ROOT } from "./sources.js";

const FOLDERS = ["src", "workers", "bench", "test", "examples"];

/** A name that a file of src exports, as `src/base/assert.ts#assert`, and the files that import it. */
export interface Export {
  readonly key: string;
  readonly importers: readonly string[];
}

/** Every name that a module below src exports by a declaration of its own. */
export function readExports(): Export[] {
  const declared: string[] = [];
  const importers = new Map<string, Set<string>>();
  const use = (key: string, file: string): void => {
    importers.set(key, (importers.get(key) ?? new Set()).add(file));
  };
  for (const file of modulePaths()) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const node of parseAst(text, { lang: file.endsWith(".ts") ? "ts" : "js" }, file).body) {
      if (node.type === "ImportDeclaration") {
        for (const name of importedNames(node))
          use(`${targetOf(file, node.source.value)}#${name}`, file);
      } else if (node.type === "ExportNamedDeclaration" && node.source) {
        for (const one of node.specifiers)
          use(`${targetOf(file, node.source.value)}#${nameOf(one.local)}`, file);
      } else if (node.type === "ExportNamedDeclaration" && node.declaration) {
        if (file.startsWith("src/"))
          declared.push(...declaredNames(node.declaration).map((name) => `${file}#${name}`));
      }
    }
    // What is imported when the program runs may be any of the module's names.
    for (const [, specifier] of text.matchAll(/import\(\s*"(\.[^"]+)"\s*\)/g))
      use(`${targetOf(file, specifier!)}#*`, file);
  }
  return declared.map((key) => {
    const all = [...(importers.get(key) ?? []), ...(importers.get(key.replace(/#.*/, "#*")) ?? [])];
    return { key, importers: all };
  });
}

function modulePaths(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/")),
  ).toSorted();
}

/** The source file that an import means; a module of dist/ is the source that it was built from. */
function targetOf(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = relative(ROOT, resolve(ROOT, dirname(file), specifier))
    .split(sep)
    .join("/");
  return path.replace(/\.js$/, ".ts").replace(/^dist\//, "");
}

type Statement = ReturnType<typeof parseAst>["body"][number];
type Import = Extract<Statement, { type: "ImportDeclaration" }>;
type Declaration = NonNullable<
  Extract<Statement, { type: "ExportNamedDeclaration" }>["declaration"]
>;

function importedNames(node: Import): string[] {
  return node.specifiers.map((one) =>
    one.type === "ImportSpecifier" ? nameOf(one.imported) : "*",
  );
}

function nameOf(
  name: { type: "Identifier"; name: string } | { type: "Literal"; value: string },
): string {
  return name.type === "Identifier" ? name.name : name.value;
}

function declaredNames(declaration: Declaration): string[] {
  const parts =
    declaration.type === "VariableDeclaration" ? declaration.declarations : [declaration];
  return parts.flatMap((part) => (part.id && part.id.type === "Identifier" ? [part.id.name] : []));
}
