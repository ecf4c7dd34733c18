/**
 * What an evaluation runs in: its environment, the space `&self` means, the operations and forms it
 * knows, what it may use, and the host's outputs.
 */
import { asFunction, asOptions, type Checks } from "../../base/arguments.js";
import { type Environment, handleOf } from "../../environment/environment.js";
import type { Handle } from "../../environment/handle.js";
import type { Atom, SpaceAtom, SymbolAtom } from "../../term/atom.js";
import type { OperationContext, OperationFailure } from "../host/operation.js";
import { UNDEFINED } from "../language/type-names.js";
import type { Library } from "../library/library.js";
import type { Registry } from "../library/registry.js";
import { TabledFunctions } from "../library/tabled-functions.js";
import type { Allowance } from "../limits/budget.js";
import { EndSignal, Interruption } from "../limits/ending.js";
import type { StopReason } from "../limits/limits.js";
import { Preparations } from "../rules/prepared.js";
import { RuleCache } from "../rules/rules.js";
import { Session } from "../settings/session.js";
import { RunEvidence } from "../types/run-evidence.js";
import { TypeCache } from "../types/type-cache.js";
import type { TablesAround } from "./branches.js";

/** The host's side of an evaluation. */
export interface Host {
  /** Takes what a program prints, with the ends of lines. */
  print(text: string): void;
  /** Takes what `trace!` says. */
  trace(text: string): void;
  /** A number from 0 on and less than 1. */
  random(): number;
}

const HOST_CHECKS: Checks<Host> = { print: asFunction, trace: asFunction, random: asFunction };

/** The host, as far as it is given. Throws ERR_INVALID_ARGUMENT. */
export function asHost(act: string, value: Partial<Host>): Partial<Host> {
  return asOptions<Partial<Host>>(act, value, HOST_CHECKS);
}

/** How many failures of operations are kept: the newest. */
const KEPT_FAILURES = 100;

/** What evaluations on one environment, one after another, have found out about its rules and types. */
export interface Known {
  /** The first of them. */
  context: EvaluationContext | null;
}

/** What a part of an evaluation may use. */
export interface PartAllowance extends Allowance {
  /** Of the evaluation that it is a branch of. */
  readonly tables?: TablesAround | null;
  /** What parts before it have found out about the environment, if it is the same. */
  readonly known?: Known | undefined;
}

/** Which symbols are found to be data ({@link EvaluationContext.isData}), as of the definitions `at`. */
interface KnownData {
  readonly byName: Map<SymbolAtom, (boolean | undefined)[]>;
  at: number;
}

/** What an evaluator brings to each of its evaluations. */
interface Equipment {
  readonly library: Library;
  readonly host: Host;
  /** What earlier evaluations have prepared; nothing if not given. */
  readonly preparations?: Preparations;
}

export class EvaluationContext implements OperationContext, Equipment {
  readonly environment: Environment;
  readonly handle: Handle;
  /** The space that expressions are evaluated in; null is the environment's own. */
  readonly space: SpaceAtom | null;
  readonly self: SpaceAtom | null;
  readonly #session: Session;
  readonly host: Host;
  readonly allowance: PartAllowance;
  /** What earlier evaluations of the same evaluator have prepared. */
  readonly preparations: Preparations;
  readonly rules: RuleCache;
  readonly types: TypeCache;
  /** What shows of types at a glance. */
  readonly evidence: RunEvidence;
  readonly tabled: TabledFunctions;
  readonly #data: KnownData;
  /** For a context of another space: the one of the whole evaluation. */
  #whole: EvaluationContext = this;
  readonly #failures: OperationFailure[] = [];
  readonly #ending = new EndSignal();
  /** Of files that were run since the machine asked. */
  #innerSteps = 0;

