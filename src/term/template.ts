/**
 * Atoms from TypeScript: templates of MeTTa text with values in them, a builder, and values back.
 *
 *     atom`(age ${name} $years)`          text is syntax, what is interpolated is a value
 *     atoms`(age Ann 17) (age ${name} 18)`
 *     expressionOf("age", name, variable("years"))
 *
 *   - An interpolated value denotes itself, whatever its text: a string becomes a string atom, never
 *     syntax or a symbol.
 *   - A value stands where an atom may stand: between blanks and parentheses.
 */
import { refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { asAtom } from "./arguments.js";
import {
  type Atom,
  BOOLEAN,
  boolean,
  EXPRESSION,
  type Expression,
  expression,
  FLOAT,
  float,
  INTEGER,
  integer,
  STRING,
  string,
  symbol,
} from "./atom.js";
import { isAtom } from "./guards.js";
import { type ParseOptions, parse, parseAtom } from "./parser.js";

/**
 * What can be interpolated into a template: an atom, or a value that has an atom form. Integral numbers
 * become integers, others floats (`float(1)` for `1.0`), strings string atoms (`symbol(name)` for symbols),
 * arrays expressions.
 */
export type AtomLike = Atom | number | bigint | boolean | string | readonly AtomLike[];

/** The atom of a value; see {@link AtomLike}. Throws ERR_INVALID_ARGUMENT for anything else. */
export function toAtom(value: AtomLike): Atom {
  switch (typeof value) {
    case "number":
      return Number.isSafeInteger(value) ? integer(value) : float(value);
    case "bigint":
      return integer(value);
    case "boolean":
      return boolean(value);
    case "string":
      return string(value);
    default:
      if (Array.isArray(value)) return expression(value.map(toAtom));
      if (isAtom(value)) return value;
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        `cannot make an atom of ${kindOf(value)}: wrap host objects with hostAtom(value, { type })`,
      );
  }
}

function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/**
 * The value of an atom, as far as TypeScript has one: numbers (beyond 2^53 a `bigint`), strings, booleans,
 * expressions as arrays of values; any other atom is itself. The way back is {@link toAtom}, by which a
 * float without a fraction becomes an integer. Recurses over the depth of the atom.
 */
export function toValue(atom: Atom): AtomLike {
  switch (atom.tag) {
    case INTEGER:
    case FLOAT:
    case STRING:
    case BOOLEAN:
      return atom.value;
    case EXPRESSION:
      return atom.children.map(toValue);
    default:
      return atom;
  }
}

/** `(head part …)`; a head given as text is a symbol, the parts are as in {@link AtomLike}. */
export function expressionOf(head: Atom | string, ...parts: readonly AtomLike[]): Expression {
  const first = typeof head === "string" ? symbol(head) : asAtom("make an expression", head);
  return expression([first, ...parts.map(toAtom)]);
}

/**
 * The single atom of the text, with the values in place. Throws ERR_SYNTAX, ERR_INVALID_ARGUMENT
 * for a value that has no atom form or stands inside a word. Parsed at every call.
 */
export function atom(text: TemplateStringsArray, ...values: readonly AtomLike[]): Atom {
  return read(text, values, parseAtom);
}

/**
 * Every atom of the text, in order, with the values in place. Throws ERR_SYNTAX, also for a `!`, ERR_INVALID_ARGUMENT
 * as {@link atom} does.
 */
export function atoms(text: TemplateStringsArray, ...values: readonly AtomLike[]): Atom[] {
  return read(text, values, (whole, options) =>
    parse(whole, options).map((item) => {
      if (!item.evaluate) return item.atom;
      throw new OxbowError("ERR_SYNTAX", "cannot read atoms`…`: '!' is not allowed here");
    }),
  );
}

/** Reads the text with a word in the place of each value, and the values for the words. */
function read<Result>(
  text: TemplateStringsArray,
  values: readonly AtomLike[],
  parseText: (text: string, options: ParseOptions) => Result,
): Result {
  // Typed as a template's, it may be anything: a text, where the function was called like another.
  const { raw }: { readonly raw?: readonly string[] } = text ?? {};
  if (!Array.isArray(raw)) return refuse("read a template", "a template atom`…`", text);
  const mark = unusedMark(raw);
  const places = new Map<string, Atom>();
  for (const [index, value] of values.entries()) places.set(`${mark}${index + 1}⟩`, toAtom(value));
  const whole = raw.map((part, index) => (index === 0 ? part : `${mark}${index}⟩${part}`)).join("");
  let found = 0;
  const tokens = (word: string): Atom | undefined => {
    const value = places.get(word);
    if (value !== undefined) found++;
    else if (word.includes(mark)) throw misplaced(whole);
    return value;
  };
  const result = parseText(whole, { file: "template", tokens });
  if (found !== values.length) throw misplaced(whole);
  return result;
}

/** Begins the words that stand for values: `⟨`, or more of them where the text has some itself. */
function unusedMark(parts: readonly string[]): string {
  let mark = "⟨";
  while (parts.some((part) => part.includes(mark))) mark += "⟨";
  return mark;
}

/** TE2. */
function misplaced(text: string): OxbowError {
  return new OxbowError(
    "ERR_SYNTAX",
    `cannot parse template: a value stands for a whole atom, not inside a word, a string or a comment\n${text}`,
  );
}
