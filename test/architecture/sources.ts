/** The project's own source files as text, for the tests that hold the architecture in place. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

export interface SourceFile {
  /** From the project's root, with forward slashes: `src/term/atom.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, and with string contents emptied except in import clauses. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** The project file meant (`src/term/atom.ts`), or the package's name. */
  readonly target: string;
  readonly isPackage: boolean;
  readonly typeOnly: boolean;
}

/** Every TypeScript file under `folder`, in a stable order. */
export function readSources(folder: string): SourceFile[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return files.toSorted().map((path) => readSource(path));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, code: stripCommentsAndStrings(text), imports: importsOf(path, text) };
}

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/gm;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const match of stripComments(text).matchAll(IMPORT)) {
    const specifier = match[2] ?? match[3]!;
    const isPackage = !specifier.startsWith(".");
    const target = isPackage ? specifier : resolveImport(path, specifier);
    found.push({ target, isPackage, typeOnly: match[1] !== undefined });
  }
  return found;
}

function resolveImport(from: string, specifier: string): string {
  const absolute = resolve(ROOT, dirname(from), specifier).replace(/\.js$/, ".ts");
  return relative(ROOT, absolute).split(sep).join("/");
}

// Comments, strings, templates and regular expressions, in the order in which they are tried.
const LEXEME =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;

function stripComments(text: string): string {
  return text.replace(LEXEME, (lexeme) => (/^\/[*/]/.test(lexeme) ? "" : lexeme));
}

function stripCommentsAndStrings(text: string): string {
  return text.replace(LEXEME, (lexeme) => (/^\/[*/]/.test(lexeme) ? "" : '""'));
}

/** The folder of a source file below `src/`: `term` for `src/term/atom.ts`. */
export function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}
