/**
 * What generated code does with a value: returns it, or continues with the rest of the function. The rest
 * is a function of its own, so that it can also be resumed later (saved-frame.ts).
 *
 *     (foo (bar (superpose (1 2))))       `superpose` leaves its alternatives: the rest of `bar` is saved, and resumed for
 *          └── part of foo                each; it calls the rest of `foo`, or saves it, once for each
 *
 * What is saved first takes with it, as locals, what waits for the parts around it, so that this is one for all
 * alternatives (PX1). It is null as long as nothing was saved: then there is one alternative.
 */
import { EXPRESSION } from "../../term/atom.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Scope } from "./scope.js";

export abstract class After {
  /** The value is in a local or constant. */
  abstract give(fn: FunctionText, value: string): void;
  /** The value is that of a call in JavaScript, or null. */
  abstract await(fn: FunctionText, call: string): void;
  /** The function that takes the value; null: it is returned. */
  abstract rest(fn: FunctionText): FunctionText | null;
  /** The local that waits for the part which has the value; "null": nothing has split since the part was begun. */
  abstract part(fn: FunctionText): string;
  /** A statement leaves computing the value to the machine. */
  abstract leave(fn: FunctionText, statement: string): void;
}

class Returned extends After {
  give(fn: FunctionText, value: string): void {
    fn.line(`return ${value};`);
  }

  await(fn: FunctionText, call: string): void {
    fn.line(`return ${call};`);
  }

  rest(): null {
    return null;
  }

  part(): string {
    return "null";
  }

  leave(fn: FunctionText, statement: string): void {
    fn.line(`return ${statement};`);
  }
}

/** The value of the node is that of the function. */
export const RETURN: After = new Returned();

type WriteRest = (fn: FunctionText, value: string, scope: Scope) => void;

/** The value goes to the rest of the function, which is written when it is first needed. */
export class Continue extends After {
  readonly #unit: UnitText;
  readonly #scope: Scope;
  readonly #write: WriteRest;
  readonly #part: string;
  #rest: FunctionText | null = null;

  /**
   * For a part that `fn` begins. The rest starts from `scope` as it is now: what is assigned later is not known to it.
   */
  constructor(unit: UnitText, fn: FunctionText, scope: Scope, write: WriteRest) {
    super();
    this.#part = unit.part(fn);
    this.#unit = unit;
    this.#scope = scope.fork().forgetUntyped();
    this.#write = write;
  }

  rest(fn: FunctionText): FunctionText {
    if (this.#rest === null) {
      const value = this.#unit.name("v");
      const rest = this.#unit.function("rest", ["m", "d", value], fn.isDriven);
      this.#rest = rest;
      this.#unit.writeRest(rest, () => this.#write(rest, value, this.#scope));
    }
    return this.#rest;
  }

  part(fn: FunctionText): string {
    return fn.use(this.#part);
  }

  give(fn: FunctionText, value: string): void {
    const rest = this.rest(fn);
    const part = this.part(fn);
    const taken = part === "null" ? value : `taken(${part}, ${value})`;
    fn.line(rest.returnCall(fn, ["m", "d", taken]));
  }

  await(fn: FunctionText, call: string): void {
    const found = fn.define(this.#unit.name("t"));
    fn.line(`const ${found} = ${call};`);
    fn.line(`if (${found} === null) return ${this.#saving(fn, this.rest(fn))};`);
    this.give(fn, found);
  }

  leave(fn: FunctionText, statement: string): void {
    fn.line(`${statement};`);
    fn.line(`return ${this.#saving(fn, this.rest(fn))};`);
  }

  #saving(fn: FunctionText, rest: FunctionText): string {
    const locals = this.#unit.saved(fn, rest);
    return `save(${["m", this.part(fn), this.#unit.door(rest), ...locals].join(", ")})`;
  }
}

/** An error in place of a part's value is the value of the whole. */
export function orError(fn: FunctionText, found: string, after: After): void {
  fn.line(`if (${found}.tag === ${EXPRESSION} && isError(${found})) {`);
  after.give(fn, found);
  fn.line("}");
}
