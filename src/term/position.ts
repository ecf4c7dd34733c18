/**
 * A position in a source text. Only the offset is kept while parsing; line and column
 * are computed on demand, which is when something went wrong.
 */
import { OxbowError } from "../base/errors.js";

interface Position {
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in UTF-16 code units. */
  readonly column: number;
}

/** Line and column of `offset` (UTF-16 code units from 0) in `text`. Linear in `offset`. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end < 0 || end >= offset) return { line, column: offset - start + 1 };
    line++;
    start = end + 1;
  }
}

/** Lines and columns of offsets that are requested in increasing order: linear time overall. */
export class LineCounter {
  readonly #text: string;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  positionAt(offset: number): Position {
    for (;;) {
      const end = this.#text.indexOf("\n", this.#lineStart);
      if (end < 0 || end >= offset) break;
      this.#line += 1;
      this.#lineStart = end + 1;
    }
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }
}

const SHOWN_COLUMNS = 100;

/** The line around `offset`, cut to a readable width, with a caret below the place. */
function excerpt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const newline = text.indexOf("\n", offset);
  const end = newline < 0 ? text.length : newline;
  const from = Math.max(start, offset - SHOWN_COLUMNS / 2);
  const line = text.slice(from, Math.min(end, from + SHOWN_COLUMNS)).replace(/[\t\r]/g, " ");
  return `${line}\n${" ".repeat(offset - from)}^`;
}

/**
 * The error for text that is not MeTTa: code `ERR_SYNTAX`, details `file`, `line`, `column`,
 * `offset`; the message shows the line with a caret and says what was expected.
 */
export function syntaxError(
  text: string,
  offset: number,
  file: string,
  problem: string,
): OxbowError {
  const { line, column } = positionAt(text, offset);
  return new OxbowError(
    "ERR_SYNTAX",
    `cannot parse ${file}:${line}:${column}: ${problem}\n${excerpt(text, offset)}`,
    { file, line, column, offset },
  );
}
