/**
 * The plain model of an environment: an observed-remove multiset in arrays and sets.
 *
 * Every write is an event with a number of its own. An environment is its live occurrences in order
 * and the set of the events it has seen. What the heap does with writers, context trees and shared
 * segments must look like this from outside.
 */
export interface ModelRow {
  readonly event: number;
  readonly atom: string;
}

export class ModelClock {
  private last = 0;

  next(): number {
    return ++this.last;
  }
}

export class ModelEnvironment {
  private readonly clock: ModelClock;
  private rows: ModelRow[];
  private readonly seen: Set<number>;

  private constructor(clock: ModelClock, rows: ModelRow[], seen: Set<number>) {
    this.clock = clock;
    this.rows = rows;
    this.seen = seen;
  }

  static create(clock: ModelClock): ModelEnvironment {
    return new ModelEnvironment(clock, [], new Set());
  }

  add(atom: string): void {
    const event = this.clock.next();
    this.rows.push({ event, atom });
    this.seen.add(event);
  }

  /** Takes the first live occurrence; false, and no event, when there is none. */
  remove(atom: string): boolean {
    const index = this.rows.findIndex((row) => row.atom === atom);
    if (index < 0) return false;
    this.rows = this.rows.toSpliced(index, 1);
    this.seen.add(this.clock.next());
    return true;
  }

  clone(): ModelEnvironment {
    return new ModelEnvironment(this.clock, [...this.rows], new Set(this.seen));
  }

  union(other: ModelEnvironment): ModelEnvironment {
    if (includes(this.seen, other.seen)) return this.clone();
    if (includes(other.seen, this.seen)) return other.clone();
    const mine = new Set(this.rows.map((row) => row.event));
    const theirs = new Set(other.rows.map((row) => row.event));
    const kept = this.rows.filter((row) => !other.seen.has(row.event) || theirs.has(row.event));
    const added = other.rows.filter((row) => !this.seen.has(row.event) && !mine.has(row.event));
    const seen = new Set([...this.seen, ...other.seen, this.clock.next()]);
    return new ModelEnvironment(this.clock, [...kept, ...added], seen);
  }

  atoms(): string[] {
    return this.rows.map((row) => row.atom);
  }
}

function includes(all: ReadonlySet<number>, some: ReadonlySet<number>): boolean {
  for (const event of some) if (!all.has(event)) return false;
  return true;
}
