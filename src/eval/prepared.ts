/**
 * What an evaluator keeps from one evaluation to the next: rules and types in the form in which they are
 * used, by the version of what they were made of. A version says what it holds in one heap, so
 * branches of a fork and later evaluations find what an earlier one has prepared.
 *
 *   PE1  An entry is never changed; one for another version is another entry.
 *   PE2  There are a bounded number of versions for each head, and of type versions; the oldest go.
 */
import type { Heap } from "../memory/heap.js";
import type { SpaceAtom, SymbolAtom } from "../term/atom.js";
import type { PreparedRule } from "./rules.js";
import type { Declared } from "./types.js";

/** Versions of one relation, or of a space's types, that are kept. */
const KEPT_VERSIONS = 8;

/** The rules of one relation in one version. */
export interface PreparedRules {
  readonly writer: number;
  readonly sequence: number;
  readonly rules: readonly PreparedRule[];
}

/** A map that forgets its oldest entries. */
class Bounded<Value> {
  readonly #entries = new Map<string, Value>();

  find(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  keep(key: string, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= KEPT_VERSIONS) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }
}

export class Preparations {
  #heap: Heap | null = null;
  #rules = new Map<SymbolAtom | null, Bounded<PreparedRules>>();
  #types = new Bounded<Map<SymbolAtom, Declared>>();

  /** From now on for environments of this heap; what was kept for another is forgotten. */
  serve(heap: Heap): void {
    if (this.#heap === heap) return;
    this.#heap = heap;
    this.#rules = new Map();
    this.#types = new Bounded();
  }

  /** The rules of a head (null: those without one) and arity in a version, prepared once. */
  rules(
    space: SpaceAtom | null,
    head: SymbolAtom | null,
    arity: number,
    version: { readonly writer: number; readonly sequence: number },
    prepare: () => readonly PreparedRule[],
  ): PreparedRules {
    let byVersion = this.#rules.get(head);
    if (byVersion === undefined) {
      byVersion = new Bounded();
      this.#rules.set(head, byVersion);
    }
    const { writer, sequence } = version;
    const key = `${spaceKey(space)}/${arity}/${writer}.${sequence}`;
    const known = byVersion.find(key);
    if (known !== undefined) return known;
    const made = { writer, sequence, rules: prepare() };
    byVersion.keep(key, made);
    return made;
  }

  /** What is known of the types of symbols in a version of a space's type assertions; to be filled. */
  types(
    space: SpaceAtom | null,
    typeVersion: string,
    libraryVersion: number,
  ): Map<SymbolAtom, Declared> {
    const key = `${spaceKey(space)}/${typeVersion}/${libraryVersion}`;
    let known = this.#types.find(key);
    if (known === undefined) {
      known = new Map();
      this.#types.keep(key, known);
    }
    return known;
  }
}

function spaceKey(space: SpaceAtom | null): string {
  return space === null ? "self" : `${space.writer}.${space.sequence}`;
}
