/**
 * What generated code does with a value: returns it, or continues with the rest of the function. The rest
 * is a function of its own, so that it can also be resumed later (saved-frame.ts).
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
  #rest: FunctionText | null = null;

  /** The rest starts from `scope` as it is now: what is assigned later is not known to it. */
  constructor(unit: UnitText, scope: Scope, write: WriteRest) {
    super();
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

  give(fn: FunctionText, value: string): void {
    fn.line(this.rest(fn).returnCall(fn, ["m", "d", value]));
  }

  await(fn: FunctionText, call: string): void {
    const rest = this.rest(fn);
    const found = fn.define(this.#unit.name("t"));
    fn.line(`const ${found} = ${call};`);
    fn.line(`if (${found} === null) return ${this.#saving(fn, rest)};`);
    fn.line(rest.returnCall(fn, ["m", "d", found]));
  }

  leave(fn: FunctionText, statement: string): void {
    fn.line(`${statement};`);
    fn.line(`return ${this.#saving(fn, this.rest(fn))};`);
  }

  #saving(fn: FunctionText, rest: FunctionText): string {
    const locals = rest.outer.map((name) => fn.use(name));
    return `save(${["m", this.#unit.door(rest), ...locals].join(", ")})`;
  }
}

/** An error in place of a part's value is the value of the whole. */
export function orError(fn: FunctionText, found: string, after: After): void {
  fn.line(`if (${found}.tag === ${EXPRESSION} && isError(${found})) {`);
  after.give(fn, found);
  fn.line("}");
}
