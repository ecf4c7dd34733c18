/** Takes the results of an evaluation, and ends it when there are enough. */
import { type Atom, symbol } from "../../term/atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { Frame, type Machine } from "./machine.js";
import { noting } from "./part-errors.js";
import type { Query } from "./query-variables.js";
import { OrderedValues } from "./suspension.js";

const EMPTY = symbol("Empty");

export class ResultFrame extends Frame {
  #results: OrderedValues = new OrderedValues();
  #forgotten = 0;
  readonly #query: Query;
  readonly #limit: number;

  constructor(query: Query, limit: number) {
    super(null);
    this.#query = query;
    this.#limit = limit;
  }

  resume(machine: Machine, value: Atom): void {
    this.#results.push(
      machine,
      noting(value, (atom) => this.#query.giveBack(atom)),
    );
    if (this.checkRoom(machine)) return;
    // Whoever pulls results one by one may stop here; the next alternative is another step.
    machine.evaluate(EMPTY, UNDEFINED, null);
  }

  /** How many more results are wanted. */
  get room(): number {
    return this.#limit - this.length;
  }

  /** Stops the machine if no more results are wanted, and then says so. */
  checkRoom(machine: Machine): boolean {
    if (this.room > 0) return false;
    machine.stop("maxResults");
    return true;
  }

  get length(): number {
    return this.#forgotten + this.#results.length;
  }

  /** By the order in which they were found, from 0; undefined if it was forgotten. */
  at(index: number): Atom | undefined {
    return this.#results.at(index - this.#forgotten);
  }

  /** Keeps only how many results there were. */
  forget(): void {
    this.#forgotten = this.length;
    this.#results = new OrderedValues();
  }

  /** In the order of a sequential evaluation. */
  inOrder(): Atom[] {
    return this.#results.inOrder();
  }
}
