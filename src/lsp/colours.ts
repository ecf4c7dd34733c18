/** Semantic colours: what a word is, which its text alone does not tell. */
import {
  type Range,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensLegend,
} from "vscode-languageserver/node";
import type { Token } from "../syntax/lexer.js";
import type { LanguageNames } from "./language-names.js";
import type { ProgramDocument } from "./program-document.js";

const TYPES = [
  "comment",
  "string",
  "number",
  "variable",
  "operator",
  "keyword",
  "function",
  "struct",
  "macro",
  "type",
] as const;
type ColourType = (typeof TYPES)[number];

const DEFINITION = 1;
const DEFAULT_LIBRARY = 2;

export const LEGEND: SemanticTokensLegend = {
  tokenTypes: [...TYPES],
  tokenModifiers: ["definition", "defaultLibrary"],
};

const KEYWORDS: ReadonlySet<string> = new Set([
  "=",
  ":",
  ":<",
  "->",
  "if",
  "let",
  "let*",
  "case",
  "match",
  "unify",
  "chain",
  "superpose",
  "collapse",
  "function",
  "return",
  "quote",
  "import!",
  "include",
  "bind!",
  "@doc",
  "@desc",
  "@params",
  "@param",
  "@return",
]);

/** Colours of a whole program, or of the lines of a range. */
export function coloursOf(
  document: ProgramDocument,
  family: readonly ProgramDocument[],
  language: LanguageNames,
  range?: Range,
): SemanticTokens {
  const start = range === undefined ? 0 : document.offsetAt(range.start);
  const end = range === undefined ? document.text.length : document.offsetAt(range.end);
  const builder = new SemanticTokensBuilder();
  const kinds = new Map<string, readonly [ColourType, number] | null>();
  const definitions = new Set(
    document.items.flatMap((item) =>
      item.facts.definitions.map((definition) => item.start + definition.start),
    ),
  );
  for (const token of document.syntax.tokens) {
    if (token.end <= start || token.start >= end) continue;
    const word = document.text.slice(token.start, token.end);
    if (!kinds.has(word)) kinds.set(word, colourOf(token, word, family, language));
    const colour = kinds.get(word);
    if (colour === null || colour === undefined) continue;
    const modifiers = colour[1] | (definitions.has(token.start) ? DEFINITION : 0);
    push(builder, document, token, TYPES.indexOf(colour[0]), modifiers);
  }
  return builder.build();
}

/** Editors take tokens of one line only. */
function push(
  builder: SemanticTokensBuilder,
  document: ProgramDocument,
  { start, end }: Token,
  type: number,
  modifiers: number,
): void {
  const text = document.text.slice(start, end);
  let at = start;
  for (const line of text.split("\n")) {
    const { line: row, character } = document.rangeOf({ start: at, end: at }).start;
    if (line !== "") builder.push(row, character, line.length, type, modifiers);
    at += line.length + 1;
  }
}

function colourOf(
  { kind }: Token,
  word: string,
  family: readonly ProgramDocument[],
  language: LanguageNames,
): readonly [ColourType, number] | null {
  switch (kind) {
    case "comment":
    case "number":
    case "variable":
      return [kind, 0];
    case "string":
    case "openString":
      return ["string", 0];
    case "mark":
      return ["operator", 0];
    case "open":
    case "close":
      return null;
    case "word":
      return colourOfWord(word, family, language);
  }
}

function colourOfWord(
  word: string,
  family: readonly ProgramDocument[],
  language: LanguageNames,
): readonly [ColourType, number] | null {
  if (KEYWORDS.has(word)) return ["keyword", DEFAULT_LIBRARY];
  const kinds = new Set(
    family.flatMap((each) => each.definitionsOf(word).map(({ definition }) => definition.kind)),
  );
  if (kinds.has("rule")) return ["function", 0];
  if (language.has(word)) return [word.startsWith("&") ? "macro" : "function", DEFAULT_LIBRARY];
  if (word.startsWith("&")) return ["macro", 0];
  if (kinds.has("type")) return ["type", 0];
  return kinds.size > 0 ? ["struct", 0] : null;
}
