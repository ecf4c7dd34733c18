/**
 * Shown environments: those that an inspector keeps to be looked at. The newest ones stay: those before questions, and
 * apart from these what was shown otherwise, since a program may ask many questions in a moment.
 */
import type { Environment } from "../environment/environment.js";
import type { ShownEnvironment } from "./protocol.js";

/** Questions whose environments are kept. */
const MOST_RUNS = 40;
/** Environments that are kept besides. */
const MOST_OTHERS = 8;

interface Question {
  readonly run: number;
  readonly text: string;
}

export interface Shown extends ShownEnvironment {
  /** The number of the heap that it is in. */
  readonly heap: number;
  readonly environment: Environment;
  /** The question that it was there before. */
  readonly question: Question | null;
}

export class ShownEnvironments {
  #all: Shown[] = [];
  #next = 1;

  /** Takes an environment over. */
  add(heap: number, environment: Environment, label: string, question: Question | null): void {
    const id = this.#next++;
    const t = performance.timeOrigin + performance.now();
    this.#all.push({ id, label, t, atoms: environment.count, heap, environment, question });
    this.#keepNewest((shown) => shown.question !== null, MOST_RUNS);
    this.#keepNewest((shown) => shown.question === null, MOST_OTHERS);
  }

  #keepNewest(isOfKind: (shown: Shown) => boolean, most: number): void {
    const all = this.#all.filter(isOfKind);
    const old = new Set(all.slice(0, Math.max(0, all.length - most)));
    if (old.size > 0) this.forget((shown) => old.has(shown));
  }

  /** Gives up what is not wanted any more. */
  forget(isOld: (shown: Shown) => boolean): void {
    for (const { environment } of this.#all.filter(isOld)) environment.dispose();
    this.#all = this.#all.filter((shown) => !isOld(shown));
  }

  list(): ShownEnvironment[] {
    return this.#all.map(({ id, label, t, atoms }) => ({ id, label, t, atoms }));
  }

  find(id: number): Shown | undefined {
    return this.#all.find((shown) => shown.id === id);
  }

  /** The one before a question. */
  before(run: number): Shown | undefined {
    return this.#all.find(({ question }) => question?.run === run);
  }

  /** The questions whose environments are kept, oldest first. */
  runs(): number[] {
    return this.#all.flatMap(({ question }) => (question === null ? [] : [question.run]));
  }
}
