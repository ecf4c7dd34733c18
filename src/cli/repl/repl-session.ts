/**
 * The environments of an interactive session: one is current, others are kept under names, and each
 * input that changed something leaves a clone behind to return to. Keeping one is cheap: a clone shares
 * all its segments.
 *
 * Invariants
 *   SS1  The current environment is one object for the whole session, whose content is replaced
 *        (`assign`): the interpreter works on it and the session does not dispose it.
 *   SS2  Every clone held here belongs to the session and is disposed by it, once.
 *   SS3  `kept` has an entry for every name but `currentName`.
 */
import { type Environment, handleOf, heapOf } from "../../environment/environment.js";
import { CommandError } from "./command-error.js";

const FIRST_NAME = "main";
const MAXIMUM_UNDO = 100;

interface ListedEnvironment {
  readonly name: string;
  readonly atoms: number;
  readonly current: boolean;
}

interface Checkpoint {
  readonly name: string;
  readonly clone: Environment;
}

/** Whether two environments, one cloned from the other, hold the same because neither was written. */
export function isUnchanged(before: Environment, now: Environment): boolean {
  return handleOf(before).root === handleOf(now).root;
}

export class ReplSession {
  readonly environment: Environment;
  readonly #kept = new Map<string, Environment>();
  readonly #checkpoints: Checkpoint[] = [];
  #currentName = FIRST_NAME;
  #left = false;

  /** A session whose current environment is `environment`. */
  constructor(environment: Environment) {
    this.environment = environment;
  }

  get currentName(): string {
    return this.#currentName;
  }

  /** Whether the user has asked to leave. */
  get left(): boolean {
    return this.#left;
  }

  leave(): void {
    this.#left = true;
  }

  /** Remembers the current environment as it is, to return to later. */
  checkpoint(): void {
    this.#checkpoints.push({ name: this.#currentName, clone: this.environment.clone() });
    if (this.#checkpoints.length > MAXIMUM_UNDO) this.#checkpoints.shift()!.clone.dispose();
  }

  /** Drops the last checkpoint if nothing was written since: there is nothing to take back. */
  forgetIfUnchanged(): void {
    const last = this.#checkpoints.at(-1);
    if (last === undefined) return;
    if (!isUnchanged(last.clone, this.environment)) return;
    this.#checkpoints.pop()?.clone.dispose();
  }

  /** Goes back to the last checkpoint; false if there is none. */
  undo(): boolean {
    const last = this.#checkpoints.pop();
    if (last === undefined) return false;
    if (last.name !== this.#currentName) this.goTo(last.name);
    this.environment.assign(last.clone); // SS1
    last.clone.dispose();
    return true;
  }

  /** Keeps a clone of the current environment under `name`. */
  keepClone(name: string): void {
    if (name === this.#currentName) throw new CommandError(`this environment is ${name} itself`);
    this.#kept.get(name)?.dispose();
    this.#kept.set(name, this.environment.clone());
  }

  /** Makes the environment `name` the current one. */
  goTo(name: string): void {
    if (name === this.#currentName) return;
    const target = this.#find(name);
    this.#kept.set(this.#currentName, this.environment.clone());
    this.environment.assign(target);
    this.#kept.delete(name); // SS3
    target.dispose();
    this.#currentName = name;
  }

  /** Unites the environment `name` into the current one; the number of conflicts. */
  uniteWith(name: string): number {
    const other = this.#find(name);
    this.checkpoint();
    const before = this.environment.conflicts.length;
    this.environment.absorb(other);
    this.forgetIfUnchanged();
    return this.environment.conflicts.length - before;
  }

  /** All environments, the current one first. */
  list(): ListedEnvironment[] {
    const kept = [...this.#kept].map(([name, { count }]) => ({
      name,
      atoms: count,
      current: false,
    }));
    return [{ name: this.#currentName, atoms: this.environment.count, current: true }, ...kept];
  }

  /** Bytes of the heap that are in use. */
  heapBytes(): number {
    return heapOf(this.environment).stats().liveBytes;
  }

  dispose(): void {
    for (const { clone } of this.#checkpoints.splice(0)) clone.dispose();
    for (const clone of this.#kept.values()) clone.dispose();
    this.#kept.clear();
  }

  #find(name: string): Environment {
    const found = this.#kept.get(name);
    if (found !== undefined) return found;
    const names = [this.#currentName, ...this.#kept.keys()].join(", ");
    throw new CommandError(`no clone ${name}; there are ${names}`);
  }
}
