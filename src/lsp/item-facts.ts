/**
 * What one item says: the names that it defines, calls, and otherwise uses. All places count from the start of the
 * item, so that the facts of an item stay true where it moves.
 *
 *     (: half (-> Number Number))      defines half: a type
 *     (= (half $x) (/ $x 2))           defines half: a rule of one argument; calls /
 *     (parent Ann Bob)                 defines parent: a fact of two; Ann and Bob are known from here on
 *     !(bind! &kb (new-space))         defines &kb: a word; calls bind!, new-space
 *     !(import! &self rivers)          imports rivers
 */
import type { ItemSyntax, SyntaxNode } from "../syntax/tree.js";
import { type Part, partOf } from "./parts.js";

/** From `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export type DefinitionKind = "rule" | "type" | "fact" | "word" | "documentation";

export interface Definition extends Place {
  readonly name: string;
  readonly kind: DefinitionKind;
  /** How many arguments its rule or fact has. */
  readonly arity: number;
}

export interface Call extends Place {
  readonly name: string;
  /** The whole call. */
  readonly node: SyntaxNode;
  readonly given: number;
  /** Where it stands: below a `!`, in the body of a rule, or as a pattern, which is only looked for. */
  readonly where: "question" | "body" | "pattern";
}

export interface Occurrence extends Place {
  readonly name: string;
  readonly isVariable: boolean;
}

export interface Import extends Place {
  readonly name: string;
}

export interface ItemFacts {
  readonly definitions: readonly Definition[];
  readonly calls: readonly Call[];
  /** Every word and variable. */
  readonly occurrences: readonly Occurrence[];
  readonly imports: readonly Import[];
  /** Words of which the item says something, so that they are no slips. */
  readonly known: ReadonlySet<string>;
  /** Names with their numbers of arguments, as {@link shapeOf}, of what is there to be found. */
  readonly shapes: ReadonlySet<string>;
}

export function shapeOf(name: string, given: number): string {
  return `${given} ${name}`;
}

/** What is to be looked at, and what it is for. */
interface Task {
  readonly node: SyntaxNode;
  readonly part: Part;
  readonly where: Call["where"];
}

export function factsOf(item: ItemSyntax): ItemFacts {
  return new Reading(item).read();
}

class Reading {
  readonly #item: ItemSyntax;
  readonly #definitions: Definition[] = [];
  readonly #calls: Call[] = [];
  readonly #occurrences: Occurrence[] = [];
  readonly #imports: Import[] = [];
  readonly #known = new Set<string>();
  readonly #shapes = new Set<string>();
  readonly #tasks: Task[] = [];

  constructor(item: ItemSyntax) {
    this.#item = item;
  }

  read(): ItemFacts {
    const { atom, evaluate } = this.#item;
    if (atom !== null && evaluate) this.#later(atom, "evaluated", "question");
    else if (atom !== null) this.#statement(atom);
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      if (task.node.kind === "list") this.#list(task.node, task);
      else this.#leaf(task.node, task);
    }
    this.#occurrences.sort((one, other) => one.start - other.start);
    return {
      definitions: this.#definitions,
      calls: this.#calls,
      occurrences: this.#occurrences,
      imports: this.#imports,
      known: this.#known,
      shapes: this.#shapes,
    };
  }

  #text({ start, end }: Place): string {
    return this.#item.text.slice(start, end);
  }

  #later(node: SyntaxNode, part: Part, where: Call["where"]): void {
    this.#tasks.push({ node, part, where });
  }

  /** The word at the head of a list, or a word itself. */
  #headOf(node: SyntaxNode): SyntaxNode | undefined {
    const head = node.kind === "list" ? node.children[0] : node;
    return head?.kind === "word" ? head : undefined;
  }

  #define(node: SyntaxNode | undefined, kind: DefinitionKind): void {
    const head = node === undefined ? undefined : this.#headOf(node);
    if (node === undefined || head === undefined) return;
    const arity = node.kind === "list" ? node.children.length - 1 : 0;
    const { start, end } = head;
    this.#definitions.push({ name: this.#text(head), kind, arity, start, end });
  }

  /** An item without `!`. */
  #statement(atom: SyntaxNode): void {
    const head = this.#headOf(atom);
    const name = head === undefined || atom.kind !== "list" ? "" : this.#text(head);
    const [, first, second] = atom.children;
    if (name === "=" && atom.children.length === 3) {
      this.#define(first, "rule");
      this.#leaf(head!, { node: head!, part: "data", where: "body" });
      this.#later(first!, "added", "body");
      this.#later(second!, "evaluated", "body");
      return;
    }
    if (name === ":") this.#define(first, "type");
    else if (name === "@doc") this.#define(first, "documentation");
    else this.#define(atom, "fact");
    this.#later(atom, "added", "body");
  }

  #leaf(node: SyntaxNode, { part, where }: Task): void {
    if (node.kind === "number") return;
    if (part === "module") this.#imports.push({ ...placeOf(node), name: this.#moduleName(node) });
    if (part === "module" || node.kind === "string") return;
    const name = this.#text(node);
    const isVariable = node.kind === "variable";
    this.#occurrences.push({ ...placeOf(node), name, isVariable });
    if (isVariable) return;
    if (part === "bound") this.#define(node, "word");
    if (part === "added" || part === "bound") this.#known.add(name);
    const isSpace = name.startsWith("&") && name !== "&self";
    if (isSpace && part === "evaluated") {
      this.#calls.push({ ...placeOf(node), name, node, given: -1, where });
    }
  }

  #moduleName(node: SyntaxNode): string {
    const text = this.#text(node);
    return node.kind === "string" ? text.slice(1, -1) : text;
  }

  #list(node: SyntaxNode, { part, where }: Task): void {
    const head = this.#headOf(node);
    if (part === "bindings" || part === "cases") {
      this.#pairs(node, where);
      return;
    }
    const name = head === undefined ? "" : this.#text(head);
    if (part === "evaluated" || part === "pattern") this.#call(node, head, part, where);
    if (part === "added") this.#shapes.add(shapeOf(name, node.children.length - 1));
    for (const [index, child] of node.children.entries()) {
      if (index === 0 && head !== undefined) {
        this.#leaf(head, { node: head, part: part === "added" ? "added" : "data", where });
      } else {
        this.#later(child, this.#partOfChild(name, index, part), where);
      }
    }
  }

  #partOfChild(name: string, index: number, part: Part): Part {
    if (part === "pattern") return name === "," ? "pattern" : "data";
    return part === "evaluated" && index > 0 ? partOf(name, index - 1) : part;
  }

  #call(
    node: SyntaxNode,
    head: SyntaxNode | undefined,
    part: "evaluated" | "pattern",
    where: Call["where"],
  ): void {
    if (head === undefined) return;
    const name = this.#text(head);
    const given = node.children.length - 1;
    const place = part === "pattern" ? "pattern" : where;
    this.#calls.push({ ...placeOf(head), name, node, given, where: place });
  }

  /** `((pattern value) …)`: each value is evaluated. */
  #pairs(list: SyntaxNode, where: Call["where"]): void {
    for (const pair of list.children) {
      const [pattern, value] = pair.children;
      if (pair.kind !== "list" || pattern === undefined) {
        this.#later(pair, "data", where);
        continue;
      }
      this.#later(pattern, "data", where);
      for (const more of pair.children.slice(1))
        this.#later(more, more === value ? "evaluated" : "data", where);
    }
  }
}

function placeOf({ start, end }: Place): Place {
  return { start, end };
}
