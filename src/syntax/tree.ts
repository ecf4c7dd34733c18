/**
 * The items of a text as trees with places, and everything that is wrong with it. Where the parser stops at the first
 * mistake this goes on:
 *
 *     (= (f $x) (g $x)        an expression without its end is cut off before the next line that begins like an item
 *     (= (g $x) $x)
 *     (h 1))                  a `)` too many is left out
 *     "no end                 a string without its end ends likewise
 *
 * Items are read anew only where their text has changed: places in an item are relative to its start, so what is
 * known of a text stays true wherever it moves.
 *
 *   SX1  A text has problems if and only if the parser refuses it.
 *   SX2  Of a text without problems, the items are those that the parser finds, at the same offsets.
 */
import { OxbowError } from "../base/errors.js";
import { atomOfWord, unescapeString } from "../term/literal.js";
import { NO_PARTNER, partnersOf } from "./brackets.js";
import { isItemLine, type Token, tokensOf } from "./lexer.js";

type LeafKind = "word" | "variable" | "number" | "string";

/** A part of an item; places count from the start of the item, in UTF-16 code units. */
export interface SyntaxNode {
  readonly kind: LeafKind | "list";
  readonly start: number;
  readonly end: number;
  /** Of a list. */
  readonly children: readonly SyntaxNode[];
}

interface SyntaxProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** What one item's text means. */
export interface ItemSyntax {
  readonly text: string;
  /** True for `!atom`. */
  readonly evaluate: boolean;
  /** Null behind a `!` that nothing follows. */
  readonly atom: SyntaxNode | null;
  readonly problems: readonly SyntaxProblem[];
}

/** An item, and where it starts in the text. */
interface PlacedItem {
  readonly start: number;
  readonly syntax: ItemSyntax;
}

export interface Syntax {
  readonly items: readonly PlacedItem[];
  /** Problems that belong to no item, with their places in the text. */
  readonly problems: readonly SyntaxProblem[];
  /** Comments among them. */
  readonly tokens: readonly Token[];
}

const NO_CHILDREN: readonly SyntaxNode[] = [];

/** Reads a text. What `known` has for the text of an item is taken as it is. Linear time. */
export function readSyntax(
  text: string,
  known: ReadonlyMap<string, ItemSyntax> = new Map(),
): Syntax {
  let all = tokensOf(text);
  if (all.at(-1)?.kind === "openString") all = tokensOf(text, "beforeItem");
  const tokens = all.filter(({ kind }) => kind !== "comment");
  const partners = partnersOf(tokens);
  const items: PlacedItem[] = [];
  const problems: SyntaxProblem[] = [];
  for (let index = 0; index < tokens.length; ) {
    const token = tokens[index]!;
    if (token.kind === "close") {
      problems.push({ ...placeOf(token), message: STRAY });
      index++;
      continue;
    }
    const end = endOfItem(text, tokens, partners, index);
    const itemText = text.slice(token.start, tokens[end - 1]!.end);
    const syntax = known.get(itemText) ?? readItem(itemText, tokens.slice(index, end));
    items.push({ start: token.start, syntax });
    index = end;
  }
  return { items, problems, tokens: all };
}

const STRAY = "expected an atom; this ')' has no matching '('";

function placeOf({ start, end }: Token): { start: number; end: number } {
  return { start, end };
}

/** The index behind the last token of the item that begins at one. */
function endOfItem(
  text: string,
  tokens: readonly Token[],
  partners: Int32Array,
  index: number,
): number {
  const { kind } = tokens[index]!;
  if (kind === "mark") {
    const next = tokens[index + 1]?.kind;
    return next === undefined || next === "close"
      ? index + 1
      : endOfAtom(text, tokens, partners, index + 1);
  }
  return endOfAtom(text, tokens, partners, index);
}

function endOfAtom(
  text: string,
  tokens: readonly Token[],
  partners: Int32Array,
  index: number,
): number {
  if (tokens[index]!.kind !== "open") return index + 1;
  const partner = partners[index]!;
  if (partner !== NO_PARTNER) return partner + 1;
  let end = index + 1;
  while (end < tokens.length && !beginsLine(text, tokens[end]!.start)) end++;
  return end;
}

function beginsLine(text: string, start: number): boolean {
  return text[start - 1] === "\n" && isItemLine(text, start);
}

/** Reads the tokens of one item, whose places are in the whole text. */
function readItem(text: string, tokens: readonly Token[]): ItemSyntax {
  const shift = tokens[0]!.start;
  const evaluate = tokens[0]!.kind === "mark";
  const problems: SyntaxProblem[] = [];
  const atoms: SyntaxNode[] = [];
  const open: { readonly start: number; readonly children: SyntaxNode[] }[] = [];
  for (const token of evaluate ? tokens.slice(1) : tokens) {
    const start = token.start - shift;
    const end = token.end - shift;
    const siblings = open.at(-1)?.children ?? atoms;
    if (token.kind === "open") {
      open.push({ start, children: [] });
    } else if (token.kind === "close") {
      const closed = open.pop()!;
      (open.at(-1)?.children ?? atoms).push({ kind: "list", ...closed, end });
    } else {
      siblings.push({ kind: kindOfLeaf(token), start, end, children: NO_CHILDREN });
      const problem = problemOf(token, text.slice(start, end));
      if (problem !== null) problems.push({ start, end, ...problem });
    }
  }
  const innermost = open.at(-1);
  if (innermost !== undefined) {
    const { start } = innermost;
    problems.push({ start, end: start + 1, message: "expected ')' to close this '('" });
  }
  for (let cut = open.pop(); cut !== undefined; cut = open.pop()) {
    (open.at(-1)?.children ?? atoms).push({ kind: "list", ...cut, end: text.length });
  }
  const [atom = null] = atoms;
  if (atom === null) problems.push({ start: 0, end: 1, message: "expected an atom after '!'" });
  return { text, evaluate, atom, problems };
}

function kindOfLeaf({ kind }: Token): LeafKind {
  if (kind === "variable" || kind === "number") return kind;
  return kind === "string" || kind === "openString" ? "string" : "word";
}

/** What is wrong with a leaf, and where it is not all of it. */
function problemOf({ kind }: Token, text: string): { readonly message: string } | null {
  if (kind === "openString") return { message: "expected '\"' to close this string" };
  if (kind === "variable" && text.includes("#")) {
    return { message: "'#' is reserved in the names of variables" };
  }
  if (kind === "string") {
    const value = unescapeString(text.slice(1, -1));
    return typeof value === "string" ? null : { message: value.problem };
  }
  return kind === "number" ? problemOfNumber(text) : null;
}

function problemOfNumber(text: string): { readonly message: string } | null {
  try {
    atomOfWord(text);
    return null;
  } catch (error) {
    if (error instanceof OxbowError) return { message: error.message };
    throw error;
  }
}
