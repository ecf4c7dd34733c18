/**
 * Declarations: which functions of a space are tabled. Those of a program stand in a register of the environment, so
 * clones, unions, snapshots and other threads have them, and what a space imports counts as well; those of the host, in
 * the library.
 */
import { dependenciesOf } from "../../environment/dependencies.js";
import type { Handle } from "../../environment/handle.js";
import { hasSpace, note, notedOf, TABLED } from "../../environment/registers.js";
import {
  type Atom,
  type Expression,
  expression,
  INTEGER,
  integer,
  SELF,
  type SpaceAtom,
  type SymbolAtom,
} from "../../term/atom.js";
import { FunctionSet } from "./function-set.js";
import type { Registry } from "./registry.js";

/** Calls of the head with so many arguments are answered from tables from now on. Throws HeapExhaustedError. */
export function declareTabled(
  handle: Handle,
  space: SpaceAtom | null,
  head: SymbolAtom,
  arity: number,
): void {
  if (declaredIn(handle, [space]).has(head, arity)) return;
  note(handle, TABLED, space ?? SELF, [expression([head, integer(arity)])]);
}

function declaredIn(handle: Handle, spaces: readonly (SpaceAtom | null)[]): FunctionSet {
  const found = new FunctionSet();
  for (const space of spaces) {
    for (const atom of notedOf(handle, TABLED, space ?? SELF)) {
      const [head, arity] = (atom as Expression).children as readonly [SymbolAtom, Atom];
      if (arity.tag === INTEGER) found.add(head, Number(arity.value));
    }
  }
  return found;
}

/** The tabled functions of one space, as they are now. */
export class TabledFunctions {
  readonly #handle: Handle;
  readonly #space: SpaceAtom | null;
  readonly #registry: Registry;
  /** Null: none. */
  #found: FunctionSet | null = null;
  /** The definitions for which that was found. */
  #foundAt = -1;

  constructor(handle: Handle, space: SpaceAtom | null, registry: Registry) {
    this.#handle = handle;
    this.#space = space;
    this.#registry = registry;
  }

  /** Whether calls of the head with so many arguments are answered from tables. Costs a look at a number. */
  has(head: SymbolAtom, arity: number): boolean {
    const { definitions } = this.#handle;
    if (definitions !== this.#foundAt) {
      this.#foundAt = definitions;
      this.#found = this.#find();
    }
    return this.#found?.has(head, arity) === true || this.#registry.isTabled(head, arity);
  }

  #find(): FunctionSet | null {
    const handle = this.#handle;
    // Most programs declare nothing, and need no walk through what the space depends on.
    if (!hasSpace(handle, TABLED)) return null;
    return declaredIn(handle, [this.#space, ...dependenciesOf(handle, this.#space)]);
  }
}
