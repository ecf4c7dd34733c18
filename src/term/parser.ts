/**
 * Text to atoms.
 *
 * Words are separated by white space, parentheses, double quotes and `;` only; every other
 * character may occur in a symbol. `;` starts a comment to the end of the line. A `!` before an
 * atom at the top level asks for its evaluation. The parser is one loop over an explicit stack of
 * open expressions, so nesting is limited by memory alone.
 */
import { asCount, asFunction, asOptions, asText, type Checks } from "../base/arguments.js";
import { type Atom, expression, string, type Variable, variable } from "./atom.js";
import { atomOfWord, unescapeString } from "./literal.js";
import { syntaxError } from "./position.js";

/** One atom at the top level of a program. */
export interface ProgramItem {
  /** The atom, without its `!`. */
  readonly atom: Atom;
  /** True for `!atom`: evaluate it; otherwise it is added to the space. */
  readonly evaluate: boolean;
  /** UTF-16 code units from the start of the text to the atom's first character. */
  readonly offset: number;
}

/** How text is read. */
export interface ParseOptions {
  /** The name used in syntax errors. */
  readonly file?: string;
  /** What a word denotes in this program (`bind!`, operations); undefined: its usual meaning. */
  readonly tokens?: (word: string) => Atom | undefined;
  /** Where reading begins, in UTF-16 code units: between two items. */
  readonly start?: number;
}

const PARSE_CHECKS: Checks<ParseOptions> = {
  file: asText,
  tokens: asFunction,
  start: asCount,
};

const TAB = 0x09;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const DOLLAR = 0x24;
const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const UNICODE_SPACE = /\s/u;

/** Whether a UTF-16 code unit is white space between atoms. */
export function isSpace(code: number): boolean {
  if (code <= SPACE) return code === SPACE || (code >= TAB && code <= RETURN);
  return code >= 0x80 && UNICODE_SPACE.test(String.fromCharCode(code));
}

/** Whether a UTF-16 code unit ends the word before it. */
export function endsWord(code: number): boolean {
  return code === OPEN || code === CLOSE || code === QUOTE || code === SEMICOLON || isSpace(code);
}

/** Reads one text, item by item; each item has variables of its own. */
export class Parser {
  readonly text: string;
  readonly file: string;
  readonly #tokens: ((word: string) => Atom | undefined) | undefined;
  #offset: number;
  #variables: Map<string, Variable> | null = null;

  constructor(text: string, options: ParseOptions = {}) {
    this.text = text;
    this.file = options.file ?? "text";
    this.#tokens = options.tokens;
    this.#offset = options.start ?? 0;
  }

  /** How far the text has been read, in UTF-16 code units. */
  get offset(): number {
    return this.#offset;
  }

  /** The next item of the program, or null at its end. Throws `ERR_SYNTAX`. */
  nextItem(): ProgramItem | null {
    this.#skipBlank();
    const start = this.#offset;
    if (start >= this.text.length) return null;
    if (!this.#atMark()) return { atom: this.#readAtom(), evaluate: false, offset: start };
    this.#offset++;
    this.#skipBlank();
    if (this.#offset >= this.text.length) {
      throw syntaxError(this.text, start, this.file, "expected an atom after '!'");
    }
    return { atom: this.#readAtom(), evaluate: true, offset: start };
  }

  /** True before a `!` on its own: `!(f)` and `! f`, but not the symbol `!f`. */
  #atMark(): boolean {
    if (this.text.charCodeAt(this.#offset) !== 0x21) return false;
    const next = this.#offset + 1;
    return next >= this.text.length || endsWord(this.text.charCodeAt(next));
  }

  #skipBlank(): void {
    const { text } = this;
    let offset = this.#offset;
    while (offset < text.length) {
      const code = text.charCodeAt(offset);
      if (code === SEMICOLON) {
        const end = text.indexOf("\n", offset);
        offset = end < 0 ? text.length : end;
      } else if (isSpace(code)) {
        offset++;
      } else {
        break;
      }
    }
    this.#offset = offset;
  }

  #readAtom(): Atom {
    this.#variables = null;
    const open: Atom[][] = [];
    const starts: number[] = [];
    for (;;) {
      const atom = this.#readLeafOrOpen(open, starts);
      if (atom === null) continue;
      const parent = open.at(-1);
      if (parent === undefined) return atom;
      parent.push(atom);
    }
  }

  /** A whole leaf, or the expression that a `)` closes; null after a `(`. */
  #readLeafOrOpen(open: Atom[][], starts: number[]): Atom | null {
    this.#skipBlank();
    const { text } = this;
    const start = this.#offset;
    if (start >= text.length) {
      throw syntaxError(text, starts.at(-1) ?? start, this.file, "expected ')' to close this '('");
    }
    const code = text.charCodeAt(start);
    if (code === OPEN) {
      open.push([]);
      starts.push(start);
      this.#offset = start + 1;
      return null;
    }
    if (code === CLOSE) {
      const children = open.pop();
      if (children === undefined) {
        throw syntaxError(text, start, this.file, "expected an atom; this ')' has no matching '('");
      }
      starts.pop();
      this.#offset = start + 1;
      return expression(children);
    }
    return code === QUOTE ? this.#readString(start) : this.#readWord(start, code);
  }

  #readWord(start: number, first: number): Atom {
    const { text } = this;
    let end = start + 1;
    while (end < text.length && !endsWord(text.charCodeAt(end))) end++;
    this.#offset = end;
    if (first === DOLLAR) return this.#variableOf(text.slice(start + 1, end), start);
    const word = text.slice(start, end);
    return this.#tokens?.(word) ?? atomOfWord(word);
  }

  #variableOf(name: string, start: number): Variable {
    if (name.includes("#")) {
      throw syntaxError(this.text, start, this.file, "'#' is reserved in the names of variables");
    }
    this.#variables ??= new Map();
    let found = this.#variables.get(name);
    if (found === undefined) {
      found = variable(name);
      this.#variables.set(name, found);
    }
    return found;
  }

  #readString(start: number): Atom {
    const { text } = this;
    let end = start + 1;
    for (;;) {
      if (end >= text.length) {
        throw syntaxError(text, start, this.file, "expected '\"' to close this string");
      }
      const code = text.charCodeAt(end);
      if (code === QUOTE) break;
      end += code === BACKSLASH ? 2 : 1;
    }
    this.#offset = end + 1;
    const value = unescapeString(text.slice(start + 1, end));
    if (typeof value === "string") return string(value);
    throw syntaxError(text, start + 1 + value.index, this.file, value.problem);
  }
}

/** A whole program at once: every item in source order. Throws `ERR_SYNTAX`; nothing is read partially. */
export function parse(text: string, options: ParseOptions = {}): ProgramItem[] {
  const parser = parserOf(text, options);
  const items: ProgramItem[] = [];
  for (let item = parser.nextItem(); item !== null; item = parser.nextItem()) items.push(item);
  return items;
}

function parserOf(text: string, options: ParseOptions): Parser {
  return new Parser(asText("parse", text), asOptions("parse", options, PARSE_CHECKS));
}

/** Exactly one atom. Throws `ERR_SYNTAX` when there is none or more than one. */
export function parseAtom(text: string, options: ParseOptions = {}): Atom {
  const parser = parserOf(text, options);
  const item = parser.nextItem();
  if (item === null) throw syntaxError(text, text.length, parser.file, "expected an atom");
  const rest = parser.nextItem();
  if (rest !== null || item.evaluate) {
    const offset = rest?.offset ?? item.offset;
    throw syntaxError(text, offset, parser.file, "expected one atom and nothing else");
  }
  return item.atom;
}
