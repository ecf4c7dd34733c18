/**
 * Literals: which words of a program are numbers and truth values, and what stands between double
 * quotes. The rules are the reference's (`lib/src/metta/runner/stdlib/arithmetics.rs`).
 */
import { type Atom, FALSE, float, integer, SELF, symbol, TRUE } from "./atom.js";

const INTEGER_WORD = /^[-+]?\d+$/;
const FLOAT_WORD = /^[-+]?\d+(?:\.\d+|(?:\.\d+)?[eE][-+]?\d+)$/;
const SAFE_DIGITS = 15;

/** The atom that a word without quotes stands for: a number, a truth value, or a symbol. */
export function atomOfWord(word: string): Atom {
  if (startsLikeNumber(word)) {
    if (INTEGER_WORD.test(word)) {
      return integer(word.length <= SAFE_DIGITS ? Number(word) : BigInt(word.replace("+", "")));
    }
    if (FLOAT_WORD.test(word)) return float(Number(word));
  }
  if (word === "True") return TRUE;
  if (word === "False") return FALSE;
  if (word === "&self") return SELF;
  return symbol(word);
}

function startsLikeNumber(word: string): boolean {
  const first = word.charCodeAt(0);
  if (first === 0x2b || first === 0x2d) {
    const second = word.charCodeAt(1);
    return second >= 0x30 && second <= 0x39;
  }
  return first >= 0x30 && first <= 0x39;
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  "'": "'",
  '"': '"',
  "\\": "\\",
};

/** What went wrong in a string literal, `index` relative to its first character. */
interface EscapeProblem {
  readonly index: number;
  readonly problem: string;
}

/** The text that the inside of a string literal stands for, or what is wrong with it. */
export function unescapeString(body: string): string | EscapeProblem {
  if (!body.includes("\\")) return body;
  let text = "";
  let index = 0;
  while (index < body.length) {
    const backslash = body.indexOf("\\", index);
    if (backslash < 0) return text + body.slice(index);
    text += body.slice(index, backslash);
    const kind = body[backslash + 1] ?? "";
    const simple = SIMPLE_ESCAPES[kind];
    if (simple !== undefined) {
      text += simple;
      index = backslash + 2;
      continue;
    }
    const code = /^(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\})/.exec(body.slice(backslash + 1));
    const point = code === null ? Number.NaN : Number.parseInt(code[1] ?? code[2] ?? "", 16);
    if (code === null || point > 0x10ffff) {
      return { index: backslash, problem: `unknown escape \\${kind}; known are ${ESCAPES_SHOWN}` };
    }
    text += String.fromCodePoint(point);
    index = backslash + 1 + code[0].length;
  }
  return text;
}

const ESCAPES_SHOWN = '\\n \\t \\r \\0 \\" \\\\ \\x41 \\u{1F600}';

/** A string as it is written in a program, quotes included; {@link unescapeString} reads it back. */
export function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  return `"${text.replace(ESCAPED_GLOBALLY, escapeOne)}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f\ud800-\udfff]/;
const ESCAPED_GLOBALLY =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
  /["\\\u0000-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeOne(character: string): string {
  switch (character) {
    case '"':
      return '\\"';
    case "\\":
      return "\\\\";
    case "\n":
      return "\\n";
    case "\t":
      return "\\t";
    case "\r":
      return "\\r";
    case "\0":
      return "\\0";
    default:
      return `\\u{${character.charCodeAt(0).toString(16)}}`;
  }
}
