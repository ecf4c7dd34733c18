/**
 * Interned symbols: the one object of each name in a thread, for as long as anybody has it (A1).
 *
 *     young    name → symbol                  those made or asked for since symbols were aged last
 *     ageing   name → symbol                  the young ones of then, on their way to the old
 *     old      name → page ··weak··▶ symbols  those of a page that are here alone go together
 *
 * Names are forgotten because of collections: with the epoch of a heap (renewal.ts) symbols are aged. That is done in
 * small steps, some for each symbol made and as many as a collector has time for; until then making and finding a
 * symbol is a look into a map. A weak reference costs more than a symbol, so {@link PAGE} symbols share one, and live as
 * long as any of them.
 *
 * Invariants
 *   WI1  A symbol that anybody has is found by its name: it is among the young or the ageing, or has its page.
 */

/** Symbols of a page. */
const PAGE = 32;
const STEPS = 2;

/** What lives as long as something of it does, since each of its values has it. */
interface Page<Value> {
  readonly values: Value[];
}

/** A page and the names of those in it. */
interface Entry<Value> {
  readonly page: WeakRef<Page<Value>>;
  readonly names: readonly string[];
}

/** What is interned by name, and has its page. */
interface Named {
  readonly name: string;
  get page(): object | null;
  set page(page: object);
}

export class Interned<Value extends Named> {
  readonly #make: (name: string) => Value;
  #young = new Map<string, Value>();
  #ageing: Map<string, Value> | null = null;
  #leaving: IterableIterator<Value> | null = null;
  #batch: Value[] = [];
  readonly #old = new Map<string, Entry<Value>>();
  #entries: Entry<Value>[] = [];
  /** Entries from here on were not looked at since symbols were aged. */
  #lookedAt = 0;

  constructor(make: (name: string) => Value) {
    this.#make = make;
  }

  /** How many names are known here, of symbols that are gone too. */
  get size(): number {
    return this.#young.size + (this.#ageing?.size ?? 0) + this.#old.size;
  }

  /** The one symbol of the name. */
  get(name: string): Value {
    return this.#young.get(name) ?? this.#getOlder(name);
  }

  /** The young ones begin to age, unless the ones before them are not done. */
  age(): void {
    this.#lookedAt = 0;
    if (this.#ageing !== null) return;
    this.#ageing = this.#young;
    this.#leaving = this.#ageing.values();
    this.#young = new Map();
  }

  /** Some steps of ageing; false if there is nothing to do. */
  step(steps: number): boolean {
    for (let step = 0; step < steps; step++) {
      if (!this.#leaveOne() && !this.#lookAtOne()) return false;
    }
    return true;
  }

  #getOlder(name: string): Value {
    const value = this.#ageing?.get(name) ?? this.#findOld(name) ?? this.#make(name);
    this.#young.set(name, value);
    this.step(STEPS);
    return value;
  }

  #findOld(name: string): Value | undefined {
    const page = this.#old.get(name)?.page.deref();
    return page?.values.find((value) => value.name === name);
  }

  /** The next of the ageing joins the others of its page; false if there is none. */
  #leaveOne(): boolean {
    if (this.#leaving === null) return false;
    const next = this.#leaving.next();
    if (next.done !== true) {
      this.#batch.push(next.value);
      if (this.#batch.length === PAGE) this.#turnPage();
      return true;
    }
    this.#turnPage();
    this.#ageing = null;
    this.#leaving = null;
    return true;
  }

  #turnPage(): void {
    const values = this.#batch.filter(({ page }) => page === null);
    this.#batch = [];
    if (values.length === 0) return;
    const page: Page<Value> = { values };
    const entry = { page: new WeakRef(page), names: values.map(({ name }) => name) };
    for (const value of values) {
      value.page = page; // WI1
      this.#old.set(value.name, entry);
    }
    this.#entries.push(entry);
  }

  /** Forgets the names of the next page if it is gone; false if all were looked at. */
  #lookAtOne(): boolean {
    const entries = this.#entries;
    if (this.#lookedAt === entries.length) return false;
    const entry = entries[this.#lookedAt]!;
    if (entry.page.deref() !== undefined) {
      this.#lookedAt++;
      return true;
    }
    for (const name of entry.names) {
      if (this.#old.get(name) === entry) this.#old.delete(name);
    }
    const last = entries.pop()!;
    if (last !== entry) entries[this.#lookedAt] = last;
    return true;
  }
}
