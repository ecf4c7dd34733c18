/** Which parentheses of a text belong together. */
import type { Token } from "./lexer.js";

/** Of a parenthesis that has no partner, and of every other token. */
export const NO_PARTNER = -1;

/**
 * For each token the index of its partner, in both directions. What stands before an opening parenthesis has no say in
 * which one closes it, so this holds wherever reading begins. Linear time.
 */
export function partnersOf(tokens: readonly Token[]): Int32Array {
  const partners = new Int32Array(tokens.length).fill(NO_PARTNER);
  const open: number[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const { kind } = tokens[index]!;
    if (kind === "open") open.push(index);
    const partner = kind === "close" ? open.pop() : undefined;
    if (partner === undefined) continue;
    partners[index] = partner;
    partners[partner] = index;
  }
  return partners;
}
