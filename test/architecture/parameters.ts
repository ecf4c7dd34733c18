/** The functions of the project's sources with many parameters; found with a parser. */
import { parseAst } from "rolldown/parseAst";
import { readSources } from "./sources.js";

/** A function by its folder and name, as `src/sync#step`, and how many parameters it has. */
export interface LongList {
  readonly key: string;
  readonly count: number;
}

/** What is looked at of a node of the syntax tree. */
interface Node {
  readonly type: string;
  readonly params?: readonly unknown[];
  readonly body?: unknown;
  readonly id?: { readonly name?: unknown } | null;
  readonly key?: { readonly name?: unknown };
}

/** Functions, methods and constructors below `folder` with more than `most` parameters. */
export function functionsWithMore(folder: string, most: number): LongList[] {
  const found: LongList[] = [];
  for (const { path, text } of readSources(folder)) {
    const [area] = /^src\/\w+/.exec(path) ?? [path];
    const visit = (node: Node, name: string): void => {
      const count = parametersOf(node);
      if (count > most) found.push({ key: `${area}#${name}`, count });
      for (const child of childrenOf(node)) visit(child, nameOf(child) ?? name);
    };
    visit(parseAst(text, { lang: "ts" }, path), "");
  }
  return found;
}

/** 0 for what is no function with a body: types and interfaces do not count. */
function parametersOf({ type, body, params = [] }: Node): number {
  const isFunction = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(
    type,
  );
  return isFunction && body !== null ? params.length : 0;
}

/** The name that a declaration, a method or a field gives to what is in it. */
function nameOf({ type, id, key }: Node): string | undefined {
  const isMember = type === "MethodDefinition" || type === "PropertyDefinition";
  const name = (isMember ? key : id)?.name;
  return typeof name === "string" ? name : undefined;
}

function* childrenOf(node: Node): Iterable<Node> {
  for (const value of Object.values(node) as unknown[]) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof (each as Node | null)?.type === "string") yield each as Node;
    }
  }
}
