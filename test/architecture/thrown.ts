/** Which error codes the public functions and methods throw by themselves or by what they call in their own file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { ROOT } from "./sources.js";

/** A function or a method that users call. */
export interface Callable {
  /** `evaluate`, or `Heap.create`. */
  readonly name: string;
  /** What is said of it: in its comment, in those of the methods that it links to, and in that of its class. */
  readonly doc: string;
  readonly codes: readonly string[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Those of a declaration in `src/MODULE.ts`: the function itself, or the methods of a class that are not internal. */
export function callablesOf(module: string, name: string): Callable[] {
  const path = `src/${module}.ts`;
  const text = readFileSync(join(ROOT, path), "utf8");
  const body = parseAst(text, { lang: "ts" }, path).body as unknown as readonly Node[];
  const declared = body.map((statement) => ({
    at: statement.start,
    node: (statement.declaration ?? statement) as Node,
  }));
  const functions = new Map(
    declared
      .filter(({ node }) => node.type === "FunctionDeclaration")
      .map(({ node }) => [nameOf(node.id), node]),
  );
  const found = declared.find(({ node }) => nameOf(node.id) === name);
  if (found === undefined) return [];
  const doc = docBefore(text.slice(0, found.at));
  if (found.node.type === "FunctionDeclaration") {
    return [{ name, doc, codes: codesOf(found.node, functions) }];
  }
  if (found.node.type !== "ClassDeclaration") return [];
  const members = ((found.node.body as Node).body as readonly Node[]).filter(
    ({ type }) => type === "MethodDefinition",
  );
  const callees = new Map([
    ...functions,
    ...members.map((member) => [keyOf(member), member] as const),
  ]);
  const docs = new Map(
    members.map((member) => [keyOf(member), docBefore(text.slice(0, member.start))]),
  );
  return members
    .filter((member) => isPublic(member) && !docs.get(keyOf(member))!.includes("@internal"))
    .map((member) => ({
      name: `${name}.${keyOf(member)}`,
      doc: `${doc}${withLinked(keyOf(member), docs)}`,
      codes: codesOf(member, callees),
    }));
}

/** The comment of a method with those that it links to: "as {@link evaluateAll}". */
function withLinked(
  name: string,
  docs: ReadonlyMap<string, string>,
  seen = new Set([name]),
): string {
  const own = docs.get(name) ?? "";
  const linked = Array.from(own.matchAll(/\{@link (\w+)\}/g), ([, other]) => other!);
  const others = linked.filter((other) => !seen.has(other));
  return own + others.map((other) => withLinked(other, docs, seen.add(other))).join("");
}

function isPublic(member: Node): boolean {
  return (
    member.computed !== true &&
    member.accessibility !== "private" &&
    (member.key as Node).type === "Identifier" &&
    keyOf(member) !== "constructor"
  );
}

/** What is thrown in a function, and in what it calls of `callees`. */
function codesOf(start: Node, callees: ReadonlyMap<string, Node>): string[] {
  const codes = new Set<string>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.type === "NewExpression" && nameOf(node.callee) === "OxbowError") {
      const [code] = node.arguments as readonly Node[];
      if (typeof code?.value === "string") codes.add(code.value);
    }
    const callee = node.type === "CallExpression" ? callees.get(calleeOf(node)) : undefined;
    if (callee !== undefined) visit(callee);
    for (const inner of Object.values(node).flat()) if (isNode(inner)) visit(inner);
  };
  visit(start);
  return [...codes].toSorted();
}

/** `f` for `f()`, `#m` for `this.#m()`. */
function calleeOf(call: Node): string {
  const callee = call.callee as Node;
  if (callee.type === "Identifier") return nameOf(callee);
  const isOwn = callee.type === "MemberExpression" && isNode(callee.object);
  return isOwn && (callee.object as Node).type === "ThisExpression" ? nameOf(callee.property) : "";
}

/** `#m` for a private method, as a name of its own. */
function keyOf(member: Node): string {
  return nameOf(member.key);
}

function nameOf(value: unknown): string {
  if (!isNode(value) || typeof value.name !== "string") return "";
  return value.type === "PrivateIdentifier" ? `#${value.name}` : value.name;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function docBefore(text: string): string {
  return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text)?.[0] ?? "";
}
