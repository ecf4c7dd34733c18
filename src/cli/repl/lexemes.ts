/**
 * The text of an input split into lexemes, white space among them, for colours, bracket matching and
 * completion.
 *
 * Invariants
 *   LX1  The lexemes' texts joined are the input.
 */
import { type TokenKind, tokensOf } from "../../syntax/lexer.js";

type LexemeKind = TokenKind | "space";

export interface Lexeme {
  readonly kind: LexemeKind;
  readonly text: string;
}

/** Splits `text`. Linear time. */
export function lexemesOf(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  let offset = 0;
  const addSpace = (end: number): void => {
    if (end > offset) lexemes.push({ kind: "space", text: text.slice(offset, end) });
  };
  for (const { kind, start, end } of tokensOf(text)) {
    addSpace(start);
    lexemes.push({ kind, text: text.slice(start, end) });
    offset = end;
  }
  addSpace(text.length);
  return lexemes;
}

/** The state of an input: ready to be read, incomplete, or impossible to complete. */
type Completeness = "complete" | "open" | "overclosed";

/** Judges an input by its brackets and quotes. A `!` with nothing after it is incomplete too. */
export function completenessOf(text: string): Completeness {
  let depth = 0;
  let last: LexemeKind = "space";
  for (const { kind } of lexemesOf(text)) {
    if (kind === "openString") return "open";
    if (kind === "open") depth += 1;
    if (kind === "close") depth -= 1;
    if (depth < 0) return "overclosed";
    if (kind !== "space" && kind !== "comment") last = kind;
  }
  return depth > 0 || last === "mark" ? "open" : "complete";
}

/** The offsets of a bracket at or just before `cursor` and of its partner; null if there is none. */
export function matchingBrackets(text: string, cursor: number): readonly [number, number] | null {
  const open: number[] = [];
  const pairs = new Map<number, number>();
  let offset = 0;
  for (const { kind, text: part } of lexemesOf(text)) {
    if (kind === "open") open.push(offset);
    const partner = kind === "close" ? open.pop() : undefined;
    if (partner !== undefined) {
      pairs.set(offset, partner);
      pairs.set(partner, offset);
    }
    offset += part.length;
  }
  for (const place of [cursor - 1, cursor]) {
    const partner = pairs.get(place);
    if (partner !== undefined) return place < partner ? [place, partner] : [partner, place];
  }
  return null;
}

/** The word that ends at `cursor`, which completion replaces. */
export function wordBefore(text: string, cursor: number): string {
  return /[^\s()";]*$/u.exec(text.slice(0, cursor))![0];
}
