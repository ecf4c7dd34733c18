/**
 * Branches that wait for the host: an asynchronous operation suspends its branch, the others continue.
 *
 *     (superpose ((fetch a) b (fetch c)))
 *
 *     fetch a  ──▶ out …………………………… settled ──▶ put back ──▶ result, key 0·0
 *     b        ──▶ result, key 1
 *     fetch c  ──▶ out ……… settled ──▶ put back ──▶ result, key 2·0
 *
 * Branches are put back in the order in which their promises settle. The order of results is that of
 * a sequential evaluation (M4) all the same: each has a key, and a branch that was taken out counts below
 * the key it had then.
 *
 * A scope (`collapse`, the whole evaluation) has finished when its own branches have, those that wait
 * included. One that finishes early is taken out in turn, as a branch of the scope around it.
 *
 *   SU1  `scope.branches` is the number of branches of the scope that are out or put back and not yet
 *        at their end.
 *   SU2  A scope goes on once: when everything above it has finished and SU1 is zero.
 */
import type { Atom } from "../../term/atom.js";
import type { Detached, OrderKey, Outcome, Scope, Waiting } from "./branches.js";
import { ChoicePoint, type Machine } from "./machine.js";

interface Ready {
  readonly branch: Detached;
  readonly scope: Scope;
  readonly place: Place;
  readonly resume: () => void;
}

/** Where values of a branch stand: below the parent, from an index on. */
interface Place {
  readonly parent: OrderKey | null;
  readonly next: number;
}

export function newScope(): Scope {
  return { branches: 0, through: null };
}

export class Suspensions implements Waiting {
  readonly #whole: Scope = newScope();
  readonly #ready: Ready[] = [];
  readonly #out: Set<Detached> = new Set();
  #parent: OrderKey | null = null;
  #next = 0;
  #wake: (() => void) | null = null;

  nextKey(): OrderKey {
    return { parent: this.#parent, index: this.#next++ };
  }

  suspend<Value>(
    machine: Machine,
    promise: PromiseLike<Value>,
    resume: (outcome: Outcome<Value>) => void,
  ): void {
    const settled = this.#takeOut(machine);
    promise.then(
      (value) => settled(() => resume({ value, failed: false })),
      (error: unknown) => settled(() => resume({ error, failed: true })),
    );
  }

  defer(machine: Machine, scope: Scope, resume: () => void): void {
    const settled = this.#takeOut(machine);
    scope.through = () => settled(resume);
  }

  /** Takes the current branch out; what is returned makes it ready to continue. */
  #takeOut(machine: Machine): (resume: () => void) => void {
    const scope = machine.branches.scope() ?? this.#whole;
    const branch = machine.branches.detach(machine);
    const place = this.#placeOf(machine);
    scope.branches++;
    this.#out.add(branch);
    return (resume) => {
      if (!this.#out.delete(branch)) return;
      this.#ready.push({ branch, scope, place, resume });
      this.#wake?.();
    };
  }

  /** If nothing that could come after it was left behind, a branch continues at its own level. */
  #placeOf(machine: Machine): Place {
    if (machine.branches.isAlone) return { parent: this.#parent, next: this.#next };
    return { parent: this.nextKey(), next: 0 };
  }

  /** Puts the branch back that has been ready longest; false if there is none. */
  resumeNext(machine: Machine): boolean {
    const next = this.#ready.shift();
    if (next === undefined) return false;
    machine.resume(next.branch, new PutBack(next.scope));
    this.#parent = next.place.parent;
    this.#next = next.place.next;
    next.resume();
    return true;
  }

  /** Whether branches are out. */
  get isWaiting(): boolean {
    return this.#out.size > 0;
  }

  /** Settles when a branch is ready, or after `timeoutMs`, or when the signal is aborted. */
  async untilReady(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#ready.length > 0 || signal?.aborted === true) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve(), { once: true });
      if (timeoutMs !== Number.POSITIVE_INFINITY) {
        timer = setTimeout(resolve, Math.min(timeoutMs, LONGEST_TIMER_MS));
      }
    });
    this.#wake = null;
    clearTimeout(timer);
  }

  /** Abandons every branch that is out or ready. */
  close(): void {
    const branches = [...this.#out, ...this.#ready.map(({ branch }) => branch)];
    this.#out.clear();
    this.#ready.length = 0;
    for (const { choices } of branches) for (const choice of choices) choice.close();
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lies below a branch that was put back, and notices its end. */
class PutBack extends ChoicePoint {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    super();
    this.#scope = scope;
  }

  retry(): boolean {
    const scope = this.#scope;
    scope.branches--;
    if (scope.branches === 0) scope.through?.(); // SU2
    return false;
  }

  override scope(): Scope {
    return this.#scope;
  }
}

/** Values with the keys by which they are put in order, where an evaluation can wait. */
export class OrderedValues {
  readonly #values: Atom[] = [];
  readonly #keys: OrderKey[] = [];

  get length(): number {
    return this.#values.length;
  }

  push(machine: Machine, value: Atom): void {
    this.#values.push(value);
    machine.branches.hold(value);
    if (machine.waiting !== null) this.#keys.push(machine.waiting.nextKey());
  }

  /** In the order in which they were pushed. */
  at(index: number): Atom | undefined {
    return this.#values[index];
  }

  /** In the order in which a sequential evaluation finds them. */
  inOrder(): Atom[] {
    const keys = this.#keys;
    if (keys.every(({ parent }) => parent === null)) return this.#values;
    return this.#values
      .map((value, index) => ({ value, path: pathOf(keys[index]!) }))
      .sort((one, other) => comparePaths(one.path, other.path))
      .map(({ value }) => value);
  }
}

function pathOf(key: OrderKey): number[] {
  const path: number[] = [];
  for (let at: OrderKey | null = key; at !== null; at = at.parent) path.push(at.index);
  return path.reverse();
}

function comparePaths(one: readonly number[], other: readonly number[]): number {
  const shared = Math.min(one.length, other.length);
  for (let index = 0; index < shared; index++) {
    if (one[index] !== other[index]) return one[index]! - other[index]!;
  }
  return one.length - other.length;
}
