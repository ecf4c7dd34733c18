/**
 * Literals: which words of a program are numbers and truth values, and what text stands between double
 * quotes (the way back is `quote.ts`). The rules are the reference's (`lib/src/metta/runner/stdlib/arithmetics.rs`).
 */
import { type Atom, FALSE, float, integer, SELF, symbol, TRUE } from "./atom.js";
import { checkDigitCount, limitedInteger, withinEngine } from "./sizes.js";

const INTEGER_WORD = /^[-+]?\d+$/;
const FLOAT_WORD = /^[-+]?\d+(?:\.\d+|(?:\.\d+)?[eE][-+]?\d+)$/;
const SAFE_DIGITS = 15;

/** The atom that an unquoted word denotes: a number, a truth value, or a symbol. */
export function atomOfWord(word: string): Atom {
  if (startsLikeNumber(word)) {
    if (INTEGER_WORD.test(word)) {
      return word.length <= SAFE_DIGITS ? integer(Number(word)) : integer(integerOfDigits(word));
    }
    if (FLOAT_WORD.test(word)) return float(Number(word));
  }
  if (word === "True") return TRUE;
  if (word === "False") return FALSE;
  if (word === "&self") return SELF;
  return symbol(word);
}

/** The integer of a text `[-+]?\d+`. Throws ERR_LIMIT for more digits than an integer may have. */
export function integerOfDigits(text: string): bigint {
  checkDigitCount(text.length);
  return limitedInteger(withinEngine(() => BigInt(text.replace("+", ""))));
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

/** The text that the content of a string literal denotes, or what is wrong with it. */
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
      return {
        index: backslash,
        problem: `unknown escape \\${kind}; the known ones are ${ESCAPES_SHOWN}`,
      };
    }
    text += String.fromCodePoint(point);
    index = backslash + 1 + code[0].length;
  }
  return text;
}

const ESCAPES_SHOWN = '\\n \\t \\r \\0 \\" \\\\ \\x41 \\u{1F600}';
