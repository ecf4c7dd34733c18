/** Functions by their names and how many arguments they have. */
import { type Atom, EXPRESSION, SYMBOL, type SymbolAtom } from "../../term/atom.js";

/** The head and the number of arguments of a call, `(path $x $y)`; null for what calls no symbol. */
export function functionOf(atom: Atom): readonly [head: SymbolAtom, arity: number] | null {
  if (atom.tag !== EXPRESSION || atom.children.length === 0) return null;
  const head = atom.children[0]!;
  return head.tag === SYMBOL ? [head, atom.children.length - 1] : null;
}

export class FunctionSet {
  readonly #arities = new Map<SymbolAtom, Set<number>>();

  has(head: SymbolAtom, arity: number): boolean {
    return this.#arities.get(head)?.has(arity) === true;
  }

  add(head: SymbolAtom, arity: number): void {
    const known = this.#arities.get(head);
    if (known === undefined) this.#arities.set(head, new Set([arity]));
    else known.add(arity);
  }
}
