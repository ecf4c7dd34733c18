/**
 * The text of an input split into lexemes, for colours, bracket matching and completion. Unlike the
 * parser it never fails: half-written input is what an editor shows most of the time.
 *
 * Invariants
 *   LX1  The lexemes' texts joined are the input.
 *   LX2  The word boundaries are the parser's: white space, parentheses, double quotes and `;`.
 */

type LexemeKind =
  | "space"
  | "comment"
  | "open"
  | "close"
  | "string"
  /** A string whose closing quote is missing. */
  | "openString"
  | "variable"
  | "number"
  | "word"
  /** The `!` that asks for evaluation. */
  | "mark";

export interface Lexeme {
  readonly kind: LexemeKind;
  readonly text: string;
}

/** With the word boundaries of the parser (LX2). */
const PATTERN =
  /(?<space>\s+)|(?<comment>;[^\n]*)|(?<open>\()|(?<close>\))|(?<string>"(?:\\.|[^"\\])*")|(?<openString>".*)|(?<word>[^\s()";]+)/gsu;
const NUMBER = /^[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?)$/;

/** Splits `text`. Linear time. */
export function lexemesOf(text: string): Lexeme[] {
  const lexemes: Lexeme[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const [kind, value] = Object.entries(match.groups!).find((entry) => entry[1] !== undefined)!;
    lexemes.push({ kind: refine(kind as LexemeKind, value), text: value });
  }
  return lexemes;
}

function refine(kind: LexemeKind, text: string): LexemeKind {
  if (kind !== "word") return kind;
  if (text === "!") return "mark";
  if (text.startsWith("$")) return "variable";
  return NUMBER.test(text) ? "number" : "word";
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
