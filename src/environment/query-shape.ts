/**
 * Query shapes: what patterns have in common that differ only in the atoms without variables in them. An embedder makes
 * a new pattern for each question, but asks questions of few shapes: each shape is prepared once (prepared-pattern.ts).
 *
 *     (edge n17 $x)        (edge $0 $1)            n17, free
 *     (at $x (p 3 $x))     (at $0 (p $1 $0))       free, 3
 *
 *   QH1  A shape and its values say all of a pattern but the names of its variables.
 *   QH2  There are a bounded number of shapes; when there are more, those of all heads, or the oldest of one, are
 *        forgotten.
 */
import {
  type Atom,
  EXPRESSION,
  expression,
  HOST,
  SYMBOL,
  type SymbolAtom,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { sameVariable } from "../term/equal.js";
import { freshVariable } from "../term/resolve.js";
import { isAlone } from "./dependencies.js";
import type { Handle } from "./handle.js";
import { type PreparedMatch, PreparedPattern } from "./prepared-pattern.js";
import { type Intervals, type Question, restrictionOf } from "./question.js";
import type { Restriction } from "./restriction.js";
import { hasStates } from "./state.js";
import type { Store } from "./workspace.js";

const MOST_SHAPES = 16;
const MOST_HEADS = 256;
/** Places of a pattern, and expressions with variables in it: larger ones are matched in the general way. */
const MOST_PARTS = 32;

const COMPANION = "query shapes";

/** A pattern taken apart (QH1). */
class Reading {
  /** In pre-order: the number of a place, or −1 − n for an expression of n children with variables in it. */
  readonly form: number[] = [];
  /** What is given in each place; null where a variable stands. */
  readonly values: (Atom | null)[] = [];
  /** The variable of each place that has one. */
  readonly variables: (Variable | null)[] = [];

  /** False if the pattern is none to be prepared. */
  read(children: readonly Atom[], from: number): boolean {
    const { form, values, variables } = this;
    if (form.length + children.length > MOST_PARTS) return false;
    for (let index = from; index < children.length; index++) {
      const part = children[index]!;
      if (part.tag === VARIABLE) {
        const place = this.#placeOf(part);
        if (place < 0) return false;
        form.push(place);
      } else if (part.tag === EXPRESSION && !part.ground) {
        form.push(-1 - part.children.length);
        if (!this.read(part.children, 0)) return false;
      } else {
        if (part.tag === HOST) return false;
        form.push(values.length);
        values.push(part);
        variables.push(null);
      }
    }
    return true;
  }

  /** −1 for a second object of a variable's name: whoever asks for bindings gets one for each. */
  #placeOf(variable: Variable): number {
    const { variables, values } = this;
    for (let place = 0; place < variables.length; place++) {
      const known = variables[place]!;
      if (known === variable) return place;
      if (known !== null && sameVariable(known, variable)) return -1;
    }
    values.push(null);
    return variables.push(variable) - 1;
  }
}

class Shape {
  readonly form: readonly number[];
  readonly length: number;
  readonly prepared: PreparedPattern;

  constructor(store: Store, head: SymbolAtom, length: number, form: readonly number[]) {
    this.form = form;
    this.length = length;
    const places: Variable[] = [];
    let at = 0;
    const children = (count: number): Atom[] => Array.from({ length: count }, next);
    const next = (): Atom => {
      const part = form[at++]!;
      return part < 0 ? expression(children(-1 - part)) : (places[part] ??= freshVariable("part"));
    };
    this.prepared = new PreparedPattern(store, expression([head, ...children(length - 1)]), false);
  }

  has(length: number, form: readonly number[]): boolean {
    if (this.length !== length || this.form.length !== form.length) return false;
    for (let at = 0; at < form.length; at++) if (this.form[at] !== form[at]) return false;
    return true;
  }
}

/** The shapes that a store has met. */
class Shapes {
  readonly #byHead = new Map<SymbolAtom, Shape[]>();

  shapeOf(store: Store, head: SymbolAtom, length: number, form: readonly number[]): Shape {
    let known = this.#byHead.get(head);
    if (known === undefined) {
      if (this.#byHead.size === MOST_HEADS) this.#byHead.clear(); // QH2
      known = [];
      this.#byHead.set(head, known);
    }
    for (const shape of known) if (shape.has(length, form)) return shape;
    const made = new Shape(store, head, length, form);
    if (known.length === MOST_SHAPES) known.shift();
    known.push(made);
    return made;
  }
}

function shapesOf(store: Store): Shapes {
  const { companions } = store.heap;
  const known = companions.get(COMPANION);
  if (known instanceof Shapes) return known;
  const made = new Shapes();
  companions.set(COMPANION, made);
  return made;
}

/** A search by a shape: the matches, and which variable of the pattern each place of them belongs to. */
export class ShapedMatch {
  readonly match: PreparedMatch;
  readonly #prepared: PreparedPattern;
  readonly #variables: readonly (Variable | null)[];

  constructor(
    prepared: PreparedPattern,
    match: PreparedMatch,
    variables: readonly (Variable | null)[],
  ) {
    this.#prepared = prepared;
    this.match = match;
    this.#variables = variables;
  }

  /** What a leaf of a template is for the present match. */
  readonly filled = (leaf: Atom): Atom => {
    if (leaf.tag !== VARIABLE) return leaf;
    const variables = this.#variables;
    for (let place = 0; place < variables.length; place++) {
      const known = variables[place]!;
      if (known !== null && sameVariable(known, leaf)) {
        return this.match.part(place);
      }
    }
    return leaf;
  };

  /** What the variables of the pattern are for the present match. */
  bindings(): Map<Variable, Atom> {
    const found = new Map<Variable, Atom>();
    for (const [place, variable] of this.#variables.entries()) {
      if (variable !== null) found.set(variable, this.match.part(place));
    }
    return found;
  }

  /** Ends the search, early or not. */
  close(): void {
    this.match.close();
    this.#prepared.giveBack(this.match);
  }
}

/**
 * Begins to search a space for a pattern of the embedder, whose variables are the embedder's: nothing is bound. Null if
 * the pattern takes the general way (search.ts), which finds the same. Throws ERR_INVALID_ARGUMENT for an unknown space.
 */
export function searchShaped(
  handle: Handle,
  { pattern, space, intervals }: Question,
): ShapedMatch | null {
  if (!PreparedPattern.canPrepare(pattern)) return null;
  const { children } = pattern;
  const head = children[0]!;
  const reading = new Reading();
  if (head.tag !== SYMBOL || !reading.read(children, 1)) return null;
  if (hasStates(handle) || !isAlone(handle, space)) return null;
  const { store } = handle;
  const { prepared } = shapesOf(store).shapeOf(store, head, children.length, reading.form);
  const restrict = intervals === null ? null : restricting(intervals, prepared, reading.variables);
  const match = prepared.matches(handle, space, reading.values, store.trail, restrict);
  return match === null ? null : new ShapedMatch(prepared, match, reading.variables);
}

/** What bounds ask, by the places of a shape. */
function restricting(
  intervals: Intervals,
  { places }: PreparedPattern,
  variables: readonly (Variable | null)[],
): () => Restriction | null {
  const placed = variables.map((variable, place) => [variable, places[place]!] as const);
  const restriction = restrictionOf(intervals, placed);
  return () => restriction;
}
