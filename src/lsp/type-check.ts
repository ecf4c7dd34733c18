/**
 * Type errors, found by the checker that programs are evaluated with. Types are what the family of a program declares;
 * typing is gradual, so of what nothing is declared nothing is said.
 *
 *   TC1  What was found of an item holds as long as its text and all declarations are the same.
 */
import { Environment } from "../environment/environment.js";
import { Evaluator } from "../eval/evaluator/evaluator.js";
import { Heap } from "../memory/heap.js";
import { parallelLibrary } from "../parallel/library.js";
import type { ItemSyntax, SyntaxNode } from "../syntax/tree.js";
import { type Atom, EXPRESSION, symbol } from "../term/atom.js";
import { parseAtom } from "../term/parser.js";
import { print } from "../term/printer.js";
import type { Call, ItemFacts, Place } from "./item-facts.js";
import type { Item, ProgramDocument } from "./program-document.js";

interface TypeProblem extends Place {
  readonly message: string;
}

const DECLARES = /^\(\s*:<?\s/;
const NONE: readonly TypeProblem[] = [];
/** Of the calls of one item, which are in each other: what is around deep nesting is left out. */
const MOST_CHARACTERS = 200_000;

export class TypeCheck {
  readonly #heap = Heap.create();
  readonly #evaluator = new Evaluator(parallelLibrary());
  #environment: Environment | null = null;
  #declarations = "";
  /** By what an item's text means, which is one object as long as the text is there (TC1). */
  #found = new WeakMap<ItemSyntax, readonly TypeProblem[]>();

  /** To be called when a program of the family has changed, before its items are checked. */
  prepare(family: readonly ProgramDocument[]): void {
    const texts = family.flatMap(({ items }) => items.flatMap(declarationOf));
    const declarations = texts.join("\n");
    if (this.#environment !== null && declarations === this.#declarations) return;
    this.#environment?.dispose();
    const environment = Environment.create(this.#heap);
    this.#evaluator.evaluate(environment, parseAtom("(pragma! type-check auto)"));
    environment.addAll(texts.map((text) => parseAtom(text)));
    this.#environment = environment;
    this.#declarations = declarations;
    this.#found = new WeakMap();
  }

  /** Whether an item has been checked with these declarations. */
  isKnown({ syntax }: Item): boolean {
    return this.#found.has(syntax);
  }

  problemsOf({ syntax, facts }: Item): readonly TypeProblem[] {
    const known = this.#found.get(syntax);
    if (known !== undefined) return known;
    const found =
      syntax.problems.length > 0 || syntax.atom === null ? NONE : this.#check(syntax, facts);
    this.#found.set(syntax, found);
    return found;
  }

  close(): void {
    this.#environment?.dispose();
    this.#environment = null;
  }

  /** The innermost calls that are wrong; what stands around these is wrong because of them. */
  #check(syntax: ItemSyntax, { calls }: ItemFacts): readonly TypeProblem[] {
    const found: TypeProblem[] = [];
    const inner = calls.filter(({ where, given }) => where !== "pattern" && given >= 0);
    let characters = 0;
    for (const call of inner.toSorted(innermostFirst)) {
      const { node } = call;
      characters += node.end - node.start;
      if (characters > MOST_CHARACTERS) break;
      if (found.some(({ start }) => node.start <= start && start < node.end)) continue;
      const problem = this.#problemOf(syntax, node, call);
      if (problem !== null) found.push(problem);
    }
    return found.length === 0 ? NONE : found;
  }

  #problemOf(syntax: ItemSyntax, node: SyntaxNode, call: Call): TypeProblem | null {
    const atom = parseAtom(syntax.text.slice(node.start, node.end));
    const [error] = this.#evaluator.typeErrors(this.#environment!, atom);
    const reason = error?.tag === EXPRESSION ? error.children[2] : undefined;
    if (reason === undefined) return null;
    const place = placeOfReason(reason, node) ?? call;
    return { start: place.start, end: place.end, message: describeReason(reason, call) };
  }
}

function declarationOf({ syntax }: Item): string[] {
  const isDeclaration =
    !syntax.evaluate && syntax.problems.length === 0 && DECLARES.test(syntax.text);
  return isDeclaration ? [syntax.text] : [];
}

function innermostFirst(one: Call, other: Call): number {
  return one.node.end - one.node.start - (other.node.end - other.node.start);
}

const BAD_ARGUMENT = symbol("BadArgType");
const BAD_TYPE = symbol("BadType");
const WRONG_COUNT = symbol("IncorrectNumberOfArguments");

/** The argument that is wrong, where it is one. */
function placeOfReason(reason: Atom, node: SyntaxNode): Place | undefined {
  if (reason.tag !== EXPRESSION || reason.children[0] !== BAD_ARGUMENT) return undefined;
  return node.children[Number(print(reason.children[1]!))];
}

function describeReason(reason: Atom, { name, given }: Call): string {
  if (reason === WRONG_COUNT) {
    return `${name} does not take ${given === 1 ? "1 argument" : `${given} arguments`}`;
  }
  if (reason.tag !== EXPRESSION) return `${name} is ill-typed: ${print(reason)}`;
  const [head, ...rest] = reason.children;
  const shown = rest.map((part) => print(part));
  if (head === BAD_ARGUMENT) {
    return `argument ${shown[0]} of ${name} is a ${shown[2]}, where a ${shown[1]} is expected`;
  }
  if (head === BAD_TYPE) return `${name} gives a ${shown[1]}, where a ${shown[0]} is expected`;
  return `${name} is ill-typed: ${print(reason)}`;
}
