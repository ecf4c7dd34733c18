/** Equality of atoms: states by what they hold. */
import { withContents } from "../../environment/contents.js";
import { handleOf } from "../../environment/environment.js";
import type { Handle } from "../../environment/handle.js";
import { type Atom, boolean, INTEGER } from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { resolve } from "../../term/resolve.js";
import type { OperationContext, OperationResult } from "../host/operation.js";
import { type CodeNames, PrimitiveOperation } from "./primitive.js";

/** Whether two atoms are the same, bound variables followed. */
export function areEqual(handle: Handle, one: Atom, other: Atom): boolean {
  return equal(withContents(handle, resolve(one)), withContents(handle, resolve(other)));
}

export class Equality extends PrimitiveOperation {
  readonly kind = "same";

  constructor() {
    const summary = "Whether both arguments are the same atom.";
    super({ name: "==", type: "(-> $t $t Bool)", summary });
  }

  apply([one, other]: readonly Atom[], { environment }: OperationContext): OperationResult {
    return boolean(areEqual(handleOf(environment), one!, other!));
  }

  /** The truth value for two atoms whose types fit each other; integers are compared in place. */
  code(one: string, other: string, names: CodeNames): string {
    const decided = `${names.constant(areEqual)}(m.handle, ${one}, ${other})`;
    return this.codeOr(one, other, decided);
  }

  /** The same, where `decide` tells of what are not two integers. */
  codeOr(one: string, other: string, decide: string): string {
    const integers = `${one}.tag === ${INTEGER} && ${other}.tag === ${INTEGER}`;
    return `${integers} ? ${one}.value === ${other}.value : ${decide}`;
  }
}
