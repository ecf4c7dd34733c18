/**
 * Terms under the current bindings: following variables, substituting, renaming. Nothing here uses
 * the JavaScript stack in proportion to the depth of a term beyond a fixed bound.
 */
import { countWork } from "../base/work.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  isGround,
  VARIABLE,
  Variable,
} from "./atom.js";
import { Seen, SMALL_VISITS } from "./sharing.js";
import { VariableNumbers } from "./variable-numbers.js";

/** Parts that a substitution makes before it takes notes of all of them, which costs as much as making them. */
const MANY_VISITS = 8 * SMALL_VISITS;

/** Depth to which substitution recurses before it continues with a stack of its own. */
const RECURSION_LIMIT = 400;

/** What `atom` is bound to: follows bound variables at the top, does not look inside. */
export function dereference(atom: Atom): Atom {
  let found = atom;
  while (found.tag === VARIABLE && found.value !== null) found = found.value;
  return found;
}

let nextVariableId = 1;

/** A variable that no atom of this thread contains yet; it prints as `$name#id`. */
export function freshVariable(name: string): Variable {
  return new Variable(name, nextVariableId++);
}

/** Variables made from now on have at least this number. */
export function variableMark(): number {
  return nextVariableId;
}

/** The atom with every bound variable replaced by its value; unchanged parts are shared. */
export function resolve(atom: Atom): Atom {
  const top = dereference(atom);
  if (top.tag !== EXPRESSION || top.ground) return top;
  return substituteAll(top, dereference);
}

/**
 * The atom with its variables renamed, one fresh variable for each.
 * `renamed` receives old and new; pass one map to rename several atoms alike. `make` makes the new ones.
 */
export function renameFresh(
  atom: Atom,
  renamed: Map<Variable, Variable> = new Map(),
  make: (leaf: Variable) => Variable = freshLike,
): Atom {
  if (isGround(atom)) return atom;
  const numbers = new VariableNumbers();
  const made: Variable[] = [];
  for (const [known, fresh] of renamed) {
    numbers.add(known);
    made.push(fresh);
  }
  const rename = (leaf: Atom): Atom => {
    if (leaf.tag !== VARIABLE) return leaf;
    let fresh = renamed.get(leaf);
    if (fresh !== undefined) return fresh;
    fresh = made[numbers.find(leaf)];
    if (fresh === undefined) {
      fresh = make(leaf);
      numbers.add(leaf);
      made.push(fresh);
    }
    renamed.set(leaf, fresh);
    return fresh;
  };
  return mapLeaves(atom, rename);
}

function freshLike(leaf: Variable): Variable {
  return freshVariable(leaf.name);
}

/**
 * The atom with every leaf replaced by `change(leaf)`, which gives the same for the same leaf; unchanged
 * expressions are shared, and in large atoms changed ones too.
 */
export function mapLeaves(atom: Atom, change: (leaf: Atom) => Atom): Atom {
  const top = change(atom);
  return top.tag === EXPRESSION && !top.ground ? substituteAll(top, change) : top;
}

/** As {@link mapLeaves}, with bound variables followed, and with a look into expressions without variables. */
export function mapEveryLeaf(atom: Atom, change: (leaf: Exclude<Atom, Expression>) => Atom): Atom {
  const top = dereference(atom);
  if (top.tag !== EXPRESSION) return change(top);
  return (
    new Substitution(dereference, change, null).of(top) ??
    new Substitution(dereference, change, new Map()).of(top)!
  );
}

/** Parts that the substitution under way may look at until the atom counts as a large one (sharing.ts). */
let visitsLeft = 0;

/** `change` is applied to every child first; the expressions it gives are entered. */
function substituteAll(source: Expression, change: (atom: Atom) => Atom): Atom {
  visitsLeft = SMALL_VISITS;
  return (
    substitute(source, change, 0) ??
    new Substitution(change, null, null).of(source) ??
    new Substitution(change, null, new Map()).of(source)!
  );
}

/** Null if the atom is too deep or too large for this. */
function substitute(source: Expression, change: (atom: Atom) => Atom, depth: number): Atom | null {
  const { children } = source;
  visitsLeft -= children.length;
  if (depth > RECURSION_LIMIT || visitsLeft < 0) return null;
  let changed: Atom[] | null = null;
  for (let index = 0; index < children.length; index++) {
    const child = children[index]!;
    let next = change(child);
    if (next.tag === EXPRESSION && !next.ground) {
      const inner = substitute(next, change, depth + 1);
      if (inner === null) return null;
      next = inner;
    }
    if (changed !== null) {
      changed.push(next);
    } else if (next !== child) {
      changed = children.slice(0, index);
      changed.push(next);
    }
  }
  return changed === null ? source : expression(changed);
}

interface OpenExpression {
  readonly source: Expression;
  readonly done: Atom[];
  same: boolean;
}

/**
 * A substitution over a stack of its own, for deep atoms; with notes of what was made of each expression, for
 * large ones.
 */
class Substitution {
  readonly #change: (atom: Atom) => Atom;
  /** Applied to leaves alone; then expressions without variables are entered as well. */
  readonly #changeLeaf: ((leaf: Exclude<Atom, Expression>) => Atom) | null;
  readonly #made: Map<Expression, Atom> | null;

  constructor(
    change: (atom: Atom) => Atom,
    changeLeaf: ((leaf: Exclude<Atom, Expression>) => Atom) | null,
    made: Map<Expression, Atom> | null,
  ) {
    this.#change = change;
    this.#changeLeaf = changeLeaf;
    this.#made = made;
  }

  /** Null if that takes notes and there are none. */
  of(source: Expression): Atom | null {
    const made = this.#made;
    let visits = 0;
    const open: OpenExpression[] = [{ source, done: [], same: true }];
    for (;;) {
      const top = open.at(-1)!;
      if (top.done.length < top.source.children.length) {
        const next = this.#change(top.source.children[top.done.length]!);
        if (!this.#isEntered(next)) {
          deliver(top, this.#changeLeaf?.(next) ?? next);
          continue;
        }
        const known = made?.get(next);
        if (known === undefined) open.push({ source: next, done: [], same: true });
        else deliver(top, known);
        continue;
      }
      open.pop();
      visits += top.done.length;
      if (visits > MANY_VISITS) {
        if (made === null) return null;
        countWork(visits);
        visits = 0;
      }
      const built = top.same ? top.source : expression(top.done);
      made?.set(top.source, built);
      const parent = open.at(-1);
      if (parent === undefined) return built;
      deliver(parent, built);
    }
  }

  #isEntered(atom: Atom): atom is Expression {
    return atom.tag === EXPRESSION && (!atom.ground || this.#changeLeaf !== null);
  }
}

function deliver(parent: OpenExpression, child: Atom): void {
  if (parent.source.children[parent.done.length] !== child) parent.same = false;
  parent.done.push(child);
}

/** The variables of an atom in the order of their first occurrence, unbound ones only. */
export function variablesOf(atom: Atom): Variable[] {
  const found = new Set<Variable>();
  let seen: Seen | null = null;
  let visits = 0;
  const pending: Atom[] = [atom];
  while (pending.length > 0) {
    const next = dereference(pending.pop()!);
    if (next.tag === VARIABLE) found.add(next);
    else if (next.tag === EXPRESSION && !next.ground) {
      visits += next.children.length;
      if (visits > SMALL_VISITS) {
        countWork(visits);
        visits = 0;
        seen ??= new Seen();
      }
      if (seen?.has(next) === true) continue;
      for (let index = next.children.length - 1; index >= 0; index--) {
        pending.push(next.children[index]!);
      }
    }
  }
  return [...found];
}
