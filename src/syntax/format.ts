/**
 * The layout of programs: `formatText` writes a text anew, and only white space differs.
 *
 *     !(match   &self                     !(match &self (edge $x $y)
 *     (edge $x $y)                          ; both ways
 *     ; both ways                    →      (edge $y $x))
 *     (edge $y $x)
 *     )
 *
 * Line ends between the parts of an expression stay where they are; they say what its writer thinks belongs
 * together. Everything else is settled: one space between parts, two columns further in for the parts of a
 * call and one for those of other lists, closing parentheses behind what they close, at most one empty
 * line, and an expression of one line that is too long for it is broken.
 *
 *   FM1  The tokens of the text, and its comments up to white space at their ends, are those of what was given.
 *   FM2  What was formatted stays as it is when it is formatted again: where a line is ended depends on line ends that
 *        stay, and on widths that are the same with every line end that was added.
 */
import { assert } from "../base/assert.js";
import { parse } from "../term/parser.js";
import { partnersOf } from "./brackets.js";
import { type Comment, type Gap, type SpacedTokens, spacedTokens } from "./gaps.js";
import { type Token, tokensOf } from "./lexer.js";
import { LineWriter } from "./line-writer.js";
import { behind, SEVERAL_LINES, type Widths, widthsOf } from "./widths.js";

/** How a text is laid out. */
interface FormatOptions {
  /** What syntax errors call the text. */
  readonly file?: string;
  /** Columns of a line, of which only what cannot be broken takes more; 100 unless given. */
  readonly width?: number;
}

const DEFAULT_WIDTH = 100;

/**
 * The text in its layout. Throws ERR_SYNTAX for text that is not MeTTa, ERR_LIMIT for a number that no program can
 * have. Linear time.
 */
export function formatText(text: string, options: FormatOptions = {}): string {
  parse(text, options.file === undefined ? {} : { file: options.file });
  const spaced = spacedTokens(text, tokensOf(text));
  const formatted = new Layout(text, spaced, options.width ?? DEFAULT_WIDTH).write();
  checkFormatted(text, spaced, formatted);
  return formatted;
}

/** Proves FM1. */
function checkFormatted(text: string, before: SpacedTokens, formatted: string): void {
  const after = spacedTokens(formatted, tokensOf(formatted));
  assert(after.tokens.length === before.tokens.length, "FM1: a token was lost or made");
  for (const [index, { start, end }] of before.tokens.entries()) {
    const other = after.tokens[index]!;
    const isSame = text.slice(start, end) === formatted.slice(other.start, other.end);
    assert(isSame, "FM1: a token was changed");
  }
  const comments = ({ gaps, last }: SpacedTokens): string =>
    [...gaps, last].flatMap((gap) => gap.comments.map((comment) => comment.text)).join("\n");
  assert(comments(after) === comments(before), "FM1: a comment was lost or changed");
}

/** Calls whose first parts stand in the line of the head, where there are more than one. */
const PARTS_BESIDE_HEAD: ReadonlyMap<string, number> = new Map([
  ["let", 2],
  ["match", 2],
  ["unify", 2],
  ["chain", 2],
]);

/** Further in than this part of the width nothing is moved: deep nesting would be all blanks. */
const DEEPEST_SHARE = 0.75;

/** An expression that is being written, or the text itself. */
interface Frame {
  /** The column of its parenthesis. */
  readonly column: number;
  /** Where a line of its parts begins. */
  readonly indent: number;
  /** How the line ends of an expression that was in one line, and is too long for it, are chosen. */
  readonly breaks: "asWritten" | "each" | "whereFull";
  /** How many parts behind the first one stand in its line with `each`. */
  readonly beside: number;
  /** How many parts have been written. */
  count: number;
}

class Layout {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #gaps: readonly Gap[];
  readonly #last: Gap;
  readonly #partners: Int32Array;
  readonly #widths: Widths;
  readonly #width: number;
  readonly #out: LineWriter;
  readonly #frames: Frame[] = [{ column: 0, indent: 0, breaks: "asWritten", beside: 0, count: 0 }];
  /** Whether the item written last takes one line. */
  #lastIsShort = true;

  constructor(text: string, spaced: SpacedTokens, width: number) {
    this.#text = text;
    this.#tokens = spaced.tokens;
    this.#gaps = spaced.gaps;
    this.#last = spaced.last;
    this.#partners = partnersOf(spaced.tokens);
    this.#widths = widthsOf(text, spaced, this.#partners);
    this.#width = width;
    this.#out = new LineWriter(lineEndOf(text, spaced));
  }

  write(): string {
    for (let index = 0; index < this.#tokens.length; index++) {
      if (this.#tokens[index]!.kind === "close") this.#close(index);
      else if (this.#frames.length === 1) index = this.#item(index);
      else this.#part(index);
    }
    this.#comments(this.#last.comments, 0, this.#tokens.length === 0);
    return this.#out.end();
  }

  get #frame(): Frame {
    return this.#frames.at(-1)!;
  }

  /** An atom of the top level, or the beginning of one, with its `!`; the index of the last token written. */
  #item(index: number): number {
    const isMarked = this.#tokens[index]!.kind === "mark";
    const atom = isMarked ? index + 1 : index;
    const space = isMarked && this.#needsSpace(atom) ? 1 : 0;
    const before = isMarked ? 1 + space : 0;
    this.#separateItem(index, this.#oneLine(index, atom) + before);
    if (isMarked) {
      this.#out.write("!");
      const { comments } = this.#gaps[atom]!;
      this.#comments(comments, 0, false);
      if (comments.length > 0) this.#out.newLine(0);
      else this.#out.space(space);
    }
    this.#frame.count++;
    this.#token(atom);
    return atom;
  }

