/**
 * What an evaluation runs in: its environment, the space `&self` means, the operations and forms it
 * knows, its limits, and the host's outputs.
 */
import type { Environment } from "../environment/environment.js";
import type { Atom, SpaceAtom, SymbolAtom } from "../term/atom.js";
import type { Library } from "./library.js";
import type { StopReason } from "./machine.js";
import { MemoryLimit } from "./memory-limit.js";
import { libraryFor } from "./modules.js";
import type { OperationContext, OperationFailure } from "./operation.js";
import { Preparations } from "./prepared.js";
import { RuleCache } from "./rules.js";
import { TypeCache } from "./types.js";

/** Where an evaluation stops; a limit that is not given does not exist. */
export interface Limits {
  /** Calls reduced by a rule, and values of streams that operations of the host give. */
  readonly maxSteps?: number;
  readonly maxTimeMs?: number;
  /** Results of the expression. */
  readonly maxResults?: number;
  /**
   * Bytes of the shared heap in use by all threads (whole chunks), together with those by which this
   * thread's JavaScript heap has grown since the evaluation began, garbage not counted. That is
   * noticed late, by the larger of half the limit and 64 MiB. Without it an evaluation ends by the same
   * reason when it holds three fifths of the JavaScript heap: V8 ends a process whose heap is nearly full.
   */
  readonly maxHeapBytes?: number;
  readonly signal?: AbortSignal;
  /** Asked from time to time; true stops the evaluation like an aborted signal. */
  readonly isInterrupted?: () => boolean;
}

/** The host's side of an evaluation. */
export interface Host {
  print(text: string): void;
  trace(text: string): void;
  random(): number;
}

/** Failures of operations that are kept: the newest. */
const KEPT_FAILURES = 100;

/** The library of an evaluation, as its environment's imports have it now. */
class LibraryInUse {
  readonly base: Library;
  readonly #environment: Environment;
  #definitions = -1;
  #now: Library;

  constructor(environment: Environment, base: Library) {
    this.base = base;
    this.#environment = environment;
    this.#now = base;
  }

  get now(): Library {
    const { definitions } = this.#environment;
    if (definitions !== this.#definitions) {
      this.#definitions = definitions;
      this.#now = libraryFor(this.#environment, this.base);
    }
    return this.#now;
  }
}

export class EvaluationContext implements OperationContext {
  readonly environment: Environment;
  /** The space that expressions are evaluated in; null is the environment's own. */
  readonly space: SpaceAtom | null;
  readonly self: SpaceAtom | null;
  readonly #libraries: LibraryInUse;
  readonly host: Host;
  readonly limits: { readonly maxSteps: number; readonly maxResults: number };
  /** What earlier evaluations of the same evaluator have prepared. */
  readonly preparations: Preparations;
  readonly rules: RuleCache;
  readonly types: TypeCache;
  /** What {@link isData} has found, as of the definitions `#dataAt`. */
  readonly #data = new Map<SymbolAtom, (boolean | undefined)[]>();
  #dataAt = -1;
  /** The limits as they were given. */
  readonly given: Limits;
  #deadline: number;
  /** The whole evaluation's own, of one for another space. */
  #whole: EvaluationContext = this;
  readonly #failures: OperationFailure[] = [];
  /** Made when it is first asked, unless a limit was given. */
  #memory: MemoryLimit | null;
  #ending: AbortController | null = null;
  #hasEnded = false;

  constructor(
    environment: Environment,
    space: SpaceAtom | null,
    library: Library,
    host: Host,
    limits: Limits,
    preparations: Preparations = new Preparations(),
    self: SpaceAtom | null = space,
  ) {
    this.environment = environment;
    this.space = space;
    this.self = self;
    this.#libraries = new LibraryInUse(environment, library);
    this.host = host;
    preparations.serve(environment.store.heap, this.library.version);
    this.preparations = preparations;
    this.rules = new RuleCache(this);
    this.types = new TypeCache(this);
    this.given = limits;
    const { maxHeapBytes } = limits;
    const { heap } = environment.store;
    this.#memory = maxHeapBytes === undefined ? null : new MemoryLimit(heap, maxHeapBytes);
    this.#deadline = performance.now() + (limits.maxTimeMs ?? Number.POSITIVE_INFINITY);
    this.limits = {
      maxSteps: limits.maxSteps ?? Number.POSITIVE_INFINITY,
      maxResults: limits.maxResults ?? Number.POSITIVE_INFINITY,
    };
  }

