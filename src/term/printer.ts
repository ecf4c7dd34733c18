/**
 * Atoms to text, as the reference prints them. A part that occurs often in an atom is printed as often, so that
 * a small object may have a text of any length: it is put together in portions, and given up when it is longer
 * than it may be.
 */
import { countWork } from "../base/work.js";
import type { Atom, Expression, StateAtom } from "./atom.js";
import { quote } from "./quote.js";
import { LONGEST_TEXT, textTooLong } from "./sizes.js";
import {
  BOOLEAN,
  EXPRESSION,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
} from "./tags.js";

/** What to show in place of a state: what it holds, `(state) => environment.getState(state)`. */
export type ShowState = (state: StateAtom) => Atom;

/** States inside states are shown to this depth. */
const DEEPEST_STATE = 100;

/** Pieces of text that are put together at once. */
const PORTION = 4096;

/** Characters of an atom where somebody looks at it in passing. */
const BRIEF = 10_000;

/**
 * The text of an atom; parsing it gives the atom back unless it holds an operation, a space, a
 * state or a host value. `showState` supplies what a state holds; a state inside itself is shown by name.
 * Throws ERR_LIMIT for
 * a text of more than {@link LONGEST_TEXT} characters.
 */
export function print(atom: Atom, showState?: ShowState): string {
  const text = new Text(LONGEST_TEXT, showState);
  if (text.add(atom)) return text.whole();
  throw textTooLong();
}

/** As {@link print}, for people: what is longer than `longest` characters ends with an ellipsis. */
export function printBriefly(atom: Atom, longest: number = BRIEF, showState?: ShowState): string {
  const text = new Text(longest, showState);
  return text.add(atom) ? text.whole() : `${text.whole().slice(0, longest)}…`;
}

/** A text that is being put together. */
class Text {
  readonly #longest: number;
  readonly #showState: ShowState | undefined;
  #pieces: string[] = [];
  #before = "";
  #length = 0;
  /** The states that are being printed. */
  readonly #around: string[] = [];

  constructor(longest: number, showState: ShowState | undefined) {
    this.#longest = longest;
    this.#showState = showState;
  }

  whole(): string {
    return this.#before + this.#pieces.join("");
  }

  /** False if the text has got too long; then it is somewhere in the middle. */
  add(atom: Atom): boolean {
    if (atom.tag !== EXPRESSION) return this.#addLeaf(atom);
    this.#put("(");
    const open: { readonly source: Expression; next: number }[] = [{ source: atom, next: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (this.#length > this.#longest) return false;
      if (top.next === top.source.children.length) {
        this.#put(")");
        open.pop();
        continue;
      }
      if (top.next > 0) this.#put(" ");
      const child = top.source.children[top.next++]!;
      if (child.tag === EXPRESSION) {
        this.#put("(");
        open.push({ source: child, next: 0 });
      } else {
        this.#addLeaf(child);
      }
    }
    return this.#length <= this.#longest;
  }

  #put(piece: string): void {
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length < PORTION) return;
    this.#before = this.whole();
    this.#pieces = [];
    countWork(PORTION);
  }

  #addLeaf(atom: Exclude<Atom, Expression>): boolean {
    if (atom.tag === STATE) return this.#addState(atom);
    this.#put(printLeaf(atom));
    return this.#length <= this.#longest;
  }

  #addState(state: StateAtom): boolean {
    const name = `#${state.writer.toString(16)}.${state.sequence.toString(16)}`;
    const around = this.#around;
    if (
      this.#showState === undefined ||
      around.includes(name) ||
      around.length > DEEPEST_STATE ||
      this.#length > this.#longest
    ) {
      this.#put(`(State ${name})`);
      return this.#length <= this.#longest;
    }
    this.#put("(State ");
    around.push(name);
    const isWhole = this.add(this.#showState(state));
    around.pop();
    this.#put(")");
    return isWhole && this.#length <= this.#longest;
  }
}

function printLeaf(atom: Exclude<Atom, Expression | StateAtom>): string {
  switch (atom.tag) {
    case SYMBOL:
    case OPERATION:
      return atom.name;
    case VARIABLE:
      return atom.id === 0 ? `$${atom.name}` : `$${atom.name}#${atom.id}`;
    case INTEGER:
      return atom.value.toString();
    case FLOAT:
      return printFloat(atom.value);
    case STRING:
      return quote(atom.value);
    case BOOLEAN:
      return atom.value ? "True" : "False";
    case SPACE:
      if (atom.writer === 0) return "&self";
      return `GroundingSpace-${atom.writer.toString(16)}.${atom.sequence.toString(16)}`;
    case HOST:
      return atom.behavior.print?.(atom.value) ?? atom.typeName;
  }
}

/** A float always shows that it is one: `1.0`, `1e300`, `inf`, `-inf`, `NaN`. */
function printFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-5)) {
    return value.toExponential().replace("e+", "e");
  }
  const text = value.toString();
  return /[.e]/.test(text) ? text : `${text}.0`;
}
