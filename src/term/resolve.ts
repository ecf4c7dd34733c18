/**
 * Terms under the present bindings: following variables, substituting, renaming. Nothing here uses
 * the JavaScript stack in proportion to the depth of a term beyond a fixed bound.
 */
import { type Atom, EXPRESSION, type Expression, expression, VARIABLE, Variable } from "./atom.js";

/** Depth to which substitution recurses before it goes on with a stack of its own. */
const RECURSION_LIMIT = 400;

/** What `atom` stands for at the top: follows bound variables, looks into nothing. */
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
  return substitute(top, dereference, 0);
}

/**
 * The atom with its own variables renamed apart from all others, one fresh variable for each.
 * `renamed` receives old and new; pass one map to rename several atoms alike. `make` makes the new ones.
 */
export function renameFresh(
  atom: Atom,
  renamed: Map<Variable, Variable> = new Map(),
  make: (leaf: Variable) => Variable = freshLike,
): Atom {
  const rename = (leaf: Atom): Atom => {
    if (leaf.tag !== VARIABLE) return leaf;
    let fresh = renamed.get(leaf) ?? renamedAlike(renamed, leaf);
    if (fresh === undefined) {
      fresh = make(leaf);
      renamed.set(leaf, fresh);
    }
    return fresh;
  };
  return mapLeaves(atom, rename);
}

function freshLike(leaf: Variable): Variable {
  return freshVariable(leaf.name);
}

/** What another object for the same variable was renamed to. */
function renamedAlike(renamed: Map<Variable, Variable>, leaf: Variable): Variable | undefined {
  for (const [known, fresh] of renamed) {
    if (known.name === leaf.name && known.id === leaf.id) return fresh;
  }
  return undefined;
}

/** The atom with every leaf replaced by `change(leaf)`; unchanged expressions are shared. */
export function mapLeaves(atom: Atom, change: (leaf: Atom) => Atom): Atom {
  const top = change(atom);
  return top.tag === EXPRESSION && !top.ground ? substitute(top, change, 0) : top;
}

/** `change` is applied to every child first; the expressions it gives are entered. */
function substitute(source: Expression, change: (atom: Atom) => Atom, depth: number): Atom {
  if (depth > RECURSION_LIMIT) return substituteDeep(source, change);
  const { children } = source;
  let changed: Atom[] | null = null;
  for (let index = 0; index < children.length; index++) {
    const child = children[index]!;
    let next = change(child);
    if (next.tag === EXPRESSION && !next.ground) next = substitute(next, change, depth + 1);
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

/** The same over a stack of its own, for deep terms. */
function substituteDeep(source: Expression, change: (atom: Atom) => Atom): Atom {
  const open: OpenExpression[] = [{ source, done: [], same: true }];
  for (;;) {
    const top = open.at(-1)!;
    if (top.done.length < top.source.children.length) {
      const next = change(top.source.children[top.done.length]!);
      if (next.tag === EXPRESSION && !next.ground)
        open.push({ source: next, done: [], same: true });
      else deliver(top, next);
      continue;
    }
    open.pop();
    const built = top.same ? top.source : expression(top.done);
    const parent = open.at(-1);
    if (parent === undefined) return built;
    deliver(parent, built);
  }
}

function deliver(parent: OpenExpression, child: Atom): void {
  if (parent.source.children[parent.done.length] !== child) parent.same = false;
  parent.done.push(child);
}

/** The variables of an atom in the order of their first occurrence, unbound ones only. */
export function variablesOf(atom: Atom): Variable[] {
  const found = new Set<Variable>();
  const pending: Atom[] = [atom];
  while (pending.length > 0) {
    const next = dereference(pending.pop()!);
    if (next.tag === VARIABLE) found.add(next);
    else if (next.tag === EXPRESSION && !next.ground) {
      for (let index = next.children.length - 1; index >= 0; index--) {
        pending.push(next.children[index]!);
      }
    }
  }
  return [...found];
}
