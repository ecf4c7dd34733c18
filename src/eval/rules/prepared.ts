/**
 * What an evaluator keeps from one evaluation to the next: rules and types in the form in which they are
 * used, by the version of what they were made of. Within one heap a version determines the content, so
 * branches of a fork and later evaluations find what an earlier one has prepared.
 *
 *   PE1  An entry is never changed; one for another version is another entry.
 *   PE2  There are a bounded number of versions for each head, and of type versions; the oldest go.
 */
import type { Heap } from "../../memory/heap.js";
import type { SpaceAtom, SymbolAtom } from "../../term/atom.js";
import { KnownTypes } from "../types/known-types.js";
import type { LargeRelation } from "./large-relation.js";
import type { PreparedRule } from "./prepared-rule.js";
import type { RuleProfile } from "./rule-profile.js";

/** Calls that are reduced by rules without code before code is generated for them. */
const WARM = 3;

/** Versions of one relation, or of a space's types, that are kept. */
const KEPT_VERSIONS = 8;

/** The code of rules, as whoever makes it keeps it (compile/relation-code.ts). */
export abstract class CodeStore {
  /** How many pieces of code there are. */
  abstract readonly count: number;
}

/** The rules to try a call with: those of one relation in one version, or a choice of them. */
export class PreparedRules {
  readonly rules: readonly PreparedRule[];
  /** Whether code may be generated for them: they are all that a call of their head can match. */
  readonly isWhole: boolean;
  /** How many times as often as other rules they are used before they get code. */
  readonly patience: number;
  /** How often a call was reduced by them without code. */
  uses = 0;
  /** Their code; null as long as none was asked for. */
  code: CodeStore | null = null;

  constructor(rules: readonly PreparedRule[], isWhole: boolean, patience = 1) {
    this.rules = rules;
    this.isWhole = isWhole;
    this.patience = patience;
  }
}

/** A map that forgets its oldest entries. */
class Bounded<Value> {
  readonly #entries = new Map<string, Value>();

  find(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  values(): Iterable<Value> {
    return this.#entries.values();
  }

  keep(key: string, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= KEPT_VERSIONS) return; // PE2
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }
}

interface Version {
  readonly writer: number;
  readonly sequence: number;
}

function keyOf(
  spaces: readonly (SpaceAtom | null)[],
  arity: number,
  { writer, sequence }: Version,
): string {
  return `${spaces.map(spaceKey).join()}/${arity}/${writer}.${sequence}`;
}

/** What is kept for a head by a key, made if it is not there. */
function once<Head, Value>(
  kept: Map<Head, Bounded<Value>>,
  head: Head,
  key: string,
  make: () => Value,
): Value {
  let byKey = kept.get(head);
  if (byKey === undefined) {
    byKey = new Bounded();
    kept.set(head, byKey);
  }
  const known = byKey.find(key);
  if (known !== undefined) return known;
  const made = make();
  byKey.keep(key, made);
  return made;
}

export class Preparations {
  /** Whether code may be generated: the host can forbid it. */
  readonly generates: boolean = mayGenerate();
  #heap: Heap | null = null;
  #libraryVersion = -1;
  #rules = new Map<SymbolAtom | null, Bounded<PreparedRules>>();
  #large = new Map<SymbolAtom, Bounded<LargeRelation>>();
  #types = new Bounded<KnownTypes>();
  /** How often rules are used before code is generated for them. */
  readonly warm: number;

  /** Of the rules that are applied; null: nobody has asked for one. */
  readonly profile: RuleProfile | null;

  constructor(warm: number = WARM, profile: RuleProfile | null = null) {
    this.warm = warm;
    this.profile = profile;
  }

  /** From now on for environments of this heap and a library of this version; the rest is forgotten. */
  serve(heap: Heap, libraryVersion: number): void {
    if (this.#heap === heap && this.#libraryVersion === libraryVersion) return;
    this.#heap = heap;
    this.#libraryVersion = libraryVersion;
    this.#rules = new Map();
    this.#large = new Map();
    this.#types = new Bounded();
  }

  /**
   * The rules of a head (null: those without one) and arity in a version, prepared once. `spaces` are the
   * one in which they are used and the one that holds them.
   */
  rules(
    spaces: readonly (SpaceAtom | null)[],
    head: SymbolAtom | null,
    arity: number,
    version: Version,
    prepare: () => readonly PreparedRule[],
  ): PreparedRules {
    const prepareAll = (): PreparedRules => new PreparedRules(prepare(), head !== null);
    return once(this.#rules, head, keyOf(spaces, arity, version), prepareAll); // PE1
  }

  /** The same for a relation of many rules. */
  large(
    spaces: readonly (SpaceAtom | null)[],
    head: SymbolAtom,
    arity: number,
    version: Version,
    prepare: () => LargeRelation,
  ): LargeRelation {
    return once(this.#large, head, keyOf(spaces, arity, version), prepare);
  }

  /** For how many sets of rules, and types expected of their calls, there is code. */
  get codeCount(): number {
    const small = [...this.#rules.values()].flatMap((versions) => [...versions.values()]);
    const large = [...this.#large.values()].flatMap((versions) => [...versions.values()]);
    const sets = [...small, ...large.flatMap((relation) => relation.sets())];
    return sets.reduce((count, { code }) => count + (code?.count ?? 0), 0);
  }

  /** What is known of types in a version of a space's type assertions; to be filled. */
  types(space: SpaceAtom | null, typeVersion: string, libraryVersion: number): KnownTypes {
    const key = `${spaceKey(space)}/${typeVersion}/${libraryVersion}`;
    let known = this.#types.find(key);
    if (known === undefined) {
      known = new KnownTypes();
      this.#types.keep(key, known);
    }
    return known;
  }
}

function mayGenerate(): boolean {
  try {
    // No text from outside is compiled.
    // oxlint-disable-next-line typescript/no-implied-eval, no-new
    new Function();
    return true;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return false;
  }
}

function spaceKey(space: SpaceAtom | null): string {
  return space === null ? "self" : `${space.writer}.${space.sequence}`;
}
