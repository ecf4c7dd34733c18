import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { highlight } from "../../../src/cli/repl/highlight.js";

const colors = picocolors.createColors(true);
const plain = picocolors.createColors(false);
const isKnown = (word: string): boolean => word === "match";
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

describe("highlight", () => {
  it("changes colours and no character", () => {
    const text = '!(match &self ($x 1 "s") True) ; done';
    const painted = highlight(text, colors, isKnown, 5);
    expect(painted).not.toBe(text);
    expect(painted.replace(COLOUR, "")).toBe(text);
  });

  it("leaves the text as it is where colours are off", () => {
    expect(highlight("!(match 1)", plain, isKnown, 3)).toBe("!(match 1)");
  });

  it("tells known words from unknown ones", () => {
    expect(highlight("match", colors, isKnown)).toBe(colors.blue("match"));
    expect(highlight("mitch", colors, isKnown)).toBe("mitch");
  });

  it("shows the pair of brackets at the cursor", () => {
    const strong = (text: string): string => colors.bold(colors.yellow(text));
    expect(highlight("(a)", colors, isKnown, 3)).toBe(`${strong("(")}a${strong(")")}`);
  });
});