  constructor(
    environment: Environment,
    space: SpaceAtom | null,
    { library, host, preparations = new Preparations() }: Equipment,
    allowance: PartAllowance,
    self: SpaceAtom | null = space,
  ) {
    this.environment = environment;
    this.handle = handleOf(environment);
    this.space = space;
    this.self = self;
    this.host = host;
    this.allowance = allowance;
    this.preparations = preparations;
    const { known } = allowance;
    const before = known?.context?.handle === this.handle ? known.context : null;
    if (known !== undefined && before === null) known.context = this;
    const knows = before?.isHere(space) === true ? before : null;
    this.#session = knows === null ? new Session(this.handle, library) : knows.#session;
    preparations.serve(this.handle.store.heap, this.registry.version);
    this.rules = knows?.rules ?? new RuleCache(this);
    this.types = knows?.types ?? new TypeCache(this);
    this.evidence = knows?.evidence ?? new RunEvidence(this, this.types);
    this.tabled = knows?.tabled ?? new TabledFunctions(this.handle, space, library.registry);
    this.#data = knows === null ? { byName: new Map(), at: -1 } : knows.#data;
  }

  get library(): Library {
    return this.#session.library;
  }

  /** What names mean now. */
  get registry(): Registry {
    return this.#session.registry;
  }

  /** After the host had its turn: where it has changed the library, what relies on definitions looks again. */
  noteChanges(): void {
    this.#session.noteChanges();
  }

  /** For the text of a module or of an included file, a part of the evaluation. Throws where they nest too deep. */
  forText(space: SpaceAtom | null): EvaluationContext {
    const { budget, depth } = this.allowance;
    if (depth >= budget.limits.maxForkDepth) throw new Interruption(budget.stop("maxForkDepth"));
    const inner = { ...this.allowance, depth: depth + 1 };
    const made = new EvaluationContext(this.environment, space, this, inner, this.self);
    made.#whole = this.#whole;
    return made;
  }

  /** The same evaluation in another space. */
  inSpace(space: SpaceAtom | null): EvaluationContext {
    const inner = new EvaluationContext(this.environment, space, this, this.allowance, this.self);
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

  /** Whether a call of the symbol is its own value: it has neither rules, nor a table, nor types, and is no operation. */
  isData(name: SymbolAtom, arity: number): boolean {
    const { definitions } = this.handle;
    const data = this.#data;
    if (definitions !== data.at) {
      data.at = definitions;
      data.byName.clear();
    }
    let byArity = data.byName.get(name);
    if (byArity === undefined) {
      byArity = [];
      data.byName.set(name, byArity);
    }
    const known = byArity[arity];
    if (known !== undefined) return known;
    while (byArity.length < arity) byArity.push(undefined);
    const found = this.#findData(name, arity);
    byArity[arity] = found;
    return found;
  }

  #findData(name: SymbolAtom, arity: number): boolean {
    if (this.rules.hasHeadlessRules || this.registry.has(name)) return false;
    if (this.tabled.has(name, arity)) return false;
    if (this.types.declaredFor(name).valueType !== UNDEFINED) return false;
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

  /** Records what an operation has thrown. */
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
    return this.#ending.signal;
  }

  /** Called once, when the evaluation is over. */
  end(): void {
    this.#ending.give();
  }

  /** Notes steps of a file that was run in this evaluation. */
  addInnerSteps(steps: number): void {
    this.#innerSteps += steps;
  }

  takeInnerSteps(): number {
    const steps = this.#innerSteps;
    this.#innerSteps = 0;
    return steps;
  }

  /** The reason to stop now, or null. */
  limitReached(): StopReason | null {
    const { budget, isInterrupted } = this.allowance;
    if (isInterrupted?.() === true) return "aborted";
    return budget.look();
  }

  /**
   * Whether somebody has found out that the evaluation has to end; asks whether this part of it is wanted, but
   * looks neither at the clock nor at the memory.
   */
  isStopped(): boolean {
    const { budget, isInterrupted } = this.allowance;
    // A stopped budget answers at once; the other question goes through all the forks around this one.
    return budget.stopped !== null || isInterrupted?.() === true;
  }

  throwIfStopped(): void {
    const reason = this.limitReached();
    if (reason !== null) throw new Interruption(reason);
  }
}
