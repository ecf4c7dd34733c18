/**
 * Atoms as they are in a rule's body, in generated code: slots filled with what they stand for.
 *
 *   SF1  A slot that a part of the body may bind and another part reads has a variable before both.
 */
import { type Atom, EXPRESSION, VARIABLE, type Variable } from "../../term/atom.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Scope } from "./scope.js";
import { slotName, slotsOf } from "./slots.js";

export class SlotWriter {
  readonly #unit: UnitText;
  readonly #body: Atom;

  constructor(unit: UnitText, body: Atom) {
    this.#unit = unit;
    this.#body = body;
  }

  freshSlot(fn: FunctionText, slot: Variable, scope: Scope): string {
    const name = fn.define(slotName(slot));
    scope.assign(slot, name);
    fn.line(`const ${name} = fresh(${JSON.stringify(slot.name)});`);
    return name;
  }

  /** Gives variables to slots that occur in a part and elsewhere in the body (SF1). */
  prepareSlots(fn: FunctionText, part: Atom, scope: Scope): void {
    for (const slot of slotsOf(part)) {
      if (scope.has(slot)) continue;
      if (occurrencesOf(slot, this.#body) > occurrencesOf(slot, part)) {
        this.freshSlot(fn, slot, scope);
      }
    }
  }

  /** A scope in which the slots of nodes that have no value have variables, beside `scope`, where patterns give them one. */
  withVariables(fn: FunctionText, nodes: readonly Atom[], scope: Scope): Scope {
    const shown = scope.fork();
    for (const slot of nodes.flatMap((node) => slotsOf(node))) {
      if (shown.has(slot)) continue;
      const name = fn.define(this.#unit.name("x"));
      shown.assign(slot, name);
      fn.line(`const ${name} = fresh(${JSON.stringify(slot.name)});`);
    }
    return shown;
  }

  /** The name of an atom as it is in the body, slots filled. */
  built(fn: FunctionText, node: Atom, scope: Scope): string {
    const text = this.build(fn, node, scope);
    if (!text.includes("(")) return text;
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${text};`);
    return made;
  }

  /** The same as an expression in JavaScript. */
  build(fn: FunctionText, node: Atom, scope: Scope): string {
    if (node.tag === VARIABLE) {
      return scope.has(node) ? fn.use(scope.nameOf(node)) : this.freshSlot(fn, node, scope);
    }
    if (node.tag !== EXPRESSION || node.ground) return this.#unit.constant(node);
    const parts = node.children.map((child) => this.build(fn, child, scope));
    return `make([${parts.join(", ")}])`;
  }
}

function occurrencesOf(slot: Variable, atom: Atom): number {
  if (atom === slot) return 1;
  if (atom.tag !== EXPRESSION || atom.ground) return 0;
  return atom.children.reduce((sum, child) => sum + occurrencesOf(slot, child), 0);
}
