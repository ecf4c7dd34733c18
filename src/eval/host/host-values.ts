/**
 * Host values that words stand for: a thread's own table for a heap, since they cannot stand in shared memory.
 *
 *     word &file   in the environment:   ticket 7        7 → the host value, here
 *
 * A ticket is a state of a name that no program can write and that no environment has.
 *
 * A number is a ticket for one value, in the whole heap and for ever.
 * A value is kept until the thread has too many of them, and then the oldest goes.
 */
import { NAMED } from "../../environment/causal-context.js";
import { type Environment, heapOf } from "../../environment/environment.js";
import { COUNTER_TYPES, type Heap, nextCounter } from "../../memory/heap.js";
import { type HostAtom, StateAtom } from "../../term/atom.js";

/** Values that words of the programs of a thread and heap may stand for at a time. */
const KEPT_VALUES = 1_024;

/** The number of a ticket; null for any other state. */
export function hostTicket({ writer, sequence }: StateAtom): number | null {
  return writer === NAMED && sequence < 0 ? -sequence : null;
}

const COMPANION = "host-values";

export class HostValues {
  readonly #values = new Map<number, HostAtom>();

  /** Those that this thread has for the environments of a heap. */
  static of(heap: Heap): HostValues {
    const known = heap.companions.get(COMPANION);
    if (known !== undefined) return known as HostValues;
    const made = new HostValues();
    heap.companions.set(COMPANION, made);
    return made;
  }

  /** The ticket for a value. */
  keep(environment: Environment, value: HostAtom): StateAtom {
    const number = nextCounter(heapOf(environment), COUNTER_TYPES);
    this.#values.set(number, value);
    if (this.#values.size > KEPT_VALUES) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    return new StateAtom(NAMED, -number);
  }

  has(value: unknown): boolean {
    for (const kept of this.#values.values()) if (kept.value === value) return true;
    return false;
  }

  find(ticket: number): HostAtom | undefined {
    return this.#values.get(ticket);
  }
}
