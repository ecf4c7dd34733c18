/** Variables numbered in the order in which they are met. Two objects may stand for one variable. */
import type { Variable } from "./atom.js";

/** Up to here looking at all of them costs less than their names. */
const FEW = 8;

export class VariableNumbers {
  readonly #met: Variable[] = [];
  #byName: Map<string, number> | null = null;

  /** The number of a variable, from 0; -1 if it was not met. */
  find(variable: Variable): number {
    if (this.#byName !== null) return this.#byName.get(variableName(variable)) ?? -1;
    return this.#met.findIndex(
      (known) => known === variable || (known.name === variable.name && known.id === variable.id),
    );
  }

  /** Numbers a variable that was not met. */
  add(variable: Variable): number {
    const number = this.#met.push(variable) - 1;
    if (this.#byName !== null) this.#byName.set(variableName(variable), number);
    else if (number > FEW) {
      this.#byName = new Map(this.#met.map((met, index) => [variableName(met), index]));
    }
    return number;
  }
}

/** The same for two objects exactly if they are one variable. */
export function variableName({ name, id }: Variable): string {
  return `${name}#${id}`;
}
