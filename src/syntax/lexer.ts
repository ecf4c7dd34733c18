/**
 * A text split into tokens. Unlike the parser the lexer never fails: half-written text is what an editor
 * shows most of the time.
 *
 *     (= (half $x) ; comment        open word open word variable close comment …
 *
 * Invariants
 *   LT1  Tokens are in order and do not overlap; what stands between two of them is white space alone.
 *   LT2  Words end where the parser ends them: at white space, parentheses, double quotes and `;`.
 *   LT3  Where no token is an `openString`, the strings are those that the parser finds.
 */
import { endsWord, isSpace } from "../term/parser.js";

export type TokenKind =
  /** Up to the end of the line, which does not belong to it. */
  | "comment"
  | "open"
  | "close"
  /** With its quotes. */
  | "string"
  /** A string whose closing quote is missing. */
  | "openString"
  | "variable"
  | "number"
  | "word"
  /** A `!` by itself: at the top level it asks for the evaluation of the atom behind it. */
  | "mark";

export interface Token {
  readonly kind: TokenKind;
  /** UTF-16 code units from the start of the text. */
  readonly start: number;
  readonly end: number;
}

/** Where a string ends whose closing quote is missing. */
type OpenStrings =
  /** At the end of the text: no line is left out. */
  | "atEnd"
  /** Before the next line that begins like an item of a program, so that what follows is read as it was meant. */
  | "beforeItem";

const OPEN = 0x28;
const CLOSE = 0x29;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const NEWLINE = 0x0a;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The tokens of a text. Linear time. */
export function tokensOf(text: string, openStrings: OpenStrings = "atEnd"): Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (isSpace(code)) {
      offset++;
      continue;
    }
    const token = tokenAt(text, offset, code, openStrings);
    tokens.push(token);
    offset = token.end;
  }
  return tokens;
}

function tokenAt(text: string, start: number, code: number, openStrings: OpenStrings): Token {
  if (code === OPEN) return { kind: "open", start, end: start + 1 };
  if (code === CLOSE) return { kind: "close", start, end: start + 1 };
  if (code === SEMICOLON) return { kind: "comment", start, end: endOfLine(text, start) };
  return code === QUOTE ? stringAt(text, start, openStrings) : wordAt(text, start, code);
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

function stringAt(text: string, start: number, openStrings: OpenStrings): Token {
  let end = start + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) return { kind: "string", start, end: end + 1 };
    if (code === NEWLINE && openStrings === "beforeItem" && isItemLine(text, end + 1)) break;
    end += code === BACKSLASH ? 2 : 1;
  }
  return { kind: "openString", start, end: Math.min(end, text.length) };
}

/** Whether a line begins as an item of a program usually does. */
export function isItemLine(text: string, lineStart: number): boolean {
  return text[lineStart] === "(" || text.startsWith("!(", lineStart);
}

function wordAt(text: string, start: number, first: number): Token {
  let end = start + 1;
  while (end < text.length && !endsWord(text.charCodeAt(end))) end++;
  if (first === DOLLAR) return { kind: "variable", start, end };
  return { kind: kindOfWord(text, start, end, first), start, end };
}

function kindOfWord(text: string, start: number, end: number, first: number): TokenKind {
  if (first === 0x21 && end === start + 1) return "mark";
  const mayBeNumber = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d;
  return mayBeNumber && NUMBER.test(text.slice(start, end)) ? "number" : "word";
}
