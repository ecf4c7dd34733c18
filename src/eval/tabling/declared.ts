/**
 * Declarations: which functions of a space are tabled. They stand in a register of the handle, so clones, unions,
 * snapshots and other threads have them, and what a space imports counts as well.
 */
import { dependenciesOf } from "../../environment/dependencies.js";
import type { Handle } from "../../environment/handle.js";
import { hasSpace, note, notedOf, TABLED } from "../../environment/registers.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  INTEGER,
  integer,
  SELF,
  type SpaceAtom,
  SYMBOL,
  type SymbolAtom,
} from "../../term/atom.js";

const NONE: ReadonlyMap<SymbolAtom, ReadonlySet<number>> = new Map();

/** Calls of the head with so many arguments are answered from tables from now on. Throws HeapExhaustedError. */
export function declareTabled(
  handle: Handle,
  space: SpaceAtom | null,
  head: SymbolAtom,
  arity: number,
): void {
  const known = declaredIn(handle, [space]);
  if (known.get(head)?.has(arity) === true) return;
  note(handle, TABLED, space ?? SELF, [expression([head, integer(arity)])]);
}

function declaredIn(
  handle: Handle,
  spaces: readonly (SpaceAtom | null)[],
): ReadonlyMap<SymbolAtom, ReadonlySet<number>> {
  const found = new Map<SymbolAtom, Set<number>>();
  for (const space of spaces) {
    for (const atom of notedOf(handle, TABLED, space ?? SELF)) {
      const [head, arity] = (atom as Expression).children as readonly [SymbolAtom, Atom];
      if (arity.tag !== INTEGER) continue;
      const arities = found.get(head) ?? new Set();
      found.set(head, arities.add(Number(arity.value)));
    }
  }
  return found.size === 0 ? NONE : found;
}

/** The tabled functions of one space, as they are now. */
export class TabledFunctions {
  readonly #handle: Handle;
  readonly #space: SpaceAtom | null;
  #found = NONE;
  /** The definitions for which that was found. */
  #foundAt = -1;

  constructor(handle: Handle, space: SpaceAtom | null) {
    this.#handle = handle;
    this.#space = space;
  }

  /** Whether calls of the head with so many arguments are answered from tables. Costs a look at a number. */
  has(head: SymbolAtom, arity: number): boolean {
    const { definitions } = this.#handle;
    if (definitions !== this.#foundAt) this.#find(definitions);
    return this.#found !== NONE && this.#found.get(head)?.has(arity) === true;
  }

  #find(definitions: number): void {
    const handle = this.#handle;
    this.#foundAt = definitions;
    // Most programs declare nothing, and need no walk through what the space depends on.
    this.#found = hasSpace(handle, TABLED)
      ? declaredIn(handle, [this.#space, ...dependenciesOf(handle, this.#space)])
      : NONE;
  }
}

/** The head and the number of arguments that a declaration names: `(path $x $y)`; null for anything else. */
export function functionOf(atom: Atom): readonly [head: SymbolAtom, arity: number] | null {
  if (atom.tag !== EXPRESSION || atom.children.length === 0) return null;
  const head = atom.children[0]!;
  return head.tag === SYMBOL ? [head, atom.children.length - 1] : null;
}
