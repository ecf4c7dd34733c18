/**
 * Fork watch: tells a recorder of the forks and branches of one thread, of the tasks that it takes, and of its waits.
 *
 * A branch is known by its seed, which follows from the seed of its fork and its place (F1), on whatever thread it is. So
 * the events of all threads fit together though nobody has agreed on numbers.
 */
import { branchSeed } from "../base/random.js";
import { handleOf } from "../environment/environment.js";
import { writesSince } from "../environment/write-summary.js";
import type { Atom } from "../term/atom.js";
import { print } from "../term/printer.js";
import type { EndedBranch } from "./branch.js";
import type { Recorder } from "./recorder.js";
import type { ForkRequest, ForkResult } from "./site.js";
import { epochMs } from "./trace.js";

const LONGEST_TEXT = 160;
/** Branches of one fork that are told of one by one; of the others, those that wrote. */
const TOLD_BRANCHES = 256;
/** Shorter waits are not told of. */
const SHORTEST_WAIT_MS = 0.2;

/** An atom as the page shows it. */
export function briefText(atom: Atom): string {
  const text = print(atom);
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`;
}

export class ForkWatch {
  readonly #recorder: Recorder;
  /** The seeds of the branches that this thread is inside of; null for those that nobody is told of. */
  readonly #inside: (number | null)[] = [];

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Around the join of a fork. */
  join(request: ForkRequest, join: () => ForkResult): ForkResult {
    const { seed, environment, isRace, untilWritten, firstBranch = 0, depth } = request;
    const parent = this.#inside.at(-1);
    if (parent === null || !this.#recorder.mayRecord("fork")) return this.#untold(join);
    const begun = epochMs();
    this.#tellOf(environment, () => ({
      kind: "fork",
      t: begun,
      seed,
      first: firstBranch,
      count: request.atoms.length,
      text: briefText(request.atoms[0]!),
      how: isRace === true ? "race" : untilWritten === true ? "ahead" : "fork",
      parent: parent ?? null,
      depth,
    }));
    const result = join();
    this.#recorder.record(() => ({ kind: "join", t: begun, seed, ms: epochMs() - begun }));
    return result;
  }

  /** A fork with the environment that it begins from, if that may be shown again already. */
  #tellOf(environment: ForkRequest["environment"], describe: () => Event): void {
    const recorder = this.#recorder;
    if (recorder.mayShow()) recorder.recordWith(environment, describe);
    else recorder.record(describe);
  }

  #untold<Result>(run: () => Result): Result {
    this.#inside.push(null);
    try {
      return run();
    } finally {
      this.#inside.pop();
    }
  }

  /** Around the evaluation of a branch. */
  branch(request: ForkRequest, index: number, run: () => EndedBranch): EndedBranch {
    const place = (request.firstBranch ?? 0) + index;
    if (this.#inside.at(-1) === null || !this.#recorder.mayRecord("fork")) return this.#untold(run);
    const seed = branchSeed(request.seed, place);
    this.#inside.push(seed);
    let ended: EndedBranch;
    try {
      ended = run();
    } finally {
      this.#inside.pop();
    }
    if (index < TOLD_BRANCHES || ended.environment !== null) {
      this.#recorder.record(() => describeBranch(request, index, place, seed, ended));
    }
    return ended;
  }

  /** A task of a fork that this thread or another has made. */
  task(begunMs: number, branches: number, forker: number | null): void {
    this.#recorder.record(() => ({
      kind: "task",
      t: begunMs,
      ms: epochMs() - begunMs,
      branches,
      forker,
    }));
  }

  /** A wait that has ended, for work or for a mutex of that name. */
  waited(begunMs: number, what: string): void {
    const ms = epochMs() - begunMs;
    if (ms >= SHORTEST_WAIT_MS)
      this.#recorder.record(() => ({ kind: "wait", t: begunMs, ms, what }));
  }

  /** A call of the pool's owner, which others evaluate, has begun. */
  callBegins(
    request: Pick<ForkRequest, "seed" | "atoms" | "environment" | "isRace" | "firstBranch">,
  ): void {
    const t = epochMs();
    const { seed, atoms, environment, isRace, firstBranch = 0 } = request;
    this.#tellOf(environment, () => ({
      kind: "fork",
      t,
      seed,
      first: firstBranch,
      count: atoms.length,
      text: atoms[0] === undefined ? "" : briefText(atoms[0]),
      how: isRace === true ? "race" : "call",
      parent: null,
      depth: 0,
    }));
  }

  /** It has come to its end. */
  callEnds(begunMs: number, seed: number): void {
    this.#recorder.record(() => ({ kind: "join", t: begunMs, seed, ms: epochMs() - begunMs }));
  }

  /** The pool's owner has united branches. */
  united(begunMs: number, ms: number): void {
    this.#recorder.record(() => ({ kind: "union", t: begunMs, ms }));
  }
}

interface Event {
  readonly kind: string;
  readonly t: number;
  readonly [more: string]: unknown;
}

function describeBranch(
  request: ForkRequest,
  index: number,
  place: number,
  seed: number,
  { outcome, environment }: EndedBranch,
): Event {
  const { status, startedMs, timeMs, steps, results, segmentsCopied } = outcome;
  const wrote =
    environment === null ? null : writesSince(handleOf(request.environment), handleOf(environment));
  return {
    kind: "branch",
    t: startedMs,
    ms: timeMs,
    seed,
    fork: request.seed,
    index: place,
    text: briefText(request.atoms[index]!),
    status,
    steps,
    results: results.length,
    segmentsCopied,
    wrote,
  };
}