  /** A `!` before a word is a part of the word unless a space stands between them. */
  #needsSpace(atom: number): boolean {
    const { kind } = this.#tokens[atom]!;
    return kind !== "open" && kind !== "string";
  }

  /** The columns of an item without its `!` in one line. */
  #oneLine(index: number, atom: number): number {
    const isApart = atom !== index && this.#gaps[atom]!.comments.length > 0;
    return isApart ? SEVERAL_LINES : this.#widths.ofAtom[atom]!;
  }

  #separateItem(index: number, width: number): void {
    const { comments, lines } = this.#gaps[index]!;
    const isFirst = this.#frame.count === 0;
    this.#comments(comments, 0, isFirst);
    const fits = this.#out.column + 1 + width <= this.#width;
    if (comments.length > 0 || (!isFirst && (lines > 0 || !this.#lastIsShort || !fits))) {
      this.#out.newLine(0, lines > 1);
    } else if (!isFirst) {
      this.#out.space(1);
    }
    this.#lastIsShort = width <= this.#width;
  }

  /** An atom inside an expression, or the beginning of one. */
  #part(index: number): void {
    const frame = this.#frame;
    const { comments, lines } = this.#gaps[index]!;
    this.#comments(comments, frame.indent, frame.count === 0);
    const isBroken = comments.length > 0 || (frame.count > 0 && this.#breaksBefore(index, frame));
    if (isBroken) this.#out.newLine(frame.indent, lines > 1 && frame.count > 0);
    else if (frame.count > 0) this.#out.space(1);
    frame.count++;
    this.#token(index);
  }

  #breaksBefore(index: number, frame: Frame): boolean {
    if (this.#gaps[index]!.lines > 0) return true;
    if (frame.breaks === "each" && frame.count > frame.beside) return true;
    const isOneLine = this.#widths.ofAtom[index]! !== SEVERAL_LINES;
    const here = this.#out.column + 1;
    return isOneLine && !this.#fits(index, here) && this.#fits(index, frame.indent);
  }

  /** Whether an atom in one line, with what closes behind it, ends inside of the width. */
  #fits(index: number, column: number): boolean {
    const last = behind(index, this.#partners) - 1;
    const closers = this.#widths.closersBehind[last]!;
    return column + this.#widths.ofAtom[index]! + closers <= this.#width;
  }

  #token(index: number): void {
    const { kind, start, end } = this.#tokens[index]!;
    if (kind === "open") this.#frames.push(this.#frameOf(index));
    this.#out.write(this.#text.slice(start, end));
  }

  #frameOf(index: number): Frame {
    const { column } = this.#out;
    const head = this.#tokens[index + 1]!;
    const isCall = head.kind === "word" || head.kind === "mark";
    const deepest = Math.floor(this.#width * DEEPEST_SHARE);
    const indent = Math.max(0, Math.min(column + (isCall ? 2 : 1), deepest));
    const isTooLong = this.#widths.ofAtom[index]! !== SEVERAL_LINES && !this.#fits(index, column);
    if (!isTooLong) return { column, indent, breaks: "asWritten", beside: 0, count: 0 };
    if (isCall) {
      const beside = PARTS_BESIDE_HEAD.get(this.#text.slice(head.start, head.end)) ?? 1;
      return { column, indent, breaks: "each", beside, count: 0 };
    }
    const breaks = this.#holdsListsOnly(index) ? "each" : "whereFull";
    return { column, indent, breaks, beside: 0, count: 0 };
  }

  #holdsListsOnly(open: number): boolean {
    const close = this.#partners[open]!;
    for (let index = open + 1; index < close; index = behind(index, this.#partners)) {
      if (this.#tokens[index]!.kind !== "open") return false;
    }
    return true;
  }

  #close(index: number): void {
    const { column, indent, count } = this.#frames.pop()!;
    const { comments } = this.#gaps[index]!;
    this.#comments(comments, indent, count === 0);
    if (comments.length > 0) this.#out.newLine(Math.min(column, indent));
    this.#out.write(")");
  }

  /** Comments, each at the end of the line of what it stands behind, or on a line of its own. */
  #comments(comments: readonly Comment[], indent: number, isFirst: boolean): void {
    for (const [index, { text, lines, spaces }] of comments.entries()) {
      const isBehind = lines === 0 && !this.#out.isEmpty;
      if (isBehind) this.#out.space(Math.max(1, spaces));
      else if (!this.#out.isEmpty) this.#out.newLine(indent, lines > 1 && (index > 0 || !isFirst));
      this.#out.write(text);
    }
  }
}

/** The first line end of a text that is not inside a string says how all are written. */
function lineEndOf(text: string, { tokens }: SpacedTokens): string {
  let start = 0;
  for (const token of [...tokens, { start: text.length, end: text.length }]) {
    const at = text.slice(start, token.start).indexOf("\n");
    if (at >= 0) return text[start + at - 1] === "\r" ? "\r\n" : "\n";
    start = token.end;
  }
  return "\n";
}
