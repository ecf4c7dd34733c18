/** Syntax colours for input and output. Only colours change: the visible width stays the same. */
import type { Colors } from "../terminal.js";
import { type Lexeme, lexemesOf, matchingBrackets } from "./lexemes.js";

/** Distinguishes words that have a meaning (operations, defined functions) from others. */
type IsKnown = (word: string) => boolean;

/** `text` in colours; the pair of brackets at `cursor` (if given) is highlighted. */
export function highlight(text: string, colors: Colors, isKnown: IsKnown, cursor = -1): string {
  if (!colors.isColorSupported) return text;
  const pair = cursor < 0 ? null : matchingBrackets(text, cursor);
  let offset = 0;
  const parts = lexemesOf(text).map((lexeme) => {
    const isPaired = pair?.includes(offset) === true;
    offset += lexeme.text.length;
    return isPaired ? colors.bold(colors.yellow(lexeme.text)) : paint(lexeme, colors, isKnown);
  });
  return parts.join("");
}

function paint({ kind, text }: Lexeme, colors: Colors, isKnown: IsKnown): string {
  switch (kind) {
    case "comment":
      return colors.gray(text);
    case "string":
    case "openString":
      return colors.green(text);
    case "variable":
      return colors.magenta(text);
    case "number":
      return colors.cyan(text);
    case "mark":
      return colors.bold(text);
    case "open":
    case "close":
      return colors.dim(text);
    case "word":
      return paintWord(text, colors, isKnown);
    case "space":
      return text;
  }
}

function paintWord(text: string, colors: Colors, isKnown: IsKnown): string {
  if (text === "True" || text === "False") return colors.cyan(text);
  if (text === "Error") return colors.red(text);
  if (text === "=" || text === ":" || text === "->") return colors.yellow(text);
  return isKnown(text) ? colors.blue(text) : text;
}
