/** Atoms to text, as the reference prints them. */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  type StateAtom,
  SYMBOL,
  VARIABLE,
} from "./atom.js";
import { quote } from "./literal.js";

type ShowState = (state: StateAtom) => Atom;

/** States inside states are shown to this depth. */
const DEEPEST_STATE = 100;

/**
 * The text of an atom; parsing it gives the atom back unless it holds an operation, a space, a
 * state or a host value. `showState` prints what a state holds, but not inside of itself.
 */
export function print(atom: Atom, showState?: ShowState): string {
  return printWithin(atom, showState, []);
}

/** `around` are the states that are being printed. */
function printWithin(
  atom: Atom,
  showState: ShowState | undefined,
  around: readonly string[],
): string {
  if (atom.tag !== EXPRESSION) return printLeaf(atom, showState, around);
  const parts: string[] = ["("];
  const open: { readonly source: Expression; next: number }[] = [{ source: atom, next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.source.children.length) {
      parts.push(")");
      open.pop();
      continue;
    }
    if (top.next > 0) parts.push(" ");
    const child = top.source.children[top.next++]!;
    if (child.tag === EXPRESSION) {
      parts.push("(");
      open.push({ source: child, next: 0 });
    } else {
      parts.push(printLeaf(child, showState, around));
    }
  }
  return parts.join("");
}

function printLeaf(
  atom: Exclude<Atom, Expression>,
  showState: ShowState | undefined,
  around: readonly string[],
): string {
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
    case STATE:
      return printState(atom, showState, around);
    case HOST:
      return atom.behavior.print?.(atom.value) ?? atom.typeName;
  }
}

function printState(
  state: StateAtom,
  showState: ShowState | undefined,
  around: readonly string[],
): string {
  const name = `#${state.writer.toString(16)}.${state.sequence.toString(16)}`;
  if (showState === undefined || around.includes(name) || around.length > DEEPEST_STATE) {
    return `(State ${name})`;
  }
  return `(State ${printWithin(showState(state), showState, [...around, name])})`;
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
