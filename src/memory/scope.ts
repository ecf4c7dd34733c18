/**
 * Scope: a stretch of a program at whose end the environments made in it are disposed.
 *
 * What belongs to a scope is decided by who makes it, not by when: the scope goes along with the calls of its body,
 * through `await` too where the platform follows calls there, and other work of the thread in between is not touched.
 *
 * Invariants
 *   SCO1  An environment belongs to the innermost running scope of its heap that its maker runs in, or to none.
 *   SCO2  A scope that has ended has nothing; what is made later by a call that outlived it belongs to the scope
 *         around it.
 */
import { OxbowError } from "../base/errors.js";
import { isThenable } from "../base/promises.js";
import { platform } from "../platform/current.js";
import type { CallStorage } from "../platform/platform.js";
import type { LocalHeap } from "./layout.js";

/** What a scope disposes. Disposing twice does nothing. */
interface Scoped {
  readonly disposed: boolean;
  dispose(): void;
}

/** Below so many a scope does not look for what was disposed already. */
const FIRST_SWEEP = 256;

const COMPANION = "scopes";

/** A running scope of `Heap.scope`, to hand environments out of. */
export class Scope {
  readonly #heap: LocalHeap;
  readonly #outer: Scope | undefined;
  #made: Scoped[] = [];
  #sweepAt = FIRST_SWEEP;
  #isRunning = true;

  private constructor(heap: LocalHeap, outer: Scope | undefined) {
    this.#heap = heap;
    this.#outer = outer;
  }

  /** As `Heap.scope`. @internal */
  static run<Result>(heap: LocalHeap, body: (scope: Scope) => Result): Result {
    const storage = storageOf(heap);
    const scope = new Scope(heap, storage.current());
    heap.runningScopes++;
    let isLater = false;
    try {
      const result = storage.run(scope, body);
      if (!isThenable(result)) return result;
      if (!platform.waiting.followsAwait) throw notFollowed();
      isLater = true;
      return Promise.resolve(result).finally(() => scope.#end()) as Result;
    } finally {
      if (!isLater) scope.#end();
    }
  }

  /** The new environment goes to the scope that its maker runs in, if there is one of its heap. @internal */
  static adopt(heap: LocalHeap, made: Scoped): void {
    const scope = Scope.#find(storageOf(heap).current());
    if (scope !== undefined) scope.#add(made);
  }

  /** Hands an environment out of the scope: it goes to the scope around this one, or is the caller's to dispose. */
  keep<Kept extends { readonly disposed: boolean; dispose(): void }>(kept: Kept): Kept {
    const place = this.#made.indexOf(kept);
    if (place < 0) return kept;
    this.#made.splice(place, 1);
    const outer = Scope.#find(this.#outer);
    if (outer !== undefined) outer.#add(kept);
    return kept;
  }

  /** The innermost running one (SCO1). */
  static #find(from: Scope | undefined): Scope | undefined {
    let scope = from;
    while (scope !== undefined && !scope.#isRunning) scope = scope.#outer;
    return scope;
  }

  #add(made: Scoped): void {
    if (this.#made.length >= this.#sweepAt) {
      this.#made = this.#made.filter((it) => !it.disposed);
      this.#sweepAt = Math.max(FIRST_SWEEP, this.#made.length * 2);
    }
    this.#made.push(made);
  }

  #end(): void {
    this.#isRunning = false;
    // Ended first: what is made from now on is not this scope's (SCO2).
    const made = this.#made;
    this.#made = [];
    for (const it of made.toReversed()) it.dispose();
    this.#heap.runningScopes--;
    if (this.#heap.runningScopes === 0) storageOf(this.#heap).rest();
  }
}

/** Which scope of the heap a call runs in. */
function storageOf(heap: LocalHeap): CallStorage<Scope> {
  const known = heap.companions.get(COMPANION);
  if (known !== undefined) return known as CallStorage<Scope>;
  const made = platform.waiting.callStorage<Scope>();
  heap.companions.set(COMPANION, made);
  return made;
}

function notFollowed(): OxbowError {
  const message =
    "cannot run a scope with a body that answers later: this platform does not tell what is made behind an await";
  return new OxbowError("ERR_ASYNCHRONOUS", message);
}