  /** The library, with the operations of the modules that the program has imported. */
  get library(): Library {
    return this.#libraries.now;
  }

  /** For the text of a module or of an included file: an evaluation of its own, under the same limits. */
  forText(space: SpaceAtom | null): EvaluationContext {
    const { environment, host, given, preparations, self } = this;
    const { base } = this.#libraries;
    const made = new EvaluationContext(environment, space, base, host, given, preparations, self);
    made.#whole = this.#whole;
    return made;
  }

  /** The same evaluation in another space. */
  inSpace(space: SpaceAtom | null): EvaluationContext {
    const { environment, host, given, preparations, self } = this;
    const library = this.#libraries.base;
    const inner = new EvaluationContext(
      environment,
      space,
      library,
      host,
      given,
      preparations,
      self,
    );
    inner.#deadline = this.#deadline;
    inner.#whole = this.#whole;
    return inner;
  }

  print(text: string): void {
    this.host.print(text);
  }

  trace(text: string): void {
    this.host.trace(text);
  }

  random(): number {
    return this.host.random();
  }

  /** Whether nothing is declared of the symbol's type. */
  isUntyped(name: SymbolAtom): boolean {
    const { functionTypes, valueTypes } = this.types.declaredFor(name);
    return functionTypes.length + valueTypes.length === 0;
  }

  /** Whether a call of the symbol is its own value: it has neither rules nor types, and is no operation. */
  isData(name: SymbolAtom, arity: number): boolean {
    const { definitions } = this.environment;
    if (definitions !== this.#dataAt) {
      this.#dataAt = definitions;
      this.#data.clear();
    }
    let byArity = this.#data.get(name);
    if (byArity === undefined) {
      byArity = [];
      this.#data.set(name, byArity);
    }
    const known = byArity[arity];
    if (known !== undefined) return known;
    while (byArity.length < arity) byArity.push(undefined);
    const found = this.#findData(name, arity);
    byArity[arity] = found;
    return found;
  }

  #findData(name: SymbolAtom, arity: number): boolean {
    if (this.rules.hasOpenRules || this.library.has(name) || !this.isUntyped(name)) return false;
    return this.rules.rulesOf(name, arity)?.rules.length === 0;
  }

  typesOf(atom: Atom, space: SpaceAtom | null = this.space): readonly Atom[] {
    return (this.isHere(space) ? this : this.inSpace(space)).types.shownTypes(atom);
  }

  /** Whether the space is the one that expressions are evaluated in. */
  isHere(space: SpaceAtom | null): boolean {
    const here = this.space;
    if (space === null || here === null) return space === here;
    return space.writer === here.writer && space.sequence === here.sequence;
  }

  /** Notes what an operation has thrown. */
  addFailure(failure: OperationFailure): void {
    const failures = this.#whole.#failures;
    failures.push(failure);
    if (failures.length > KEPT_FAILURES) failures.shift();
  }

  get failures(): readonly OperationFailure[] {
    return this.#whole.#failures;
  }

  get signal(): AbortSignal {
    if (this.#whole !== this) return this.#whole.signal;
    this.#ending ??= new AbortController();
    if (this.#hasEnded) this.#ending.abort();
    return this.#ending.signal;
  }

  /** Called once, when the evaluation is over. */
  end(): void {
    this.#hasEnded = true;
    this.#ending?.abort();
  }

  /** Milliseconds until `maxTimeMs` is over. */
  get timeLeftMs(): number {
    return this.#deadline - performance.now();
  }

  /** The reason to stop now, or null. */
  limitReached(): StopReason | null {
    const { signal, isInterrupted } = this.given;
    if (signal?.aborted === true || isInterrupted?.() === true) return "aborted";
    if (performance.now() > this.#deadline) return "maxTimeMs";
    const whole = this.#whole;
    whole.#memory ??= new MemoryLimit(this.environment.store.heap);
    return whole.#memory.isReached() ? "maxHeapBytes" : null;
  }
}
