/**
 * Gaps: what stands before each token that is part of an atom, which is white space and comments.
 *
 *     (f 1)   ; why          ┐
 *                            │ the gap before (g 2): a comment three spaces behind what it is about, one
 *     ; what follows         │ behind an empty line on a line of its own, and one line end before the token
 *     (g 2)                  ┘
 */
import type { Token } from "./lexer.js";

const NEWLINE = 0x0a;

export interface Comment {
  /** Without white space at its end. */
  readonly text: string;
  /** Line ends between it and what stands before it; 0: it stands behind an atom, in the same line. */
  readonly lines: number;
  /** Columns between it and what stands before it in its line. */
  readonly spaces: number;
}

export interface Gap {
  readonly comments: readonly Comment[];
  /** Line ends between the token and what stands before it, comments included. */
  readonly lines: number;
}

/** The tokens of atoms with the gaps before them; `last` is the gap at the end of the text. */
export interface SpacedTokens {
  readonly tokens: readonly Token[];
  readonly gaps: readonly Gap[];
  readonly last: Gap;
}

const NONE: readonly Comment[] = [];

/** Separates comments and white space from the other tokens of a text. Linear time. */
export function spacedTokens(text: string, all: readonly Token[]): SpacedTokens {
  const tokens: Token[] = [];
  const gaps: Gap[] = [];
  let comments: Comment[] = [];
  let end = 0;
  for (const token of all) {
    const lines = countLines(text, end, token.start);
    if (token.kind === "comment") {
      const spaces = token.start - end;
      comments.push({ text: text.slice(token.start, token.end).trimEnd(), lines, spaces });
    } else {
      tokens.push(token);
      gaps.push({ comments: comments.length > 0 ? comments : NONE, lines });
      if (comments.length > 0) comments = [];
    }
    end = token.end;
  }
  return { tokens, gaps, last: { comments, lines: countLines(text, end, text.length) } };
}

function countLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === NEWLINE) count++;
  return count;
}
