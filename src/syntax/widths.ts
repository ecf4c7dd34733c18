/**
 * Widths: how many columns each atom of a text takes when it is written in one line, for the layout.
 *
 *     (f  (g 1)\n )     width 9: one space between parts, none inside parentheses
 *     (f\n (g 1))       no width: whoever wrote it wants several lines
 *     (f ; why\n 1)     no width: a comment ends its line
 */
import { NO_PARTNER } from "./brackets.js";
import type { Gap, SpacedTokens } from "./gaps.js";
import type { Token } from "./lexer.js";

/** Of an atom that takes several lines. */
export const SEVERAL_LINES: number = Number.POSITIVE_INFINITY;

export interface Widths {
  /** By the index of an atom's first token: the columns of the atom in one line, or {@link SEVERAL_LINES}. */
  readonly ofAtom: Float64Array;
  /** By the index of an atom's last token: how many closing parentheses follow it at once. */
  readonly closersBehind: Int32Array;
}

export function widthsOf(text: string, spaced: SpacedTokens, partners: Int32Array): Widths {
  return { ofAtom: atomWidths(text, spaced, partners), closersBehind: closersBehind(spaced) };
}

/** From the last token to the first, so that the parts of an expression are known before it. */
function atomWidths(
  text: string,
  { tokens, gaps }: SpacedTokens,
  partners: Int32Array,
): Float64Array {
  const widths = new Float64Array(tokens.length);
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index]!;
    if (token.kind === "open") widths[index] = listWidth(index, gaps, partners, widths);
    else if (token.kind !== "close") widths[index] = leafWidth(text, token);
  }
  return widths;
}

function leafWidth(text: string, { kind, start, end }: Token): number {
  const isBroken = kind === "string" && text.slice(start, end).includes("\n");
  return isBroken ? SEVERAL_LINES : end - start;
}

function listWidth(
  open: number,
  gaps: readonly Gap[],
  partners: Int32Array,
  widths: Float64Array,
): number {
  const close = partners[open]!;
  let width = 2;
  for (let index = open + 1; index < close; index = behind(index, partners)) {
    const isFirst = index === open + 1;
    const { comments, lines } = gaps[index]!;
    if (comments.length > 0 || (lines > 0 && !isFirst)) return SEVERAL_LINES;
    width += widths[index]! + (isFirst ? 0 : 1);
  }
  return gaps[close]!.comments.length > 0 ? SEVERAL_LINES : width;
}

/** The index of the token behind the atom that begins at one. */
export function behind(index: number, partners: Int32Array): number {
  const partner = partners[index]!;
  return (partner === NO_PARTNER ? index : partner) + 1;
}

function closersBehind({ tokens, gaps }: SpacedTokens): Int32Array {
  const counts = new Int32Array(tokens.length);
  for (let index = tokens.length - 2; index >= 0; index--) {
    const next = index + 1;
    const isClosed = tokens[next]!.kind === "close" && gaps[next]!.comments.length === 0;
    if (isClosed) counts[index] = counts[next]! + 1;
  }
  return counts;
}
