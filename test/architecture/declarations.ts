/**
 * The declarations that an entry of the package offers, followed by name through the emitted `.d.ts` files: which
 * names it exports, what their declarations say, and which other declarations they lead to.
 */
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { ROOT } from "./sources.js";

export interface Declared {
  /** Where it is declared: `term/atom` for `dist/types/term/atom.d.ts`. */
  readonly module: string;
  readonly name: string;
  /** Its text without comments; of several overloads, one below the other. */
  readonly text: string;
  /** Its doc comment as one line, without the signs around it; empty if there is none. */
  readonly doc: string;
  /** Members that users call or read and that have no doc comment. */
  readonly bareMembers: readonly string[];
}

export interface Entry {
  /** By the name under which the entry exports it. */
  readonly exported: ReadonlyMap<string, Declared>;
  /** Everything that the exported declarations lead to, themselves included, by module and name. */
  readonly reached: ReadonlyMap<string, Declared>;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly accessibility?: unknown;
  readonly body?: unknown;
  readonly computed?: unknown;
  readonly declaration?: unknown;
  readonly declarations?: unknown;
  readonly exported?: unknown;
  readonly id?: unknown;
  readonly imported?: unknown;
  readonly key?: unknown;
  readonly left?: unknown;
  readonly local?: unknown;
  readonly name?: unknown;
  readonly object?: unknown;
  readonly source?: unknown;
  readonly typeName?: unknown;
  readonly exprName?: unknown;
  readonly superClass?: unknown;
  readonly expression?: unknown;
  readonly specifiers?: unknown;
  readonly value?: unknown;
}

interface Place {
  readonly module: string;
  readonly name: string;
}

interface Module {
  readonly declared: ReadonlyMap<string, Declared & { readonly references: readonly string[] }>;
  /** What names of other modules are called here. */
  readonly imported: ReadonlyMap<string, Place>;
  /** What is exported under another name, or from another module. */
  readonly passedOn: ReadonlyMap<string, Place>;
}

/** `entry` is a module below `dist/types`: `index`. */
export function readEntry(entry: string): Entry {
  const modules = new Map<string, Module>();
  const moduleAt = (name: string): Module => {
    const known = modules.get(name) ?? readModule(name);
    modules.set(name, known);
    return known;
  };
  /** The declaration that a name means inside a module; undefined for a name of the language or another package. */
  const find = (module: string, name: string): Place | undefined => {
    const here = moduleAt(module);
    if (here.declared.has(name)) return { module, name };
    const there = here.imported.get(name) ?? here.passedOn.get(name);
    return there && find(there.module, there.name);
  };

  const reached = new Map<string, Declared>();
  const visit = (place: Place): Declared => {
    const key = `${place.module}#${place.name}`;
    const declared = moduleAt(place.module).declared.get(place.name)!;
    if (reached.has(key)) return declared;
    reached.set(key, declared);
    for (const reference of declared.references) {
      const found = find(place.module, reference);
      if (found) visit(found);
    }
    return declared;
  };
  const exported = new Map<string, Declared>();
  for (const name of moduleAt(entry).passedOn.keys()) {
    const place = find(entry, name);
    if (!place) throw new Error(`${entry} exports ${name}, which is declared nowhere`);
    exported.set(name, visit(place));
  }
  return { exported, reached };
}

function readModule(module: string): Module {
  const path = join(ROOT, "dist/types", `${module}.d.ts`);
  const text = readFileSync(path, "utf8");
  const declared = new Map<string, Declared & { references: string[] }>();
  const imported = new Map<string, Place>();
  const passedOn = new Map<string, Place>();
  const body = parseAst(text, { lang: "dts" }, path).body as unknown as readonly Node[];
  for (const statement of body) {
    const source = moduleOf(module, statement.source);
    const specifiers = (statement.specifiers ?? []) as readonly Node[];
    if (statement.type === "ImportDeclaration" && source !== undefined) {
      for (const one of specifiers)
        imported.set(textOf(one.local), { module: source, name: textOf(one.imported) });
    } else if (statement.type === "ExportNamedDeclaration" && !statement.declaration) {
      for (const one of specifiers)
        passedOn.set(textOf(one.exported), {
          module: source ?? module,
          name: textOf(one.local),
        });
    } else if (statement.type !== "ImportDeclaration") {
      const node = (statement.declaration ?? statement) as Node;
      for (const { name, part } of partsOf(node)) {
        const before = declared.get(name);
        const own = withoutComments(text.slice(statement.start, statement.end));
        declared.set(name, {
          module,
          name,
          text: before ? `${before.text}\n${own}` : own,
          doc: before?.doc ?? docBefore(text.slice(0, statement.start)),
          bareMembers: [...(before?.bareMembers ?? []), ...bareMembersOf(part, text)],
          references: [...(before?.references ?? []), ...referencesOf(part)],
        });
      }
    }
  }
  return { declared, imported, passedOn };
}

function partsOf(declaration: Node): { name: string; part: Node }[] {
  const parts = (declaration.declarations ?? [declaration]) as readonly Node[];
  return parts.filter((part) => part.id).map((part) => ({ name: textOf(part.id), part }));
}

/** What every object has, and what is called by the language, says itself what it is. */
const PLAIN: ReadonlySet<string> = new Set(["constructor", "toString"]);

/** Of a class or an interface; overloads are told of once. */
function bareMembersOf(declaration: Node, text: string): string[] {
  const body = isNode(declaration.body) ? declaration.body.body : undefined;
  const members = (Array.isArray(body) ? (body as readonly Node[]) : []).filter(
    ({ accessibility, computed, key }) =>
      accessibility === undefined && computed !== true && isNode(key) && key.type === "Identifier",
  );
  const told = new Set<string>(PLAIN);
  const bare = new Set<string>();
  for (const { start, key } of members) {
    const name = textOf(key);
    if (docBefore(text.slice(0, start)) !== "") told.add(name);
    else bare.add(name);
  }
  return [...bare].filter((name) => !told.has(name));
}

/** The module that an import names, if it is one of this package. */
function moduleOf(from: string, source: unknown): string | undefined {
  if (!isNode(source)) return undefined;
  const specifier = String(source.value);
  if (!specifier.startsWith(".")) return undefined;
  const folder = join(ROOT, "dist/types");
  const path = relative(folder, resolve(folder, dirname(from), specifier));
  return path.split(sep).join("/").replace(/\.js$/, "");
}

/** The names that a declaration refers to: of types, of values whose type it asks for, of what it extends. */
function referencesOf(node: Node): string[] {
  const own = [node.typeName, node.exprName, node.superClass, node.expression]
    .filter(isNode)
    .map(leftmost)
    .filter((one) => one.type === "Identifier")
    .map(textOf);
  if (node.computed === true && isNode(node.key)) own.push(textOf(leftmost(node.key)));
  const inner = Object.values(node)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode)
    .flatMap(referencesOf);
  return [...own, ...inner];
}

/** `A` of `A.B.C`. */
function leftmost(node: Node): Node {
  const inner = node.left ?? node.object;
  return isNode(inner) ? leftmost(inner) : node;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function textOf(name: unknown): string {
  return isNode(name) ? String(name.name ?? name.value) : "";
}

/** What the doc comment at the end of a text says. */
function docBefore(text: string): string {
  const [, doc] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text) ?? [];
  return (doc ?? "")
    .replace(/^\s*\*/gm, "")
    .replace(/\{@link ([^}]*)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n");
}
